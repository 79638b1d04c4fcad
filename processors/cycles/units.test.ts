import { CYCLE_METRICS } from '@loadcycle/contract/cycle';
import { conversionBetween, convert } from '@loadcycle/contract/units/conversion';
import { cycleIn } from '@loadcycle/contract/units/cycle-conversion';
import { expect, test } from 'vitest';
import { cutUnfinished } from './cut.ts';

const DT_US = 100_000;

function samples(): Float64Array {
  const out: number[] = [];
  for (let c = 0; c < 12; c++) {
    for (let i = 0; i < 300; i++) {
      const under = i < 120;
      out.push((under ? 80 : 20) + 1.5 * Math.sin(i * 1.7 + c) + (i === 3 ? 6 : 0));
    }
  }
  return Float64Array.from(out);
}

test.each([
  ['Cel', 'K'],
  ['K', 'Cel'],
  ['Cel', '[degF]'],
  ['mV', 'V'],
])('metrics converted from %s to %s are those of converted samples', (from, to) => {
  const c = conversionBetween(from, to)!;
  const values = samples();
  const cut = (v: Float64Array) =>
    cutUnfinished({ t0Us: 1_790_000_000_000_000, dtUs: DT_US, offsetsUs: null, values: v }).cycles;
  const before = cut(values);
  const after = cut(values.map((v) => convert(c, v)));
  expect(before.length).toBeGreaterThan(8);
  expect(after.length).toBe(before.length);
  before.forEach((cycle, i) => {
    const converted = cycleIn(cycle, c);
    for (const { name } of CYCLE_METRICS) {
      const [x, y] = [converted[name], after[i]![name]];
      if (x === null || y === null) expect(x, name).toBe(y);
      else
        expect(Math.abs(x - y), `${name} of cycle ${i}: ${x}, ${y}`).toBeLessThan(
          1e-6 * Math.max(1, Math.abs(y)),
        );
    }
  });
});
