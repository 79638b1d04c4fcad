import { type Edge, GAP } from './detector.ts';
import { EarlyEdges } from './early-edges.ts';
import { load as loadEdge, placed } from './edge-fit.ts';
import type { KnownLevels } from './known-levels.ts';
import type { NumberReader, NumberWriter } from './numbers.ts';
import { levelBeside } from './plateaus.ts';
import { GRID_SIZE, Widths } from './widths.ts';
import { scratch, type Window } from './window.ts';

const { X, T, WINDOW } = scratch;

/** How far the fit reaches before and after the last sample of the old state. */
const BEFORE = 128;
const AFTER = 128;

/** Numbers that the widths of both kinds of edges keep. */
export const EDGE_NUMBERS = 2 * GRID_SIZE;

const fitU = new Float64Array(X.length);
const fitY = new Float64Array(X.length);

/** Where `place` leaves its result: absolute index, width in samples, time, and the levels below and above. */
export const crossing = { center: 0, width: 0, timeUs: 0, low: 0, high: 0 };

/** Places the edges that the detector has seen: the 50 % crossing of each one, and its width (see `edge-fit`). */
export class Edges {
  readonly rise: Widths;
  readonly fall: Widths;
  /** Absolute index and width of the last edge: no fit reaches back to it. */
  last = -1;
  lastWidth = 0;
  /** How the first ones were placed. */
  readonly early = new EarlyEdges();

  /** `room`: a buffer with `EDGE_NUMBERS` numbers from `first` on, all 0. */
  constructor(room: Float64Array, first: number) {
    this.rise = new Widths(room, first);
    this.fall = new Widths(room, first + GRID_SIZE);
  }

  /**
   * Fits the edge with the window's samples, none of `next`, the edge after it. False where it turns out to lie in
   * missing data; else the result is in `crossing`, and the levels have followed the plateau before it.
   */
  place(edge: Edge, next: Edge | undefined, window: Window, levels: KnownLevels): boolean {
    const { origin, dtUs } = window;
    const { tracker } = levels;
    const widths = edge.kind === 1 ? this.rise : this.fall;
    const now = window.index - origin;
    const at = Math.max(edge.touch - origin, now - WINDOW + 16);
    let from = Math.max(at - BEFORE, now - WINDOW, this.last - origin + this.lastWidth / 2 + 2);
    from = Math.min(Math.ceil(from), at - 4);
    let to = Math.min(now, at + AFTER);
    if (next !== undefined) {
      const other = next.kind === 1 ? this.rise : this.fall;
      to = Math.min(to, Math.max(at + 4, next.touch - origin - Math.ceil(other.width / 2)));
    }
    tracker.predict(edge.touch);
    const unsure = Math.min(14, 40 / tracker.snr);
    const zero = T[at] as number;
    for (let p = from; p < to; p++) fitU[p] = ((T[p] as number) - zero) / dtUs;
    const old = 1 - edge.kind;
    let width = widths.width;
    for (let round = 0; ; round++) {
      const guard = Math.ceil(width / 2 + 2 + unsure / 2);
      const pre = levelBeside(tracker, Math.max(from, at - 72), at - guard, old);
      const post = levelBeside(tracker, at + 1 + guard, to, edge.kind);
      const share = 1 / (post - pre);
      for (let p = from; p < to; p++) fitY[p] = ((X[p] as number) - pre) * share;
      const s2 = Math.max(1e-7, tracker.variance * share * share);
      const samples = loadEdge(fitU, fitY, from, to, Math.max(0.6, 5 * Math.sqrt(s2)));
      widths.place(samples, s2, 0, 3 + unsure, fitU[from] as number, fitU[to - 1] as number);
      crossing.low = Math.min(pre, post);
      crossing.high = Math.max(pre, post);
      if (round > 0 || widths.own < width + 6) break;
      width = widths.own;
    }
    if (!Number.isFinite(placed.center)) return false;
    this.early.count(edge.kind, widths.width, placed.variance);
    crossing.timeUs = zero + placed.center * dtUs;
    crossing.width = widths.own;
    const p = sampleBefore(crossing.timeUs, at + Math.floor(placed.center), from, to);
    if (isHidden(p, from, to)) return false;
    crossing.center = p + origin + 0.5;
    // What came before the edge and was not looked at in blocks.
    const seen = Math.max(levels.followedTo - origin, from);
    const until = p - Math.ceil(widths.own / 2) - 3 - Math.ceil(unsure / 2);
    levels.follow(window, seen, until, old);
    return true;
  }

  /** Whether the widths of both kinds are known well. */
  get known(): boolean {
    return this.rise.isKnown && this.fall.isKnown;
  }

  /** Whether the edges so far were placed with widths that were off by more than the noise of an edge lets pass. */
  get wereOff(): boolean {
    return this.early.wereOff(this.fall.width, this.rise.width);
  }

  saveWidths(w: NumberWriter): void {
    this.rise.save(w);
    this.fall.save(w);
  }

  restoreWidths(r: NumberReader): void {
    this.rise.restore(r);
    this.fall.restore(r);
  }

  /** Nothing before absolute index `index` goes into a fit, beyond the guard of a ramp of `width` samples. */
  leave(index: number, width: number): void {
    this.last = index;
    this.lastWidth = width;
  }
}

/** Position in [from, to) of the last sample that is not after `timeUs`, looked for from `guess` on. */
function sampleBefore(timeUs: number, guess: number, from: number, to: number): number {
  let p = Math.max(from, Math.min(to - 1, guess));
  while (p > from && (T[p] as number) > timeUs) p--;
  while (p + 1 < to && (T[p + 1] as number) <= timeUs) p++;
  return p;
}

/** Whether a gap lies between position `p` and the next one, or around them. */
function isHidden(p: number, from: number, to: number): boolean {
  let hidden = 0;
  for (let k = p + 1; k > from && hidden < GAP && Number.isNaN(X[k]); k--) hidden++;
  if (hidden > 0) for (let k = p + 2; k < to && hidden < GAP && Number.isNaN(X[k]); k++) hidden++;
  return hidden >= GAP;
}
