/**
 * Places the 50 % crossing of one transition between the samples.
 *
 * The model is a ramp of width w centred at c between two known levels, in white noise. For a given w the squared
 * error is piecewise quadratic in c: it changes its form only where a sample enters or leaves the ramp. So its
 * posterior (flat prior) is a chain of truncated normal distributions, and its mean is exact: no grid, no
 * iteration, the same cost at every noise level. The posterior mean beats the maximum where the noise is large, and
 * is the middle between two samples for an ideal step. Prefix sums make each piece O(1).
 */

export const FIT_SAMPLES = 320;
const PIECES = 1024;

/** Prefix sums over the good samples of the window: count, u, u², y, uy, y². */
const U = new Float64Array(FIT_SAMPLES);
const PU = new Float64Array(FIT_SAMPLES + 1);
const PUU = new Float64Array(FIT_SAMPLES + 1);
const PY = new Float64Array(FIT_SAMPLES + 1);
const PUY = new Float64Array(FIT_SAMPLES + 1);
const PYY = new Float64Array(FIT_SAMPLES + 1);
let count = 0;

/** 1/m and 1/√m for a ramp of m samples: divisions are what a piece would cost most. */
const inverse = Float64Array.from({ length: FIT_SAMPLES + 1 }, (_, m) => 1 / m);
const inverseRoot = Float64Array.from({ length: FIT_SAMPLES + 1 }, (_, m) => 1 / Math.sqrt(m));

const left = new Float64Array(PIECES);
const right = new Float64Array(PIECES);
const vertex = new Float64Array(PIECES);
const ramped = new Int32Array(PIECES);
const lowest = new Float64Array(PIECES);

/** Results of the last `place`. */
export const placed = { center: 0, logLikelihood: 0, cost: 0, variance: 0 };

/**
 * Takes a window: times in sampling periods from any origin, values as shares of the transition (0 before, 1 after).
 * A value alone beyond the levels by more than `gate` is set aside; several in a row, as an inrush has them, say no more than
 * that the level beside them has been reached.
 */
export function load(u: Float64Array, y: Float64Array, from: number, to: number, gate: number): number {
  let n = 0;
  let su = 0;
  let suu = 0;
  let sy = 0;
  let suy = 0;
  let syy = 0;
  for (let k = from; k < to; k++) {
    let v = y[k] as number;
    if (!(v >= -gate && v <= 1 + gate)) {
      const before = k > from ? (y[k - 1] as number) : Number.NaN;
      const after = k + 1 < to ? (y[k + 1] as number) : Number.NaN;
      if (v > 1 && (before > 1 + gate || after > 1 + gate)) v = 1;
      else if (v < 0 && (before < -gate || after < -gate)) v = 0;
      else continue;
    }
    const t = u[k] as number;
    U[n] = t;
    su += t;
    suu += t * t;
    sy += v;
    suy += t * v;
    syy += v * v;
    n++;
    PU[n] = su;
    PUU[n] = suu;
    PY[n] = sy;
    PUY[n] = suy;
    PYY[n] = syy;
  }
  count = n;
  return n;
}

/** Splits [from, to] into pieces for a ramp of width `w` and finds each one's least error. Returns their number. */
function pieces(w: number, from: number, to: number): number {
  const half = w / 2;
  const slope = 1 / w;
  const n = count;
  let ia = 0;
  let ib = 0;
  while (ia < n && (U[ia] as number) < from - half) ia++;
  ib = ia;
  while (ib < n && (U[ib] as number) < from + half) ib++;
  let c = from;
  let k = 0;
  const after = (PYY[n] as number) - 2 * (PY[n] as number) + n;
  while (c < to && k < PIECES) {
    let next = to;
    if (ia < n) next = Math.min(next, (U[ia] as number) + half);
    if (ib < n) next = Math.min(next, (U[ib] as number) - half);
    if (next > c) {
      const outside = (PYY[ia] as number) + after - ((PYY[ib] as number) - 2 * (PY[ib] as number) + ib);
      const m = ib - ia;
      left[k] = c;
      right[k] = next;
      if (m === 0) {
        ramped[k] = 0;
        vertex[k] = c;
        lowest[k] = outside;
      } else {
        const su = (PU[ib] as number) - (PU[ia] as number);
        const suu = (PUU[ib] as number) - (PUU[ia] as number);
        const sy = (PY[ib] as number) - (PY[ia] as number);
        const suy = (PUY[ib] as number) - (PUY[ia] as number);
        const syy = (PYY[ib] as number) - (PYY[ia] as number);
        const e = sy - m * 0.5 - su * slope;
        const ee = syy + m * 0.25 - sy + slope * (suu * slope - 2 * suy + su);
        const v = -e * w * (inverse[m] as number);
        const inside = v < c ? c : Math.min(v, next);
        const off = inside * slope;
        vertex[k] = v;
        ramped[k] = m;
        lowest[k] = outside + ee + 2 * off * e + m * off * off;
      }
      k++;
      c = next;
    }
    while (ia < n && (U[ia] as number) + half <= c) ia++;
    while (ib < n && (U[ib] as number) - half <= c) ib++;
  }
  return k;
}

/** The least squared error of a ramp of width `w` whose centre lies in [from, to]. */
export function leastCost(w: number, from: number, to: number): number {
  const n = pieces(w, from, to);
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < n; k++) if ((lowest[k] as number) < least) least = lowest[k] as number;
  return least;
}

/** Posterior of the centre in [from, to] for a ramp of width `w` and noise variance `s2` (of a share of the step). */
export function place(w: number, s2: number, from: number, to: number): void {
  const n = pieces(w, from, to);
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < n; k++) if ((lowest[k] as number) < least) least = lowest[k] as number;
  // Twelve nats below the best nothing is left to count.
  const reach = least + 24 * s2;
  const s = Math.sqrt(s2);
  const half = 0.5 / s2;
  let z = 0;
  let m1 = 0;
  let m2 = 0;
  // Density at the end of the last piece: the next one begins with it.
  let edge = -1;
  for (let k = 0; k < n; k++) {
    const low = lowest[k] as number;
    if (low > reach) {
      edge = -1;
      continue;
    }
    const a = left[k] as number;
    const b = right[k] as number;
    const exponent = (least - low) * half;
    const m = ramped[k] as number;
    if (m === 0) {
      edge = Math.exp(exponent);
      const mass = (b - a) * edge;
      const mid = (a + b) / 2;
      z += mass;
      m1 += mass * mid;
      m2 += mass * (mid * mid + ((b - a) * (b - a)) / 12);
      continue;
    }
    const v = vertex[k] as number;
    const tau = w * (inverseRoot[m] as number) * s;
    const alpha = (a - v) / tau;
    const beta = (b - v) / tau;
    // The piece's least error is at its vertex only where that lies inside; a far vertex must not underflow.
    const out = v < a ? alpha : v > b ? beta : 0;
    const top = exponent + (out * out) / 2;
    const pa = edge >= 0 ? edge : Math.exp(top - (alpha * alpha) / 2);
    const pb = Math.exp(top - (beta * beta) / 2);
    let mass: number;
    if (beta - alpha < 0.4) {
      const x = (alpha + beta) / 2;
      mass = ((beta - alpha) / 6) * (pa + 4 * Math.exp(top - (x * x) / 2) + pb);
    } else if (alpha > 0) mass = pa * tail(alpha) - pb * tail(beta);
    else if (beta < 0) mass = pb * tail(-beta) - pa * tail(-alpha);
    else mass = 2.5066282746310002 * Math.exp(top) - pa * tail(-alpha) - pb * tail(beta);
    edge = pb;
    mass *= tau;
    z += mass;
    m1 += v * mass + tau * tau * (pa - pb);
    m2 += (v * v + tau * tau) * mass + tau * tau * ((a + v) * pa - (b + v) * pb);
  }
  placed.cost = least;
  placed.center = m1 / z;
  placed.variance = Math.max(0, m2 / z - placed.center * placed.center);
  placed.logLikelihood = Math.log(z) - least / (2 * s2);
}

/** ∫ exp(-y²/2) dy from `x` ≥ 0 up, over exp(-x²/2): Abramowitz & Stegun 26.2.17, good to 2e-7. */
function tail(x: number): number {
  const t = 1 / (1 + 0.2316419 * x);
  return t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
}
