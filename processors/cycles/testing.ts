import { type CycleSettingsInput, cycleSettings } from '@loadcycle/contract/cycle-settings';
import { samplesAfter } from './chunk.ts';
import { type CutCycle, type SampleChunk, Segmenter } from './segmenter.ts';

/** Test signals: small, plain, and the same on every run. */

export const T0 = 1_790_000_000_000_000;

/** Numbers in [0, 1) from a seed (mulberry32). */
export function uniforms(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Numbers of the standard normal distribution from a seed (Box and Muller). */
export function normals(seed: number): () => number {
  const uniform = uniforms(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

export interface Wave {
  samples?: number;
  period?: number;
  width?: number;
  base?: number;
  step?: number;
  /** Full width of the ramps, in samples. */
  ramp?: number;
  /** Amplitude of the (uniform) noise, as a share of the step. */
  noise?: number;
  /** Added to the load of every third cycle, as a share of the step. */
  part?: number;
}

/** A trapezoidal wave with a phase that moves against the sampling grid, and pseudo-random noise. */
export function wave(w: Wave = {}): Float64Array {
  const { samples = 12_000, period = 500.37, width = 200, base = 230, step = 40 } = w;
  const { ramp = 6, noise = 0.03, part = 0 } = w;
  let seed = 12345;
  return Float64Array.from({ length: samples }, (_, k) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    const at = k + 100.3;
    const cycle = Math.floor(at / period);
    const phase = at - cycle * period;
    const up = Math.min(1, Math.max(0, (phase - 20) / ramp + 0.5));
    const down = Math.min(1, Math.max(0, (phase - 20 - width) / ramp + 0.5));
    const height = cycle % 3 === 2 ? 1 + part : 1;
    return base + step * (height * (up - down) + noise * (seed / 2147483648));
  });
}

export function chunkOf(values: Float64Array, dtUs = 1000, t0Us = T0): SampleChunk {
  return { t0Us, dtUs, offsetsUs: null, values };
}

/**
 * Pushes a recording in pieces of the given sizes, over and over; `restart` goes through a saved state each time. What
 * is owed is cut again from the recording, as the cycles worker does it from the store.
 */
export function pushInPieces(
  whole: SampleChunk,
  sizes: readonly number[],
  restart: boolean,
  input: CycleSettingsInput = {},
): CutCycle[] {
  const settings = cycleSettings(input);
  const { values, offsetsUs, dtUs, t0Us } = whole;
  const timeOf = (k: number) => t0Us + (offsetsUs === null ? k * (dtUs as number) : (offsetsUs[k] as number));
  let segmenter = new Segmenter(settings);
  let cycles: CutCycle[] = [];
  for (let at = 0, k = 0; at < values.length; k++) {
    const size = Math.min(sizes[k % sizes.length] as number, values.length - at);
    const startUs = timeOf(at);
    const offsets =
      offsetsUs === null ? null : Array.from({ length: size }, (_, i) => timeOf(at + i) - startUs);
    const part = values.subarray(at, at + size);
    cycles.push(...segmenter.push({ t0Us: startUs, dtUs, offsetsUs: offsets, values: part }));
    at += size;
    const owed = segmenter.takeOwed();
    if (owed !== null) {
      cycles = cycles.filter((c) => c.startedAtUs <= owed.afterUs);
      segmenter = new Segmenter(settings, owed.state);
      const left = samplesAfter(whole, owed.afterUs) as SampleChunk;
      at = values.length - left.values.length;
    }
    if (restart) segmenter = new Segmenter(settings, segmenter.snapshot());
  }
  cycles.push(...segmenter.flush());
  return cycles;
}
