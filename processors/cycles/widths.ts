import { leastCost, place, placed } from './edge-fit.ts';
import type { NumberReader, NumberWriter } from './numbers.ts';

/**
 * The width of a signal's transitions of one kind, pooled over its edges. One edge in noise says little about the
 * width that its crossing depends on; many say it exactly. Log likelihoods are summed up on a grid of widths: a wide
 * one for the first edges, then nine points around the best, drawn closer whenever the sums tell neighbours apart.
 * (Newton steps were tried: the likelihood of a short ramp has a kink, and its curvature says nothing there.)
 * An edge that is clearly of another width is placed with its own, and if that goes on, the pool starts anew.
 */

const GRID = [
  0.05, 0.5, 0.8, 1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8, 10, 12.6, 16, 20, 25, 32, 40, 50, 64, 80, 100,
];
export const GRID_SIZE = GRID.length;
const FIRST = 8;
/** Ratio of neighbouring widths on the near grids, from the widest to the closest. */
const ZOOM = [1.25, 1.06, 1.015] as const;
const NEAR = 9;
/** The grid is drawn closer once no more than three points are within so many nats of the best. */
const TOLD_APART = 3;
/**
 * Edges on the closest grid after which the width counts as known, and the first edges are placed again with it: what n edges say
 * of a width adds 1/n to the variance of each one, 3 % to the error at 16. Waiting for more helps the first edges less than it
 * costs recordings that end before (first 30 of 600 s: 1.57 × the best possible at 16, 1.39 at 64; of 200 s: 2.96 and 4.42).
 */
const SETTLED = 16;
/**
 * Once so many edges have been weighed on a grid, every eighth one is; of four times as many, every 32nd. By the same count the
 * width adds less than 1 % to an edge's error at 64, and what weighing costs is ten times what placing does.
 */
const PLENTY = 64;
/** Step² over variance times width from which on one edge says something about its own width. */
const TELLING = 100;
/** Step of the width, relative, for one edge's own estimate. */
const DELTA = 0.04;
/** Nats by which another width must be better before an edge goes its own way. */
const OTHER = 12;

const LEAST = 0.02;
const MOST = 120;

/** Log likelihoods of one edge on a grid. Nothing in it outlives a call. */
const one = new Float64Array(GRID.length);

export class Widths {
  width = 1;
  /** Sums on the grid of widths: `GRID_SIZE` numbers of `sums` from `first` on. */
  private readonly sums: Float64Array;
  private readonly first: number;
  private seen = 0;
  private zoom = 0;
  /** Middle of the near grid, and edges weighed on it. */
  private middle = 1;
  private weighed = 0;
  private skipped = 0;
  private odd = 0;
  /** The width of the edge placed last. */
  own = 1;

  /** `sums`: room for `GRID_SIZE` numbers from `first` on, all 0. */
  constructor(sums: Float64Array = new Float64Array(GRID_SIZE), first = 0) {
    this.sums = sums;
    this.first = first;
  }

  /** Places the loaded edge of so many samples (see `edge-fit`): centre near `near`, give or take `reach` beyond half of the ramp. */
  place(samples: number, s2: number, near: number, reach: number, from: number, to: number): void {
    const at = (w: number) =>
      place(w, s2, Math.max(from, near - reach - w / 2), Math.min(to, near + reach + w / 2));
    const cost = (w: number) =>
      leastCost(w, Math.max(from, near - reach - w / 2), Math.min(to, near + reach + w / 2));
    if (this.seen >= FIRST) {
      at(this.width);
      // An error that the noise explains needs no other width: one chi-square deviation is let pass.
      if (placed.cost > (samples + 15) * s2 && this.isOther(cost, s2)) {
        this.own = bestOf(at);
        at(this.own);
        if (++this.odd < FIRST) return;
        this.seen = 0;
        this.clear();
        this.odd = 0;
      } else {
        this.odd = 0;
        this.refine(at, s2);
        return;
      }
    }
    this.weigh(at);
    at(this.width);
  }

  private isOther(cost: (w: number) => number, s2: number): boolean {
    if (this.width < 0.3 * TELLING * s2 && this.width < 12) return false;
    const limit = cost(this.width) - 2 * s2 * OTHER;
    return cost(Math.max(0.05, this.width * 0.4)) < limit || cost(Math.max(1, this.width * 2.5)) < limit;
  }

  private weigh(at: (w: number) => void): void {
    let best = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < GRID.length; k++) {
      at(GRID[k] as number);
      one[k] = placed.logLikelihood;
      if (placed.logLikelihood > best) best = placed.logLikelihood;
    }
    const { sums, first } = this;
    let top = 0;
    for (let k = 0; k < GRID.length; k++) {
      sums[first + k] = (sums[first + k] as number) + Math.max(-200, (one[k] as number) - best);
      if ((sums[first + k] as number) > (sums[first + top] as number)) top = k;
    }
    this.seen += 1;
    this.width = vertexOf(sums, first, top);
    this.own = this.width;
    if (this.seen === FIRST) this.draw(0);
  }

  private draw(zoom: number): void {
    this.zoom = Math.max(0, Math.min(ZOOM.length - 1, zoom));
    this.middle = this.width;
    this.weighed = 0;
    this.clear();
  }

  private clear(): void {
    this.sums.fill(0, this.first, this.first + GRID.length);
  }

  private at(k: number): number {
    return Math.max(LEAST, Math.min(MOST, this.middle * (ZOOM[this.zoom] as number) ** (k - (NEAR >> 1))));
  }

  /** Weighs the edge on the near grid and moves the pooled width to the best of it. */
  private pool(at: (w: number) => void): void {
    let best = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < NEAR; k++) {
      at(this.at(k));
      one[k] = placed.logLikelihood;
      if (placed.logLikelihood > best) best = placed.logLikelihood;
    }
    const { sums, first } = this;
    let top = 0;
    for (let k = 0; k < NEAR; k++) {
      sums[first + k] = 0.999 * (sums[first + k] as number) + Math.max(-50, (one[k] as number) - best);
      if ((sums[first + k] as number) > (sums[first + top] as number)) top = k;
    }
    this.weighed += 1;
    const here = sums[first + top] as number;
    if (top === 0 || top === NEAR - 1) {
      // A slope within the noise (two nats) is no reason to move.
      if (this.weighed < FIRST || here - (sums[first + (NEAR >> 1)] as number) < 2) return;
      this.width = this.at(top);
      this.draw(this.zoom - 1);
      return;
    }
    const [a, c] = [sums[first + top - 1] as number, sums[first + top + 1] as number];
    const bend = a + c - 2 * here;
    const off = bend < 0 ? Math.max(-0.5, Math.min(0.5, (a - c) / (2 * bend))) : 0;
    this.width = Math.max(LEAST, Math.min(MOST, this.at(top) * (ZOOM[this.zoom] as number) ** off));
    let likely = 0;
    for (let k = 0; k < NEAR; k++) if ((sums[first + k] as number) > here - TOLD_APART) likely++;
    if (likely <= 3 && this.zoom < ZOOM.length - 1) this.draw(this.zoom + 1);
  }

  private refine(at: (w: number) => void, s2: number): void {
    // The edge has been placed with the pooled width already; only if that moves is it placed again.
    if (this.weighed < PLENTY || ++this.skipped % (this.weighed < 4 * PLENTY ? 8 : 32) === 0) {
      this.pool(at);
      at(this.width);
    }
    const w = this.width;
    if (w < TELLING * s2) {
      this.own = w;
      return;
    }
    const { center, cost, variance, logLikelihood } = placed;
    at(w * (1 - DELTA));
    const below = placed.logLikelihood;
    at(w * (1 + DELTA));
    const above = placed.logLikelihood;
    placed.center = center;
    placed.cost = cost;
    placed.variance = variance;
    placed.logLikelihood = logLikelihood;
    const slope = (above - below) / (2 * DELTA);
    const bend = Math.max(0, (2 * placed.logLikelihood - above - below) / (DELTA * DELTA));
    // What is believed of this edge alone: within some 15 % of the others unless it says otherwise.
    this.own = w * (1 + Math.max(-0.5, Math.min(0.5, slope / (bend + 40))));
  }

  /** Whether so many edges agree on it that more of them change little. */
  get isKnown(): boolean {
    return this.seen >= FIRST && this.zoom === ZOOM.length - 1 && this.weighed >= SETTLED;
  }

  save(w: NumberWriter): void {
    w.put(this.width, this.seen, this.zoom, this.middle, this.weighed, this.skipped, this.odd);
    w.doubles(this.sums, this.first, this.first + GRID.length);
  }

  restore(r: NumberReader): void {
    this.width = r.get();
    this.seen = r.get();
    this.zoom = r.get();
    this.middle = r.get();
    this.weighed = r.get();
    this.skipped = r.get();
    this.odd = r.get();
    r.doubles(this.sums, this.first, this.first + GRID.length);
  }
}

function bestOf(at: (w: number) => void): number {
  let top = 0;
  const one = new Float64Array(GRID.length);
  for (let k = 0; k < GRID.length; k++) {
    at(GRID[k] as number);
    one[k] = placed.logLikelihood;
    if ((one[k] as number) > (one[top] as number)) top = k;
  }
  return vertexOf(one, 0, top);
}

/** The top of the parabola through a grid point and its neighbours (values from `first` on), over the logarithm of the width. */
function vertexOf(values: Float64Array, first: number, top: number): number {
  const w = GRID[top] as number;
  if (top === 0 || top === GRID.length - 1) return w;
  const at = first + top;
  const [a, b, c] = [values[at - 1] as number, values[at] as number, values[at + 1] as number];
  const l = Math.log((GRID[top - 1] as number) / w);
  const r = Math.log((GRID[top + 1] as number) / w);
  const p = ((c - b) / r - (a - b) / l) / (r - l);
  const q = (c - b) / r - p * r;
  if (!(p < 0)) return w;
  const x = Math.max(l / 2, Math.min(r / 2, -q / (2 * p)));
  return w * Math.exp(x);
}
