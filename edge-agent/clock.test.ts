import { expect, test } from 'vitest';
import { Clock } from './clock.ts';

function fake() {
  const t = { monotonicUs: 5_000_000, wallUs: 1_790_000_000_000_000 };
  const clock = new Clock({ monotonicUs: () => t.monotonicUs, wallUs: () => t.wallUs });
  const pass = (us: number): void => {
    t.monotonicUs += us;
    t.wallUs += us;
  };
  return { t, clock, pass };
}

test('time goes on with the monotonic clock, whatever the wall clock does', () => {
  const { t, clock, pass } = fake();
  pass(1_000_000);
  t.wallUs += 3_600_000_000;
  expect(clock.nowUs()).toBe(1_790_000_001_000_000);
});

test('a step of the wall clock, either way, is told once and begins a new epoch', () => {
  const { t, clock, pass } = fake();
  for (const stepUs of [3_600_000_000, -7_200_000_000]) {
    const before = clock.epoch;
    t.wallUs += stepUs;
    pass(100_000);
    expect(clock.checkWall()).toBe(stepUs);
    expect(clock.epoch).toBe(before + 1);
    expect(clock.nowUs()).toBe(t.wallUs);
    expect(clock.checkWall()).toBeNull();
  }
});

test('what the two clocks differ by in reading them is no step', () => {
  const { t, clock, pass } = fake();
  pass(1_000_000);
  t.wallUs += 1_500;
  expect(clock.checkWall()).toBeNull();
  expect(clock.epoch).toBe(0);
});

test('a reading that was interrupted is read again', () => {
  let calls = 0;
  let now = 0;
  // every other read of the monotonic clock comes half a second later: the process did not run in between
  const monotonicUs = (): number => {
    calls++;
    if (calls === 2) now += 500_000;
    return now;
  };
  const clock = new Clock({ monotonicUs, wallUs: () => 1_000_000 + now });
  expect(clock.checkWall()).toBeNull();
});
