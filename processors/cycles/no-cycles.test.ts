import { cycleSettings } from '@loadcycle/contract/cycle-settings';
import { expect, test } from 'vitest';
import { Segmenter } from './segmenter.ts';
import { chunkOf, normals, wave } from './testing.ts';

const N = 60_000;

const walk = (normal: () => number, step: number, noise = 0, digit = 0): Float64Array => {
  let x = 20;
  return Float64Array.from({ length: N }, () => {
    x += step * normal();
    const v = x + noise * normal();
    return digit === 0 ? v : Math.round(v / digit) * digit;
  });
};

const WITHOUT: Readonly<Record<string, (normal: () => number) => Float64Array>> = {
  'a constant with noise': (n) => Float64Array.from({ length: N }, () => 20 + 0.1 * n()),
  'a constant between two digits': (n) =>
    Float64Array.from({ length: N }, () => Math.round((20.05 + 0.05 * n()) * 10) / 10),
  'a ramp': (n) => Float64Array.from({ length: N }, (_, i) => 20 + i / 1000 + 0.1 * n()),
  'a fast ramp that ends': (n) =>
    Float64Array.from({ length: N }, (_, i) => 20 + Math.min(60, i / 80) + 0.1 * n()),
  'a sine': (n) => Float64Array.from({ length: N }, (_, i) => 20 + 5 * Math.sin(i / 3000) + 0.1 * n()),
  'a random walk': (n) => walk(n, 0.05),
  'a slow random walk with noise': (n) => walk(n, 0.005, 0.05),
  'a random walk that is read to a tenth': (n) => walk(n, 0.01, 0, 0.1),
  'a slow random walk that is read to a tenth': (n) => walk(n, 0.003, 0, 0.1),
  'a slow random walk with noise that is read to a tenth': (n) => walk(n, 0.003, 0.03, 0.1),
  'a temperature that is read in whole degrees': (n) => {
    let x = 0;
    return Float64Array.from({ length: N }, () => {
      x += -x / 500 + 0.05 * n();
      return Math.round(20 + x + 0.05 * n());
    });
  },
  'one that is read to a half': (n) => walk(n, 0.02, 0.03, 0.5),
  'one between the codes of a converter': (n) => walk(n, 0.003, 0.02, 0.0817),
  'a very slow one': (n) => walk(n, 0.001, 0.02, 0.1),
};

/** Pushed in pieces; what it gives, and the most that it had to keep. */
function cut(segmenter: Segmenter, values: Float64Array, from = 0): { cycles: number; bytes: number } {
  let [cycles, bytes] = [0, 0];
  for (let i = 0; i < values.length; i += 500) {
    cycles += segmenter.push(chunkOf(values.subarray(i, i + 500), 1000, (from + i) * 1000)).length;
    segmenter.takeOwed();
    if (i % 5000 === 0) bytes = Math.max(bytes, segmenter.snapshot().length);
  }
  return { cycles, bytes };
}

test.each(Object.entries(WITHOUT))('%s has no cycles, and little is kept of it', (_, make) => {
  for (const seed of [1, 2, 3]) {
    const segmenter = new Segmenter(cycleSettings());
    const { cycles, bytes } = cut(segmenter, make(normals(seed * 77)));
    expect({ seed, cycles, none: segmenter.showsNone }).toEqual({ seed, cycles: 0, none: true });
    expect(bytes).toBeLessThan(24_000);
  }
});

test('what shows cycles later is cut from there', () => {
  const segmenter = new Segmenter(cycleSettings());
  expect(cut(segmenter, walk(normals(5), 0.003, 0.03, 0.1)).cycles).toBe(0);
  // 58 cycles of a load over what the walk was at
  const later = wave({ samples: 30_000, base: 20, step: 8 });
  expect(cut(segmenter, later, N).cycles).toBeGreaterThan(50);
  expect(segmenter.showsNone).toBe(false);
});

test('a switch that reads 0 and 1, and a load of many digits, are cut', () => {
  const on = wave({ samples: 20_000, noise: 0 }).map((v) => (v > 250 ? 1 : 0));
  expect(cut(new Segmenter(cycleSettings()), on).cycles).toBeGreaterThan(30);
  const whole = wave({ samples: 20_000 }).map(Math.round);
  expect(cut(new Segmenter(cycleSettings()), whole).cycles).toBeGreaterThan(30);
  // levels without noise, near each other, in whole numbers and in tenths; and stays that are longer than a look
  const flat = { samples: 40_000, noise: 0, period: 4000.3, width: 1800 };
  const loads: [Parameters<typeof wave>[0], number][] = [
    [{ ...flat, base: 100, step: 5 }, 1],
    [{ ...flat, base: 10, step: 4.5 }, 0.01],
    [{ base: 1000, step: 10, noise: 0 }, 1],
    [{ base: 230, step: 3 }, 0.1],
  ];
  for (const [w, digit] of loads) {
    const read = wave(w).map((v) => Math.round(v / digit) * digit);
    expect(cut(new Segmenter(cycleSettings()), read).cycles, JSON.stringify(w)).toBeGreaterThan(7);
  }
  // a thermostat that is read to half a degree, with a load of one: by its definition
  const half = wave({ samples: 20_000, base: 60, step: 1, noise: 0 }).map((v) => Math.round(v * 2) / 2);
  expect(cut(new Segmenter(cycleSettings()), half).cycles).toBe(0);
  expect(cut(new Segmenter(cycleSettings({ minStep: 0.5 })), half).cycles).toBeGreaterThan(30);
});
