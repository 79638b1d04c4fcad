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

const left = new Float64Array(PIECES);
const right = new Float64Array(PIECES);
const vertex = new Float64Array(PIECES);
const spread = new Float64Array(PIECES);
const lowest = new Float64Array(PIECES);

/** Results of the last `place`. */
export const placed = { center: 0, logLikelihood: 0, cost: 0, variance: 0 };

/**
 * Takes a window: times in sampling periods from any origin, values as shares of the transition (0 before, 1 after).
 * Values beyond the levels by more than `gate` are set aside.
 */
export function load(u: Float64Array, y: Float64Array, from: number, to: number, gate: number): number {
  let n = 0;
  let su = 0;
  let suu = 0;
  let sy = 0;
  let suy = 0;
  let syy = 0;
  for (let k = from; k < to; k++) {
    const v = y[k] as number;
    if (!(v >= -gate && v <= 1 + gate)) continue;
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
        spread[k] = 0;
        vertex[k] = c;
        lowest[k] = outside;
      } else {
        const su = (PU[ib] as number) - (PU[ia] as number);
        const suu = (PUU[ib] as number) - (PUU[ia] as number);
        const sy = (PY[ib] as number) - (PY[ia] as number);
        const suy = (PUY[ib] as number) - (PUY[ia] as number);
        const syy = (PYY[ib] as number) - (PYY[ia] as number);
        const e = sy - m / 2 - su / w;
        const ee = syy + m / 4 + suu / (w * w) - sy - (2 * suy) / w + su / w;
        const v = (-e * w) / m;
        const inside = v < c ? c : Math.min(v, next);
        const off = inside / w;
        vertex[k] = v;
        spread[k] = w / Math.sqrt(m);
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
  const reach = least + 40 * s2;
  const s = Math.sqrt(s2);
  let z = 0;
  let m1 = 0;
  let m2 = 0;
  for (let k = 0; k < n; k++) {
    const low = lowest[k] as number;
    if (low > reach) continue;
    const a = left[k] as number;
    const b = right[k] as number;
    if (spread[k] === 0) {
      const mass = (b - a) * Math.exp((least - low) / (2 * s2));
      const mid = (a + b) / 2;
      z += mass;
      m1 += mass * mid;
      m2 += mass * (mid * mid + ((b - a) * (b - a)) / 12);
      continue;
    }
    const v = vertex[k] as number;
    const tau = (spread[k] as number) * s;
    // The piece's least error is at its vertex only where that lies inside.
    const out = v < a ? (a - v) / tau : v > b ? (v - b) / tau : 0;
    const alpha = (a - v) / tau;
    const beta = (b - v) / tau;
    const height = Math.exp((least - low) / (2 * s2));
    // Everything relative to the density at the piece's best point, so that far vertices do not underflow.
    const pa = height * Math.exp((out * out - alpha * alpha) / 2);
    const pb = height * Math.exp((out * out - beta * beta) / 2);
    const mass = height * tau * normalMass(alpha, beta, out);
    z += mass;
    m1 += v * mass + tau * tau * (pa - pb);
    m2 += (v * v + tau * tau) * mass + tau * tau * ((a + v) * pa - (b + v) * pb);
  }
  placed.cost = least;
  placed.center = m1 / z;
  placed.variance = Math.max(0, m2 / z - placed.center * placed.center);
  placed.logLikelihood = Math.log(z) - least / (2 * s2);
}

/** ∫ exp((out² - x²) / 2) dx over [alpha, beta], for an interval that begins or ends `out` away from 0 (or holds it). */
function normalMass(alpha: number, beta: number, out: number): number {
  if (beta - alpha < 0.4) {
    // Three-point Gauss-Legendre: the interval is short.
    const h = (beta - alpha) / 2;
    const m = (alpha + beta) / 2;
    const d = h * 0.7745966692414834;
    const e = out * out;
    return (
      h *
      ((8 / 9) * Math.exp((e - m * m) / 2) +
        (5 / 9) * (Math.exp((e - (m - d) * (m - d)) / 2) + Math.exp((e - (m + d) * (m + d)) / 2)))
    );
  }
  if (alpha > 0) return tail(alpha, out) - tail(beta, out);
  if (beta < 0) return tail(-beta, out) - tail(-alpha, out);
  return 2.5066282746310002 - tail(-alpha, 0) - tail(beta, 0);
}

/** exp(out²/2) ∫ exp(-x²/2) dx from `x` ≥ 0 up: Abramowitz & Stegun 26.2.17, |error| < 2e-7 of the density. */
function tail(x: number, out: number): number {
  const t = 1 / (1 + 0.2316419 * x);
  const p = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return p * Math.exp((out * out - x * x) / 2);
}
