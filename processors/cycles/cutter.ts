import type { CycleSettings } from '@loadcycle/contract/cycle-settings';
import { Beginning, LOOK_BACK } from './beginning.ts';
import { Detector, type Edge } from './detector.ts';
import { crossing, EDGE_NUMBERS, Edges } from './edges.ts';
import { KnownLevels } from './known-levels.ts';
import type { Belief } from './learn.ts';
import type { Look } from './look.ts';
import { NumberReader, NumberWriter } from './numbers.ts';
import { UnderWay } from './under-way.ts';
import { type Mark, scratch, Window } from './window.ts';

const { X, T, WINDOW, STRIDE } = scratch;

/** Once levels are known, one look in so many samples is enough. */
const LOOK_EVERY = 12_288;
/** Samples of a stay, on average, from which on means of 64 are looked at as well. */
const SLOW = 128;
/** First edges that lie further back, in samples, are not placed again. */
const FAR = 2 * LOOK_BACK;

/** Levels that have come to be known, and where the cut begins again with them. */
export interface Found extends Belief {
  mark: Mark;
  /** What comes after this begins the cut, µs. */
  afterUs: number;
  /** The highest level in sight. */
  highest: number;
  /** Absolute index at which they were known: up to there nothing more is to be learnt. */
  at: number;
  /** Once the widths of its edges are known too: both, as bytes, and the absolute index at which they were. */
  widths: Uint8Array | null;
  widthsAt: number;
  /** Absolute index at which hum was found that the mark knows of; 0: it knows of none. */
  humAt: number;
}

/** Nothing but where to begin. */
const UNKNOWN = {
  ...{ base: Number.NaN, load: Number.NaN, sigma: Number.NaN, stay: Number.POSITIVE_INFINITY },
  ...{ highest: 0, at: 0, widths: null, widthsAt: 0 },
};

/**
 * Cuts what lies in the scratch space: runs the detector, and at the right absolute index lets each of the others
 * have its turn: edges are placed once the samples after them are there, and at every 64th sample the cycle
 * is summed up, levels are followed and looked for.
 */
export class Cutter {
  readonly window: Window;
  readonly detector = new Detector();
  readonly levels: KnownLevels;
  readonly edges: Edges;
  readonly underWay: UnderWay;
  /** Where the cut begins again once levels are known. */
  readonly beginning = new Beginning({ index: 0, timeUs: 0, started: false, dtUs: 0, hum: null });
  /** Levels that were found while all samples since the beginning were in memory: it takes no more, the cut begins again. */
  halted: Found | null = null;
  /** Levels that were found later than that, until this is set to null: it went on with them. */
  owed: Found | null = null;
  /** Up to this absolute index it cuts with levels that were learnt later. */
  aheadTo = 0;
  /** … or widths, or hum. */
  widthsTo = 0;
  humTo = 0;
  /** Where it began, while its first edges may have to be placed again. */
  origin: Found | null = null;
  private readonly settings: CycleSettings;
  /** -1 for an inverted signal, whose samples are turned over on the way in. */
  readonly sign: number;

  constructor(settings: CycleSettings, sign: number) {
    this.settings = settings;
    this.sign = sign;
    // One buffer for what every segmenter keeps: each buffer of its own costs some 200 bytes.
    const kept = new Float64Array(WINDOW + EDGE_NUMBERS);
    this.window = new Window(kept);
    this.edges = new Edges(kept, WINDOW);
    this.levels = new KnownLevels(settings);
    this.underWay = new UnderWay(settings, sign);
  }

  /** Begins with levels that are given, as they are after turning over. */
  startAt(base: number, load: number): void {
    const sigma = (load - base) / 4;
    const stay = Number.POSITIVE_INFINITY;
    const levels = { base, load, sigma, stay, highest: 0, at: 0, widths: null, widthsAt: 0, humAt: 0 };
    this.origin = { mark: this.beginning.first, afterUs: Number.NaN, ...levels };
    this.levels.tracker.start(base, load, sigma, 0);
    this.adopt(stay);
  }

  /** Begins at the mark of levels that were found. */
  beginAt(found: Found): void {
    const { mark, base, load, sigma, stay, highest, at, widths, widthsAt } = found;
    this.window.beginAt(mark);
    this.humTo = found.humAt;
    if (Number.isNaN(base)) {
      this.beginning.start(mark);
      return;
    }
    if (widths === null) this.origin = found;
    else this.edges.restoreWidths(new NumberReader(widths));
    this.widthsTo = widthsAt;
    this.levels.tracker.start(base, load, sigma, mark.index);
    this.levels.highest = highest;
    this.levels.looking = false;
    this.aheadTo = at;
    this.adopt(stay);
  }

  /** Cuts `count` new samples, laid out behind the window. */
  run(count: number): void {
    const { window, detector, levels } = this;
    X[WINDOW + count] = Number.NaN;
    const end = window.index + count;
    while (window.index < end) {
      const block = window.index - (window.index % STRIDE) + STRIDE;
      let stop = Math.min(block, end);
      const first = detector.pending[0];
      if (first !== undefined && first.due + 1 < stop) stop = Math.max(first.due + 1, window.index + 1);
      if (window.hum.hz > 0) window.hum.clean(window.index, stop, window.origin, window.dtUs);
      if (levels.known) detector.run(window, stop);
      else window.index = stop;
      for (let e = detector.next(window.index); e !== null; e = detector.next(window.index)) this.settle(e);
      if (window.index % STRIDE === 0) {
        if (window.index >= window.hum.due || window.dtUs !== window.hum.dtUs) {
          const stay = levels.known ? detector.stay : Number.POSITIVE_INFINITY;
          window.hum.observe(window.index, window.origin, window.dtUs, stay);
        }
        if (window.hum.found > 0) this.begunWithHum();
        if (this.halted !== null) return;
        this.look();
      }
      if (this.halted !== null) return;
    }
    if (count > 0) window.close(count);
  }

  /** Settles all that waits. */
  end(): void {
    const { window, detector } = this;
    window.open(0);
    const all = Number.POSITIVE_INFINITY;
    for (let e = detector.next(all); e !== null; e = detector.next(all)) this.settle(e);
    this.underWay.sumUp(window.index, window.index, window, this.levels);
  }

  /** Whether more missing samples would change nothing, after the `laidOut` ones of this hole. */
  rests(laidOut: number): boolean {
    const { detector, levels, underWay } = this;
    // Only the detector counts the run: while no levels are known, what this hole has laid out says how far it is.
    const run = levels.known ? detector.missingRun : laidOut;
    return run > WINDOW + STRIDE && detector.pending.length === 0 && !underWay.sums.open;
  }

  /** Passes over missing samples, `dtUs` apart, while it rests. */
  jump(samples: number, dtUs: number): void {
    const { window, levels } = this;
    const { index, lastTimeUs, smoothUs } = window;
    window.hum.skip();
    const markAt = (to: number): Mark => {
      const timeUs = lastTimeUs + (to - index) * dtUs;
      return { index: to, timeUs, started: true, dtUs: smoothUs, hum: window.hum.save() };
    };
    window.index += samples;
    if (!levels.known && !levels.learner.suspects) this.beginning.pass(index, window.index, markAt);
    if (this.levels.known) this.detector.missingRun += samples;
    this.underWay.summed += samples;
  }

  /** Places the edge and cuts there. */
  private settle(edge: Edge): void {
    const { window, detector, levels, edges, underWay } = this;
    if (edge.kind < 0 || !edges.place(edge, detector.pending[0], window, levels)) {
      this.breakOff(edge.touch, edge.endUs);
      return;
    }
    const { center, width, timeUs } = crossing;
    const { sums } = underWay;
    const guard = Math.ceil(width / 2) + 3;
    underWay.sumUp(Math.floor(center) + 1, Math.floor(center) - guard + 1, window, levels);
    const sinceOnsetUs = timeUs - sums.startUs;
    if (edge.kind === 1 && sums.open && sinceOnsetUs / 1e6 < this.settings.minPeriodS) underWay.bounce();
    else if (edge.kind === 1) {
      if (sums.open) {
        sums.join(timeUs, (crossing.low + crossing.high) / 2);
        detector.lastPeriod = Math.min(1e9, Math.round(sinceOnsetUs / window.dtUs));
        underWay.finish(timeUs, true, window.dtUs);
      }
      underWay.begin(crossing, levels.tracker.base, window.dtUs);
    } else if (sums.open) underWay.fall(crossing, window.dtUs);
    underWay.pass(crossing, edge.kind, guard);
    levels.followedTo = underWay.plateauFrom;
    edges.leave(center, width);
    // An edge that was found late may lie near the far end of the window: sum up before it drops out.
    this.sumUpSure();
    this.tune();
    this.judgeEdges();
  }

  /** Once the widths are known: whether the first edges are to be placed again with them. */
  private judgeEdges(): void {
    const { origin, edges, window, beginning } = this;
    if (origin === null || !edges.known) return;
    this.origin = null;
    if (!edges.wereOff || window.index - origin.mark.index > FAR) return;
    const w = new NumberWriter();
    edges.saveWidths(w);
    const afterUs = Number.isNaN(origin.afterUs) ? beginning.afterUs : origin.afterUs;
    this.owed ??= { ...origin, afterUs, widths: w.done(), widthsAt: window.index };
  }

  private breakOff(touch: number, endUs: number): void {
    const { window, levels, edges, underWay } = this;
    const { index } = window;
    const cut = Math.min(index, Math.max(underWay.summed, touch + 1));
    underWay.sumUp(cut, cut, window, levels);
    if (underWay.sums.open) underWay.finish(endUs, false, window.dtUs);
    underWay.summed = cut;
    underWay.plateauFrom = index;
    edges.leave(cut, 0);
    levels.followedTo = index;
  }

  /** At every 64th sample: sum up what no edge can claim any more, follow the levels, learn. */
  private look(): void {
    const { window, detector, levels, edges } = this;
    const { index, origin } = window;
    if (levels.known) {
      const touch = detector.touch;
      this.sumUpSure();
      if (detector.pending.length === 0 && detector.state >= 0 && touch >= index - 16) {
        const from = index - 2 * STRIDE;
        if (from >= levels.followedTo && from > edges.last + edges.lastWidth / 2 + 3) {
          levels.follow(window, from - origin, from + STRIDE - origin, detector.state);
          levels.followedTo = from + STRIDE;
        }
      }
      this.tune();
    }
    if (this.settings.levels !== undefined || index <= this.aheadTo) return;
    if (index % LOOK_BACK === 0 && !levels.known && !levels.learner.suspects) {
      this.beginning.pass(index - STRIDE, index, () => window.mark());
    }
    if (index % LOOK_EVERY === 0) levels.looking = true;
    if (!levels.known || levels.looking) this.learn();
  }

  /** Hum has been found while the signal is new: what came before it is cut again without it. */
  private begunWithHum(): void {
    const { window, beginning, levels, origin } = this;
    const mark = levels.known ? origin?.mark : beginning.first;
    const hum = window.hum.takeFound(mark?.index ?? 0);
    if (hum === null || mark === undefined || this.humTo > 0) return;
    const isGiven = this.settings.levels !== undefined;
    if (isGiven && origin === null) return;
    const known = origin === null || Number.isNaN(origin.afterUs) ? beginning.afterUs : origin.afterUs;
    const afterUs = levels.known ? known : beginning.afterUs;
    const again = { mark: { ...mark, hum }, afterUs, humAt: window.index };
    const found: Found = { ...(isGiven && origin !== null ? origin : UNKNOWN), ...again };
    if (!levels.known && beginning.reaches(window.index)) this.halted = found;
    else this.owed ??= found;
  }

  /** Sums up what no edge can claim any more, and what is about to leave the window. */
  private sumUpSure(): void {
    const { window, detector, underWay } = this;
    const first = detector.pending[0];
    const touch = first === undefined ? detector.touch : first.touch;
    const sure = Math.min(window.index - 128, touch - 48);
    const to = Math.max(sure, window.index - WINDOW + STRIDE + 16);
    if (to > underWay.summed) underWay.sumUp(to, to, window, this.levels);
  }

  private learn(): void {
    const { levels } = this;
    const { index, origin } = this.window;
    const { minStep } = this.settings;
    const end = index - origin;
    if (!levels.known) {
      const look = levels.learner.pushRaw(end, index, minStep);
      if (look !== null) this.judge(look);
      if (levels.known || this.halted !== null) return;
    }
    levels.learner.isSlow = this.detector.stay >= SLOW;
    for (let p = end - STRIDE; p < end; p += 4) {
      const look = levels.learner.push(p, p + origin, minStep, levels.known);
      if (look === null) continue;
      this.judge(look);
      levels.looking = false;
      if (levels.known || this.halted !== null) break;
    }
  }

  private judge(look: Look): void {
    const { window, detector, levels } = this;
    const { index, origin } = window;
    const change = levels.weigh(look, window);
    if (change === null) return;
    if (change.breaksOff) this.breakOff(index - 1, T[index - 1 - origin] as number);
    if (change.levels === null) {
      levels.stop();
      detector.stop();
      this.origin = null;
      this.beginning.start(window.mark());
      return;
    }
    this.origin = null;
    const { base, load, sigma, stay } = change.levels;
    if (!levels.known) {
      const { first, afterUs } = this.beginning;
      const { highest } = change;
      const found: Found = {
        ...{ mark: first, afterUs, base, load, sigma, stay, highest, at: index },
        ...{ widths: null, widthsAt: 0, humAt: this.humTo },
      };
      if (this.beginning.reaches(index)) {
        this.halted = found;
        return;
      }
      this.owed ??= found;
      this.beginning.forget();
    }
    levels.tracker.start(base, load, sigma, index);
    levels.highest = change.highest;
    this.adopt(stay);
  }

  private adopt(stay: number): void {
    const { window, detector, levels, underWay } = this;
    const { index } = window;
    detector.start(index, stay);
    levels.start(index);
    underWay.plateauFrom = index;
    underWay.summed = index;
    this.tune();
  }

  /** After the tracker has moved. */
  private tune(): void {
    const { tracker } = this.levels;
    const { step } = tracker;
    const sigma = Math.sqrt(tracker.variance);
    this.detector.tune(tracker, step, sigma);
    this.levels.tune(step, sigma);
  }
}
