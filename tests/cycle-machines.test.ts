import { expect, it } from 'vitest';
import { type Case, judgeCase } from '../bench/cycles/machines.ts';

/** A small part of the table of docs/cycles.md, made by `bench/cycles/machines.ts`. */
const CASES: [string, number, number][] = [
  ['refrigerator', 0.1, 5],
  ['refrigerator', 1, 5],
  ['dryer', 0.1, 5],
  ['dryer', 1, 5],
  ['press', 100, 5],
  ['press', 1000, 50],
  ['press', 10_000, 5],
];

for (const [kind, rateHz, cycles] of CASES) {
  it(`finds the cycles of a ${kind} at ${rateHz} Hz, the first ones too, and invents none`, () => {
    for (const inrush of [false, true]) {
      for (const db of [null, 20, 10]) {
        const c: Case = { kind, rateHz, cycles, db, inrush };
        const { there, found, invented } = judgeCase(c, Math.ceil(25 / cycles));
        expect(there).toBeGreaterThan(15);
        expect({ ...c, found, invented }).toEqual({ ...c, found: there, invented: 0 });
      }
    }
  });
}
