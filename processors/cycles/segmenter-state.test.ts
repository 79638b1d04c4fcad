import { readFileSync } from 'node:fs';
import { cycleSettings } from '@loadcycle/contract/cycle-settings';
import { describe, expect, it } from 'vitest';
import { cutCycles } from './cut.ts';
import { canRead, Segmenter, STATE_VERSION } from './segmenter.ts';
import { T0, wave } from './testing.ts';

/**
 * What programs wrote after so many samples of the wave below. Version 1: levels are known, a cycle is open, times are kept.
 * Versions 2 and 3: the same, and once while it learns, with its samples in memory.
 */
const KEPT = [
  { file: 'segmenter-state-v1.bin', version: 1, savedAt: 6132 },
  { file: 'segmenter-state-v2-known.bin', version: 2, savedAt: 6132 },
  { file: 'segmenter-state-v2-learning.bin', version: 2, savedAt: 90 },
  { file: 'segmenter-state-v3-known.bin', version: 3, savedAt: 6132 },
  { file: 'segmenter-state-v3-learning.bin', version: 3, savedAt: 90 },
];

const values = wave();
let at = 0;
const offsetsUs = Array.from(values, (_, k) => {
  at += k === 0 ? 0 : k % 7 === 0 ? 1400 : 933;
  return at;
});
const whole = cutCycles({ t0Us: T0, dtUs: null, offsetsUs, values });

for (const { file, version, savedAt } of KEPT) {
  describe(`a state that was saved by an older program: ${file}`, () => {
    const saved = new Uint8Array(readFileSync(new URL(`./${file}`, import.meta.url)));
    const versionOf = (state: Uint8Array) => new DataView(state.buffer, state.byteOffset).getFloat64(0, true);

    it('is of a version that is read, and is written again as the present one', () => {
      expect(versionOf(saved)).toBe(version);
      expect(canRead(version)).toBe(true);
      const segmenter = new Segmenter(cycleSettings(), saved);
      expect(segmenter.lastUs).toBe(T0 + (offsetsUs[savedAt - 1] as number));
      const again = segmenter.snapshot();
      expect(versionOf(again)).toBe(STATE_VERSION);
      if (version === STATE_VERSION) expect(Buffer.from(again).equals(saved)).toBe(true);
    });

    it('goes on to the cycles of the recording in one piece', () => {
      const segmenter = new Segmenter(cycleSettings(), saved);
      const openSinceUs = segmenter.openSinceUs ?? 0;
      const t0Us = T0 + (offsetsUs[savedAt] as number);
      const rest = offsetsUs.slice(savedAt).map((o) => T0 + o - t0Us);
      const cycles = segmenter.push({ t0Us, dtUs: null, offsetsUs: rest, values: values.slice(savedAt) });
      cycles.push(...segmenter.flush());
      const expected = whole.filter((c) => c.startedAtUs >= openSinceUs - 1);
      expect(expected.length).toBeGreaterThan(8);
      expect(cycles.length).toBe(expected.length);
      // Version 1 learnt its levels later. Else to a microsecond, not to the last bit: another engine's exp and log may
      // differ in theirs.
      const near = version === 1 ? 150 : 1;
      for (const [k, cycle] of cycles.entries()) {
        const twin = expected[k] as (typeof cycles)[number];
        expect(Math.abs(cycle.startedAtUs - twin.startedAtUs)).toBeLessThanOrEqual(near);
        expect(Math.abs(cycle.endedAtUs - twin.endedAtUs)).toBeLessThanOrEqual(near);
        expect(cycle.topLevel).toBeCloseTo(twin.topLevel as number, version === 1 ? 2 : 6);
        expect(cycle.sampleCount).toBe(twin.sampleCount);
      }
    });
  });
}
