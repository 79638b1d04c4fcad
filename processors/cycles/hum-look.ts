import { analyse } from './look.ts';

/**
 * Whether a stretch of a signal has a sine of a given frequency in it, and which one. The stretch is cut into blocks of whole
 * periods: their means have no hum in them, so that an edge of the load shows between them and its blocks are set aside; what
 * the others say agrees for a sine that is there, and does not for the harmonics of a load that comes and goes.
 */

/** Harmonics that are looked for, the first one included. */
export const HARMONICS = 7;
/** Entries of a block at least, blocks at least that no edge has touched. */
const BLOCK = 8;
const BLOCKS = 5;
/** A block beside a step of more than so many times the median step between blocks is set aside. */
const EDGE = 6;
/** No more than this share of the sampling rate for a harmonic, and for hum that is seen at another frequency than its own. */
const MOST = 0.45;
/** Squared amplitude over its variance from which on a sine may be there, and from which on a harmonic of one is. */
export const MAYBE = 10;
const HARMONIC_THERE = 12;
/** … and may be; where the sine itself has less than `CLEAR`, the harmonics of a load can't be told from noise. */
const HARMONIC_MAYBE = 4;
const CLEAR = 60;
/** What is left has differences of neighbours (von Neumann): more than this, else it is no noise but a signal. */
const NOISE = 0.7;
/** … and a fourth moment of less than so many squared variances: 3 for normal noise, more for pulses. */
const PULSES = 5;
/** Power of the other harmonics over that of the first one, at most: more is a pulse. */
const DISTORTED = 0.06;
/** A load that `isHarmonic` asks for: periods of hum in its own, at most; how large its other harmonics are beside this one. */
const DIVISOR = 15;
const BESIDE = 0.25;
/** Squared amplitude over variance of two of these; one alone takes more. */
const ALSO = 6;
const POINTS = 64;

const means = new Float64Array(64);
const steps = new Float64Array(64);
const one = new Float32Array(POINTS);

export interface HumLook {
  /** Phasors of the harmonics: hum = Σ re cos(hφ) - im sin(hφ). */
  re: Float64Array;
  im: Float64Array;
  /** Squared amplitude over its variance. */
  ratio: Float64Array;
  /** Variance of the first phasor. */
  variance: number;
  /** Squared differences of neighbours over squares of what is left (von Neumann): 2 for white noise. */
  rough: number;
  /** Its fourth moment over the square of its variance. */
  tails: number;
}

/** The stretch: means of `width` samples each, `sampleS` apart. */
export interface Stretch {
  entries: Float64Array;
  count: number;
  width: number;
  sampleS: number;
}

/** The frequency, in cycles per entry, at which `hz` is seen when sampled every `sampleS`; 0 where it can't be told from others. */
export function seenAt(hz: number, { width, sampleS, count }: Stretch): number {
  const cycles = hz * sampleS;
  const seen = Math.abs(cycles - Math.round(cycles)) * width;
  return seen * count >= 6 && seen <= MOST ? seen : 0;
}

/** Whether it is seen at another frequency than its own. */
export const isAliased = (hz: number, { sampleS }: Stretch): boolean => hz * sampleS > 0.5;

/**
 * Looks for `harmonics` of `hz`, φ being `phase` (radians) at the first sample; null where it can't say. `whole`: also for what is
 * left without them.
 */
export function lookForHum(
  stretch: Stretch,
  hz: number,
  phase: number,
  harmonics: number,
  whole = false,
): HumLook | null {
  const { entries, count, width, sampleS } = stretch;
  const seen = seenAt(hz, stretch);
  if (seen === 0) return null;
  let periods = 1;
  while (Math.round(periods / seen) < BLOCK) periods++;
  const block = Math.round(periods / seen);
  const blocks = Math.floor(count / block);
  if (blocks < BLOCKS + 2) return null;
  for (let j = 0; j < blocks; j++) {
    let sum = 0;
    for (let k = j * block; k < (j + 1) * block; k++) sum += entries[k] as number;
    means[j] = sum / block;
  }
  const some = steps.subarray(0, blocks - 1);
  let known = 0;
  for (let j = 1; j < blocks; j++) {
    const d = Math.abs((means[j] as number) - (means[j - 1] as number));
    some[j - 1] = d >= 0 ? d : Number.POSITIVE_INFINITY;
    if (d >= 0) known++;
  }
  some.sort();
  const gate = EDGE * (some[known >> 1] as number);
  const re = new Float64Array(HARMONICS);
  const im = new Float64Array(HARMONICS);
  const ratio = new Float64Array(HARMONICS);
  let variance = 0;
  for (let h = 1; h <= harmonics; h++) {
    const cycles = h * hz * sampleS;
    if (h > 1 && cycles * width > MOST) break;
    const turn = 2 * Math.PI * cycles * width;
    const [tc, ts] = [Math.cos(turn), Math.sin(turn)];
    // φ in the middle of the first entry
    const start = h * phase + Math.PI * cycles * (width - 1);
    const damped = Math.sin(Math.PI * cycles * width) / (width * Math.sin(Math.PI * cycles));
    let [n, sumRe, sumIm, square] = [0, 0, 0, 0];
    let [c, s] = [Math.cos(start), Math.sin(start)];
    for (let j = 0; j < blocks; j++) {
      const clear = isClear(j, blocks, gate);
      const slope = clear ? slopeOf(j, block) : 0;
      const mean = (means[j] as number) - (slope * (block - 1)) / 2;
      let [zr, zi] = [0, 0];
      for (let k = 0; k < block; k++) {
        const r = (entries[j * block + k] as number) - mean - slope * k;
        zr += r * c;
        zi -= r * s;
        const next = c * tc - s * ts;
        s = s * tc + c * ts;
        c = next;
      }
      if (!clear) continue;
      sumRe += zr;
      sumIm += zi;
      square += zr * zr + zi * zi;
      n++;
    }
    if (n < BLOCKS) return null;
    const scale = 2 / (block * damped);
    const zr = (sumRe / n) * scale;
    const zi = (sumIm / n) * scale;
    const spread = Math.max(0, (square / n) * scale * scale - zr * zr - zi * zi) / (n - 1);
    re[h - 1] = zr;
    im[h - 1] = zi;
    ratio[h - 1] = (zr * zr + zi * zi) / Math.max(spread, 1e-30);
    if (h === 1) variance = spread;
  }
  const found: HumLook = { re, im, ratio, variance, rough: 2, tails: 3 };
  if (!whole) clear(found, HARMONIC_THERE);
  if (!whole) return found;
  clear(found, HARMONIC_MAYBE);
  const turn = 2 * Math.PI * hz * sampleS * width;
  const start = phase + Math.PI * hz * sampleS * (width - 1);
  let [square, fourth, diff, taken, n] = [0, 0, 0, 0, 0];
  for (let j = 1; j + 1 < blocks; j++) {
    if (!isClear(j, blocks, gate)) continue;
    let before = Number.NaN;
    for (let k = 0; k < block; k++) {
      const hum = waveAt(re, im, start + (j * block + k) * turn);
      const r = (entries[j * block + k] as number) - (means[j] as number) - hum;
      if (k > 0) diff += (r - before) * (r - before);
      square += r * r;
      fourth += r * r * r * r;
      n++;
      taken += hum * hum;
      before = r;
    }
  }
  // what is left by rounding is no signal
  if (square < 1e-6 * taken) return found;
  return { ...found, rough: diff / square, tails: (n * fourth) / (square * square) };
}

const isClear = (j: number, blocks: number, gate: number): boolean =>
  j > 0 &&
  j + 1 < blocks &&
  Math.abs((means[j] as number) - (means[j - 1] as number)) <= gate &&
  Math.abs((means[j + 1] as number) - (means[j] as number)) <= gate;

const slopeOf = (j: number, block: number) =>
  ((means[j + 1] as number) - (means[j - 1] as number)) / (2 * block);

/**
 * Whether what was found may be a load that comes and goes with the period of hum, or a signal whose harmonic it is: the wave goes
 * between two levels, or what is left of the blocks without it follows its neighbours or has pulses in it. `look` is a whole one.
 */
export const mayBeLoad = (look: HumLook): boolean => {
  const { re, im, ratio, rough, tails } = look;
  if ((ratio[0] as number) < CLEAR || rough < NOISE || tails > PULSES) return true;
  let power = 0;
  for (let h = 1; h < HARMONICS; h++) power += (re[h] as number) ** 2 + (im[h] as number) ** 2;
  if (power > DISTORTED * ((re[0] as number) ** 2 + (im[0] as number) ** 2)) return true;
  for (let k = 0; k < POINTS; k++) one[k] = waveAt(re, im, (2 * Math.PI * k) / POINTS);
  clear(look, HARMONIC_THERE);
  return analyse(one, POINTS, 1, 0).levels.length > 1;
};

/**
 * Whether `hz`, found as `look`, is one of the harmonics of a load with a period of up to `DIVISOR` of its own: then those beside it
 * are there as well, or where it is half of the time on, those beside them.
 */
export function isHarmonic(stretch: Stretch, hz: number, look: HumLook): boolean {
  const size = (look.re[0] as number) ** 2 + (look.im[0] as number) ** 2;
  // as it is seen: what is sampled too slowly for it may be the load itself
  const seenHz = seenAt(hz, stretch) / (stretch.width * stretch.sampleS);
  let seen = 0;
  for (let k = isAliased(hz, stretch) ? 1 : 2; k <= DIVISOR; k++) {
    for (const beside of [-2, -1, 1, 2]) {
      if (k + beside < 1 || (beside % 2 === 0 && k % 2 === 0)) continue;
      const other = lookForHum(stretch, (seenHz * (k + beside)) / k, 0, 1);
      if (other === null || (other.ratio[0] as number) < ALSO) continue;
      if ((other.re[0] as number) ** 2 + (other.im[0] as number) ** 2 < BESIDE * BESIDE * size) continue;
      if (++seen > 1 || (other.ratio[0] as number) > 3 * ALSO) return true;
    }
  }
  return false;
}

/** Leaves of the harmonics those that are there: a ratio of more than `least`. */
function clear({ re, im, ratio }: HumLook, least: number): void {
  for (let h = 1; h < HARMONICS; h++) {
    if ((ratio[h] as number) > least) continue;
    re[h] = 0;
    im[h] = 0;
  }
}

/** The hum where φ is `phase`. */
export function waveAt(re: Float64Array, im: Float64Array, phase: number): number {
  let sum = 0;
  for (let h = 0; h < HARMONICS; h++) {
    if (re[h] === 0 && im[h] === 0) continue;
    sum += (re[h] as number) * Math.cos((h + 1) * phase) - (im[h] as number) * Math.sin((h + 1) * phase);
  }
  return sum;
}
