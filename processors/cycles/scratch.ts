import { FIT_SAMPLES } from './edge-fit.ts';

/** Samples kept behind the newest one: what an edge is placed with. */
export const WINDOW = FIT_SAMPLES;
/** New samples that are laid out at once, at most. */
const BLOCK = 4096;
/** What is done now and then is done at absolute indices that are multiples of this. */
const STRIDE = 64;

const X = new Float64Array(WINDOW + BLOCK + 2);
const T = new Float64Array(WINDOW + BLOCK + 2);

/**
 * Scratch space that all segmenters share: the window, then the new samples; X their values, T their times in µs. A
 * position in it is an absolute index less the window's `origin`. Nothing in it outlives a call. Who works on it makes
 * these constants of its own module: an imported name is looked up at each access, a constant is compiled in.
 */
export const scratch = { X, T, WINDOW, BLOCK, STRIDE } as const;
