/**
 * Load cycles: cutting a signal at its load onsets, and measuring what lies between them. Pure: no clock, no I/O.
 *
 * What always holds: every decision is tied to the absolute sample index and every sum goes sample by sample, so that
 * a recording in one piece, sample by sample, in any batches, and across a saved state gives the same cycles to the
 * last bit. A cycle is out at most 64 samples after the onset that ends it, and those from before the levels were known
 * when they are. Missing samples are NaN, never 0; a cycle
 * that spans them says so.
 *
 * The way of a sample: `segmenter` is the door, chunks in, cycles out. `intake` lays samples out behind the `window` of
 * the newest ones, and `cutter` gives each part its turn. `detector` (a clipped two-sided CUSUM between the levels) says
 * when the state has changed, and what a gap means; `edges` places the crossing between the samples by `edge-fit`, the
 * posterior mean of a ramp whose width `widths` pools over all edges. `known-levels` has what is known of the levels:
 * `learn` finds them in looks at the signal (`look`), and the cut begins again at the `beginning`; `tracker` follows them as they drift, by what `plateaus` sees.
 * `under-way` adds up the cycle (`sums`, `plateau-sums`), and `metrics` turns the sums into metrics. `segmenter-state`
 * is all of it as bytes, exact to the last bit. `cut` and `measure` are the same for whole recordings; `levels` is the
 * histogram method of IEEE Std 181.
 *
 * It keeps no state outside of its objects; who saves `snapshot()` together with the position in the stream can go on
 * after a crash.
 */
export { cutCycles, cutUnfinished, type Recording } from './cut.ts';
export { stateLevels } from './levels.ts';
export { type Boundaries, measure } from './measure.ts';
export {
  type CutCycle,
  canRead,
  type OpenCycle,
  type Owed,
  type SampleChunk,
  Segmenter,
  type SegmenterState,
  STATE_VERSION,
} from './segmenter.ts';
