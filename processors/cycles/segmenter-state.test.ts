import { readFileSync } from 'node:fs';
import { cycleSettings } from '@loadcycle/contract/cycle-settings';
import { describe, expect, it } from 'vitest';
import { cutCycles } from './cut.ts';
import { canRead, Segmenter, STATE_VERSION } from './segmenter.ts';
import { T0, wave } from './testing.ts';

/** What version 1 wrote after 6,132 samples of the wave below: a cycle is open, an edge waits, times are kept. */
const SAVED_AT = 6132;
const saved = new Uint8Array(readFileSync(new URL('./segmenter-state-v1.bin', import.meta.url)));

const values = wave();
let at = 0;
const offsetsUs = Array.from(values, (_, k) => {
  at += k === 0 ? 0 : k % 7 === 0 ? 1400 : 933;
  return at;
});

describe('a state that was saved by an older program', () => {
  it('is of a version that is read, and is written again as the present one', () => {
    const version = (state: Uint8Array) => new DataView(state.buffer, state.byteOffset).getFloat64(0, true);
    expect(version(saved)).toBe(1);
    expect(canRead(1)).toBe(true);
    const segmenter = new Segmenter(cycleSettings(), saved);
    expect(segmenter.lastUs).toBe(T0 + (offsetsUs[SAVED_AT - 1] as number));
    expect(segmenter.openSinceUs).not.toBeNull();
    const again = segmenter.snapshot();
    expect(version(again)).toBe(STATE_VERSION);
    const twin = new Segmenter(cycleSettings(), again).snapshot();
    expect(Buffer.from(twin).equals(again)).toBe(true);
  });

  it('goes on to the cycles of the recording in one piece', () => {
    const segmenter = new Segmenter(cycleSettings(), saved);
    const openSinceUs = segmenter.openSinceUs as number;
    const t0Us = T0 + (offsetsUs[SAVED_AT] as number);
    const rest = offsetsUs.slice(SAVED_AT).map((o) => T0 + o - t0Us);
    const cycles = segmenter.push({ t0Us, dtUs: null, offsetsUs: rest, values: values.slice(SAVED_AT) });
    cycles.push(...segmenter.flush());
    const whole = cutCycles({ t0Us: T0, dtUs: null, offsetsUs, values });
    const expected = whole.filter((c) => c.startedAtUs >= openSinceUs - 1);
    expect(expected.length).toBeGreaterThan(8);
    expect(cycles.length).toBe(expected.length);
    for (const [k, cycle] of cycles.entries()) {
      const twin = expected[k] as (typeof cycles)[number];
      // to within the noise of an edge: the whole recording has known its widths and levels since the first edge
      expect(Math.abs(cycle.startedAtUs - twin.startedAtUs)).toBeLessThanOrEqual(150);
      expect(Math.abs(cycle.endedAtUs - twin.endedAtUs)).toBeLessThanOrEqual(150);
      expect(cycle.topLevel).toBeCloseTo(twin.topLevel as number, 2);
      expect(cycle.sampleCount).toBe(twin.sampleCount);
    }
  });
});
