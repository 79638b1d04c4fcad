import { expect, test } from 'vitest';
import { Shift, type UsualDifference } from './shift.ts';

function* noise(seed: number): Generator<number> {
  for (let s = seed; ; ) {
    let sum = 0;
    for (let i = 0; i < 12; i++) {
      s = (Math.imul(s, 1_664_525) + 1_013_904_223) >>> 0;
      sum += s / 4_294_967_296;
    }
    yield sum - 6;
  }
}

/** Places where it tells of a step; values at 1 a second. */
function steps(values: readonly number[], usual?: UsualDifference): { at: number[]; usual: UsualDifference } {
  const shift = new Shift(usual);
  const at: number[] = [];
  for (const [i, value] of values.entries()) {
    const difference = shift.push(value, i * 1e6);
    if (difference !== null && shift.sideOf(difference, 0, i * 1e6) !== 0) at.push(i);
    shift.learn();
  }
  return { at, usual: shift.usual };
}

const series = (count: number, slow: (i: number) => number): number[] => {
  const values = noise(3);
  return Array.from({ length: count }, (_, i) => values.next().value + slow(i));
};

test('a step of 3 σ is told within 16 values, and a wander as wide as that is not', () => {
  const { at } = steps(series(3000, (i) => Math.sin(i / 800) + (i >= 2500 ? 3 : 0)));
  expect(at[0]).toBeGreaterThan(2500);
  expect(at[0]).toBeLessThanOrEqual(2516);
  expect(steps(series(20_000, (i) => 3 * Math.sin(i / 800))).at).toEqual([]);
});

test('wild values are no step, and neither is what it does by turns', () => {
  expect(steps(series(20_000, (i) => (i % 37 === 0 ? 20 : 0))).at).toEqual([]);
  expect(steps(series(20_000, (i) => (Math.floor(i / 600) % 2) * 3)).at).toEqual([]);
});

test('what is usual goes on where it was', () => {
  const values = series(4000, () => 0);
  const { usual } = steps(values.slice(0, 2000));
  const [mean, count] = steps(values.slice(1900), usual).usual;
  expect(count).toBeGreaterThan(usual[1]);
  expect(mean).toBeCloseTo(usual[0], 1);
});
