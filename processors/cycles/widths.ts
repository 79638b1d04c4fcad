import { leastCost, place, placed } from './edge-fit.ts';
import type { NumberReader, NumberWriter } from './numbers.ts';

/**
 * The width of a signal's transitions of one kind, pooled over its edges. One edge in noise says little about the
 * width that its crossing depends on; many say it exactly. The first edges are weighed on a grid, later ones move
 * the estimate by Newton steps on the summed log likelihood. An edge that is clearly of another width is placed with
 * its own, and if that goes on, the pool starts anew.
 */

const GRID = [
  0.05, 0.5, 0.8, 1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8, 10, 12.6, 16, 20, 25, 32, 40, 50, 64, 80, 100,
];
const FIRST = 8;
const DELTA = 0.03;
/** Nats by which another width must be better before an edge goes its own way. */
const OTHER = 12;

export class Widths {
  width = 1;
  private readonly grid = new Float64Array(GRID.length);
  private seen = 0;
  private curvature = 0;
  private odd = 0;
  /** The width of the edge placed last. */
  own = 1;

  /** Places the loaded edge (see `edge-fit`): centre near `near`, give or take `reach` beyond half of the ramp. */
  place(s2: number, near: number, reach: number, from: number, to: number): void {
    const at = (w: number) =>
      place(w, s2, Math.max(from, near - reach - w / 2), Math.min(to, near + reach + w / 2));
    const cost = (w: number) =>
      leastCost(w, Math.max(from, near - reach - w / 2), Math.min(to, near + reach + w / 2));
    if (this.seen >= FIRST) {
      const here = cost(this.width);
      const limit = here - 2 * s2 * OTHER;
      if (cost(Math.max(0.05, this.width * 0.4)) < limit || cost(Math.max(1, this.width * 2.5)) < limit) {
        this.own = bestOf(at);
        at(this.own);
        if (++this.odd < FIRST) return;
        this.seen = 0;
        this.grid.fill(0);
        this.odd = 0;
      } else {
        this.odd = 0;
        this.refine(at);
        return;
      }
    }
    this.weigh(at);
    at(this.width);
  }

  private weigh(at: (w: number) => void): void {
    let best = Number.NEGATIVE_INFINITY;
    const one = new Float64Array(GRID.length);
    for (let k = 0; k < GRID.length; k++) {
      at(GRID[k] as number);
      one[k] = placed.logLikelihood;
      if (placed.logLikelihood > best) best = placed.logLikelihood;
    }
    let top = 0;
    for (let k = 0; k < GRID.length; k++) {
      this.grid[k] = (this.grid[k] as number) + Math.max(-200, (one[k] as number) - best);
      if ((this.grid[k] as number) > (this.grid[top] as number)) top = k;
    }
    this.seen += 1;
    this.width = vertexOf(this.grid, top);
    this.own = this.width;
    this.curvature = 20;
  }

  private refine(at: (w: number) => void): void {
    const w = this.width;
    at(w * (1 - DELTA));
    const below = placed.logLikelihood;
    at(w * (1 + DELTA));
    const above = placed.logLikelihood;
    at(w);
    const slope = (above - below) / (2 * DELTA);
    const bend = Math.max(0, (2 * placed.logLikelihood - above - below) / (DELTA * DELTA));
    this.curvature = 0.998 * this.curvature + Math.min(bend, 1e5);
    const move = Math.max(-0.1, Math.min(0.1, slope / this.curvature));
    this.width = Math.max(0.02, Math.min(120, w * (1 + move)));
    const alone = Math.max(-0.5, Math.min(0.5, slope / (bend + 40)));
    this.own = w * (1 + alone);
  }

  save(w: NumberWriter): void {
    w.put(this.width, this.seen, this.curvature, this.odd);
    w.doubles(this.grid, 0, GRID.length);
  }

  restore(r: NumberReader): void {
    this.width = r.get();
    this.seen = r.get();
    this.curvature = r.get();
    this.odd = r.get();
    r.doubles(this.grid, 0, GRID.length);
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
  return vertexOf(one, top);
}

/** The top of the parabola through a grid point and its neighbours, over the logarithm of the width. */
function vertexOf(values: Float64Array, top: number): number {
  const w = GRID[top] as number;
  if (top === 0 || top === GRID.length - 1) return w;
  const [a, b, c] = [values[top - 1] as number, values[top] as number, values[top + 1] as number];
  const l = Math.log((GRID[top - 1] as number) / w);
  const r = Math.log((GRID[top + 1] as number) / w);
  const p = ((c - b) / r - (a - b) / l) / (r - l);
  const q = (c - b) / r - p * r;
  if (!(p < 0)) return w;
  const x = Math.max(l / 2, Math.min(r / 2, -q / (2 * p)));
  return w * Math.exp(x);
}
