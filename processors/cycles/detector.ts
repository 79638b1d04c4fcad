import type { NumberReader, NumberWriter } from './numbers.ts';
import type { Tracker } from './tracker.ts';
import { scratch, type Window } from './window.ts';

const { X, T, WINDOW } = scratch;

/** Samples after an edge that go into its fit. */
const WAIT = 56;
/** Missing samples in a row after which the state counts as unknown. */
export const GAP = 8;
/** Half of the evidence, in nats, that it takes to change state: a false alarm in e^26 samples. */
const BOUND = 13;
/** So many samples at least must speak for it. */
const FEWEST = 4;
/**
 * Where stays are shorter than so many samples on average, less evidence and fewer samples suffice, in proportion, down to
 * half: an edge is likelier there, and a stay of seven samples at 10 dB has no more to show. Longer stays count as `LONG`.
 */
const SHORT = 64;
const LONG = 256;
/** Weight of one stay in the average. */
const STAY_WEIGHT = 1 / 8;
/** Evidence before a gap, in nats, that is enough for an edge once the state after the gap agrees. */
const HINT = 8;

/** An edge that was detected and waits for the samples that it is placed with. */
export interface Edge {
  /** 1: onset, 0: return to base, -1: the cycle breaks off here (an edge in missing data, levels lost). */
  kind: number;
  /** Absolute index of the last sample that was clearly in the old state. */
  touch: number;
  /** Absolute index after which it is settled. */
  due: number;
  /** Where the cycle breaks off, µs. */
  endUs: number;
}

/**
 * Says in which of the two states the signal is: a two-sided CUSUM of the log likelihood ratio between the levels,
 * clipped so that no sample alone says much. It is also the path metric of a two-state Viterbi decoder. A gap makes
 * the state unknown; what is seen after it says whether an edge lies in it.
 */
export class Detector {
  /** 0 base, 1 load, -1 unknown; and what it was before it became unknown. */
  state = -1;
  before = -1;
  /** Edges that wait, in order of time. */
  pending: Edge[] = [];
  /** Between `-bound`, base, and `bound`, load; the last samples (absolute indices) at which it stood at either. */
  evidence = 0;
  touchLow = 0;
  touchHigh = 0;
  /** Missing samples in a row; their first one, the time before it, and what spoke for an edge by then. */
  missingRun = 0;
  gapStart = 0;
  gapUs = 0;
  gapEvidence = 0;
  gapTouch = 0;
  /** Samples of the last whole period: so long a gap ends a cycle. */
  lastPeriod = 0;
  /** Samples of a stay, on average; the absolute index at which the present one was seen. */
  stay = SHORT;
  changedAt = -1;
  /** Evidence that it takes; of a sample x: (x - mid) × gain, within ± clip. */
  bound = BOUND;
  mid = 0;
  gain = 0;
  clip = 1;

  /** Begins at absolute index `index`, the state unknown; `stay`: samples of a stay, on average, as far as that is known. */
  start(index: number, stay: number): void {
    this.stop();
    this.stay = Math.min(SHORT, stay);
    this.evidence = 0;
    this.touchLow = index;
    this.touchHigh = index;
    this.gapTouch = index;
    this.gapEvidence = 0;
  }

  /** Forgets the state and what waits. */
  stop(): void {
    this.state = -1;
    this.before = -1;
    this.changedAt = -1;
    this.pending = [];
  }

  /** After the levels have moved: the step between them, the standard deviation about them. */
  tune(levels: Tracker, step: number, sigma: number): void {
    const reach = 0.5 + Math.min(0.5, Math.max(0.1, sigma / step));
    const share = Math.max(0.5, Math.min(1, this.stay / SHORT));
    this.bound = BOUND * share;
    const gain = Math.min(levels.snr * levels.apart, (2 * BOUND) / FEWEST / reach);
    this.mid = (levels.base + levels.load) / 2;
    this.gain = gain / step;
    this.clip = gain * reach;
    this.evidence = Math.max(-this.bound, Math.min(this.bound, this.evidence));
  }

  /** Absolute index of the last sample that was clearly in the present state. */
  get touch(): number {
    return this.state === 0 ? this.touchLow : this.state === 1 ? this.touchHigh : this.gapTouch;
  }

  /** The next edge that is due by absolute index `index`, taken out; null where there is none. */
  next(index: number): Edge | null {
    if (this.pending.length === 0 || (this.pending[0] as Edge).due >= index) return null;
    const edge = this.pending.shift() as Edge;
    // An array that was filled once keeps its room.
    if (this.pending.length === 0) this.pending = [];
    return edge;
  }

  /** Takes samples up to absolute index `stop`, or to a change of state. */
  run(window: Window, stop: number): void {
    const { origin } = window;
    const { mid, gain, clip, state, bound } = this;
    let { evidence, missingRun } = this;
    const low = -bound;
    let touchLow = -1;
    let touchHigh = -1;
    const to = stop - origin;
    let p = window.index - origin;
    let event = -1;
    for (; p < to; p++) {
      const x = X[p] as number;
      // biome-ignore lint/suspicious/noSelfCompare: NaN marks a missing sample, and this is the fast test for it
      if (x !== x) {
        missingRun++;
        if (missingRun >= GAP) {
          p++;
          event = 2;
          break;
        }
        continue;
      }
      missingRun = 0;
      let z = (x - mid) * gain;
      z = z > clip ? clip : Math.max(z, -clip);
      evidence += z;
      if (evidence <= low) {
        evidence = low;
        touchLow = p;
        if (state !== 0) {
          p++;
          event = 0;
          break;
        }
      } else if (evidence >= bound) {
        evidence = bound;
        touchHigh = p;
        if (state !== 1) {
          p++;
          event = 1;
          break;
        }
      }
    }
    if (touchLow >= 0) this.touchLow = touchLow + origin;
    if (touchHigh >= 0) this.touchHigh = touchHigh + origin;
    this.evidence = evidence;
    this.missingRun = missingRun;
    window.index = p + origin;
    if (event === 2) this.missing(window.index - 1, origin);
    else if (event >= 0) this.change(event, window.index - 1);
  }

  /** What version 2 of the state did not have. */
  saveMore(w: NumberWriter): void {
    w.put(this.stay, this.changedAt, this.bound);
  }

  restoreMore(r: NumberReader): void {
    this.stay = r.get();
    this.changedAt = r.get();
    this.bound = r.get();
  }

  /** Sample `at` is missing, and so were those before it. */
  private missing(at: number, origin: number): void {
    if (this.missingRun === GAP) {
      this.gapStart = at - GAP + 1;
      this.gapUs = T[this.gapStart - 1 - origin] as number;
      if (this.state >= 0) {
        const touch = this.state === 0 ? this.touchLow : this.touchHigh;
        this.gapEvidence = this.state === 0 ? this.evidence + this.bound : this.bound - this.evidence;
        this.gapTouch = touch;
        this.before = this.state;
        this.state = -1;
        this.changedAt = -1;
      } else this.gapEvidence = 0;
      this.evidence = 0;
    }
    const long = Math.max(WINDOW, this.lastPeriod);
    if (this.missingRun === long && this.before >= 0) {
      if (this.gapEvidence >= HINT) this.pend(1 - this.before, this.gapTouch, at);
      this.pend(-1, this.gapStart - 1, at);
      this.before = -1;
    }
  }

  /** At sample `at` it is clear that the signal is in `state`. */
  private change(state: number, at: number): void {
    const old = this.state >= 0 ? this.state : this.before;
    if (this.state >= 0) this.pend(state, state === 1 ? this.touchLow : this.touchHigh, at);
    else if (old >= 0 && old !== state) {
      if (this.gapEvidence >= HINT) this.pend(state, this.gapTouch, at);
      else this.pend(-1, this.gapStart - 1, at);
    }
    this.state = state;
    this.before = -1;
    if (this.changedAt >= 0) this.stay += STAY_WEIGHT * (Math.min(LONG, at - this.changedAt) - this.stay);
    this.changedAt = at;
  }

  private pend(kind: number, touch: number, at: number): void {
    const last = this.pending[this.pending.length - 1];
    const due = Math.max(kind < 0 ? at : touch + WAIT, at, last === undefined ? 0 : last.due);
    this.pending.push({ kind, touch, due, endUs: this.gapUs });
  }
}
