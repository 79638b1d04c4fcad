import type { CycleSettingsInput } from '@loadcycle/contract/cycle-settings';
import { cycleSettings } from '@loadcycle/contract/cycle-settings';
import type { WaveformSettingsInput } from '@loadcycle/contract/waveform-settings';
import type { Waveform } from '@loadcycle/edge-agent/sources/waveform';
import {
  type CutCycle,
  cutUnfinished,
  type SampleChunk,
  Segmenter,
} from '@loadcycle/processors/cycles/index';

/** What was found, set against the truth. Errors in samples. */
export interface Score {
  cycles: number;
  /** Standard deviation and mean of the edge error (onsets and returns together; the larger mean of the two). */
  std: number;
  bias: number;
  edges: number;
  f1: number;
  f1Wide: number;
  missed: number;
  invented: number;
  learntAfterS: number;
}

/** Crossings found, in seconds. */
export interface Found {
  onsetsS: number[];
  offsetsS: number[];
}

export interface Truths extends Found {
  gapsS: [number, number][];
}

/** Samples that are kept for what is owed (see `Segmenter.takeOwed`): levels are known long before so many have gone by. */
const KEPT = 4_000_000;

/** Runs the segmenter over a simulated signal, in chunks. */
export function cut(waveform: Waveform, seconds: number, settings: CycleSettingsInput = {}, chunk = 4096) {
  const rate = waveform.settings.sampleRateHz;
  const dtUs = 1e6 / rate;
  const all = cycleSettings(settings);
  let segmenter = new Segmenter(all);
  let cycles: CutCycle[] = [];
  const kept: SampleChunk[] = [];
  const truth: Truths = { onsetsS: [], offsetsS: [], gapsS: [] };
  for (let done = 0; done < seconds * rate; done += chunk) {
    const { index, values } = waveform.next(chunk);
    const next = { t0Us: index * dtUs, dtUs, offsetsUs: null, values };
    if (done < KEPT) kept.push(next);
    for (const c of segmenter.push(next)) cycles.push(c);
    const owed = segmenter.takeOwed();
    if (owed !== null && done < KEPT) {
      const again = cutUnfinished(kept, settings);
      segmenter = again.segmenter;
      cycles = again.cycles;
    }
    const t = waveform.truth();
    truth.onsetsS.push(...t.onsetsS);
    truth.offsetsS.push(...t.offsetsS);
    truth.gapsS.push(...t.gapsS);
  }
  for (const c of segmenter.flush()) cycles.push(c);
  return { cycles, truth, segmenter };
}

export function foundIn(cycles: readonly CutCycle[]): Found {
  const onsetsS: number[] = [];
  const offsetsS: number[] = [];
  for (const c of cycles) {
    onsetsS.push(c.startedAtUs / 1e6);
    if (c.offsetAtUs !== null) offsetsS.push(c.offsetAtUs / 1e6);
  }
  return { onsetsS, offsetsS };
}

/** True crossings that no sample shows: within a gap (give or take a sample). */
function hidden(atS: number, gapsS: readonly [number, number][], sampleS: number): boolean {
  return gapsS.some(([from, to]) => atS > from - sampleS && atS < to);
}

export function score(found: Found, truth: Truths, rate: number, cycles: number): Score {
  const sampleS = 1 / rate;
  const seen = (list: number[]) => list.filter((t) => !hidden(t, truth.gapsS, sampleS));
  const lastS = found.onsetsS[found.onsetsS.length - 1] ?? 0;
  // The last cycle is open when the recording ends: its onset can't have been reported.
  const onsets = seen(truth.onsetsS).filter((t) => t <= lastS + 0.05);
  const offsets = seen(truth.offsetsS);
  const rises = errors(found.onsetsS, onsets, 10 * sampleS);
  const wide = errors(found.onsetsS, onsets, 50 * sampleS);
  const falls = errors(found.offsetsS, offsets, 10 * sampleS);
  const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length / sampleS;
  const all = [...rises, ...falls];
  const square = all.reduce((a, b) => a + b * b, 0) / all.length / (sampleS * sampleS);
  const middle = mean(all);
  const f1 = (hits: number) => (2 * hits) / (found.onsetsS.length + onsets.length);
  return {
    cycles,
    std: Math.sqrt(square - middle * middle),
    bias: Math.max(Math.abs(mean(rises)), Math.abs(mean(falls))),
    edges: all.length,
    f1: f1(rises.length),
    f1Wide: f1(wide.length),
    missed: onsets.length - wide.length,
    invented: found.onsetsS.length - wide.length,
    learntAfterS: found.onsetsS[0] ?? Number.NaN,
  };
}

/** Found less true, for pairs within reach; each is used once, in order. */
function errors(found: number[], truth: number[], reach: number): number[] {
  const out: number[] = [];
  let k = 0;
  for (const t of truth) {
    while (k < found.length && (found[k] as number) < t - reach) k++;
    if (k < found.length && Math.abs((found[k] as number) - t) <= reach) out.push((found[k++] as number) - t);
  }
  return out;
}

/** Standard deviation that no estimator beats on average with known levels, in samples (issue 12's table). */
export const LIMIT: Record<number, Record<number, number>> = {
  0: { 40: 0.287, 20: 0.289, 10: 0.489, 6: 1.08 },
  1: { 40: 0.01, 20: 0.112, 10: 0.493, 6: 1.13 },
  5: { 40: 0.022, 20: 0.229, 10: 0.783, 6: 1.41 },
  20: { 40: 0.045, 20: 0.453, 10: 1.5, 6: 2.42 },
};

export const STEP = 40;

/** A test signal of the table: ramp of `n` samples at 1 kHz, signal-to-noise ratio in dB. */
export function signal(n: number, db: number, more: WaveformSettingsInput = {}): WaveformSettingsInput {
  const edge = { shape: 'ramp' as const, riseS: n / 1000, fallS: n / 1000 };
  return { edge, noise: { std: STEP / 10 ** (db / 20) }, ...more };
}

export const IMPAIRED: Record<string, WaveformSettingsInput> = {
  drift: { drift: { amount: 46, overS: 200 } },
  spikes: { spikes: { rate: 0.001, size: 3 * STEP } },
  gaps: { dropouts: { gapS: 0.5, everyS: 50 } },
  all: {
    drift: { amount: 46, overS: 200 },
    spikes: { rate: 0.001, size: 3 * STEP },
    dropouts: { gapS: 0.5, everyS: 50 },
  },
};
