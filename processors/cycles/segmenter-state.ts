import type { Cutter } from './cutter.ts';
import { NumberReader, NumberWriter } from './numbers.ts';
import { WINDOW } from './scratch.ts';

/**
 * A segmenter between two chunks as numbers: all that it needs to go on, exact to the last bit. The order below is
 * the format; whoever changes it raises the version, and says how states of the version before are read.
 */

/** The segmenter between two chunks; byte 0 to 7 hold the version (a double). */
export type SegmenterState = Uint8Array;

export const STATE_VERSION = 3;

/**
 * States of these versions are read. Version 1 had nothing of what came before the levels were known; version 2 nothing of how
 * long a stay at a level is, of the noise's correlation, and of hum.
 */
export const READ_VERSIONS = [1, 2, STATE_VERSION] as const;

export const canRead = (version: number): boolean => READ_VERSIONS.some((v) => v === version);

export function saveState(cutter: Cutter): SegmenterState {
  const { window, detector, levels, edges, underWay } = cutter;
  const w = new NumberWriter();
  w.put(STATE_VERSION, window.lastTimeUs, window.dtUs, window.smoothUs, window.regularFor, +window.started);
  w.put(window.index, +levels.known);
  w.put(detector.state, detector.before, detector.evidence, detector.touchLow, detector.touchHigh);
  w.put(detector.missingRun, detector.gapStart, detector.gapUs, detector.gapEvidence, detector.gapTouch);
  w.put(detector.mid, detector.gain, detector.clip);
  w.put(levels.low, levels.high, levels.highest, levels.away, levels.differ, +levels.looking);
  w.put(underWay.summed, underWay.plateauFrom, underWay.plateauState, underWay.regionFrom, underWay.regionTo);
  w.put(+underWay.settling, underWay.settleLast);
  w.put(levels.followedTo, edges.last, edges.lastWidth, detector.lastPeriod);
  w.put(detector.pending.length);
  for (const e of detector.pending) w.put(e.kind, e.touch, e.due, e.endUs);
  levels.tracker.save(w);
  edges.rise.save(w);
  edges.fall.save(w);
  underWay.sums.save(w);
  levels.learner.save(w);
  w.doubles(window.kept, 0, WINDOW);
  w.put(window.times === null ? 0 : 1);
  if (window.times !== null) w.doubles(window.times, 0, WINDOW);
  w.put(cutter.aheadTo, cutter.widthsTo, cutter.origin === null ? 0 : 1);
  if (cutter.origin !== null) {
    const { mark, afterUs, base, load, sigma, highest, at } = cutter.origin;
    w.put(mark.index, mark.timeUs, +mark.started, mark.dtUs, afterUs, base, load, sigma, highest, at);
    edges.early.save(w);
  }
  detector.saveMore(w);
  levels.tracker.saveMore(w);
  levels.learner.saveWide(w);
  w.list(window.hum.save());
  w.put(cutter.humTo);
  if (cutter.origin !== null) {
    w.put(cutter.origin.stay, cutter.origin.humAt);
    w.list(cutter.origin.mark.hum);
  }
  if (levels.known) return w.done();
  levels.learner.saveMore(w);
  cutter.beginning.save(w);
  return w.done();
}

/** Brings a new cutter to where the saved one was. Throws where the state has another version. */
export function restoreState(cutter: Cutter, state: SegmenterState): void {
  const { window, detector, levels, edges, underWay } = cutter;
  const r = new NumberReader(state);
  const version = r.get();
  if (!canRead(version)) throw new Error(`unknown version ${version} of the segmenter's state`);
  window.lastTimeUs = r.get();
  window.dtUs = r.get();
  window.smoothUs = r.get();
  window.regularFor = r.get();
  window.started = r.get() === 1;
  window.index = r.get();
  levels.known = r.get() === 1;
  detector.state = r.get();
  detector.before = r.get();
  detector.evidence = r.get();
  detector.touchLow = r.get();
  detector.touchHigh = r.get();
  detector.missingRun = r.get();
  detector.gapStart = r.get();
  detector.gapUs = r.get();
  detector.gapEvidence = r.get();
  detector.gapTouch = r.get();
  detector.mid = r.get();
  detector.gain = r.get();
  detector.clip = r.get();
  levels.low = r.get();
  levels.high = r.get();
  levels.highest = r.get();
  levels.away = r.get();
  levels.differ = r.get();
  levels.looking = r.get() === 1;
  underWay.summed = r.get();
  underWay.plateauFrom = r.get();
  underWay.plateauState = r.get();
  underWay.regionFrom = r.get();
  underWay.regionTo = r.get();
  underWay.settling = r.get() === 1;
  underWay.settleLast = r.get();
  levels.followedTo = r.get();
  edges.last = r.get();
  edges.lastWidth = r.get();
  detector.lastPeriod = r.get();
  const pending = r.get();
  for (let k = 0; k < pending; k++) {
    detector.pending.push({ kind: r.get(), touch: r.get(), due: r.get(), endUs: r.get() });
  }
  levels.tracker.restore(r);
  edges.rise.restore(r);
  edges.fall.restore(r);
  underWay.sums.restore(r);
  levels.learner.restore(r);
  r.doubles(window.kept, 0, WINDOW);
  if (r.get() === 1) {
    window.times = new Float64Array(WINDOW);
    r.doubles(window.times, 0, WINDOW);
  }
  if (version === 1) {
    // what came before is not known any more
    window.open(0);
    if (window.started) cutter.beginning.start(window.mark());
    return;
  }
  cutter.aheadTo = r.get();
  cutter.widthsTo = r.get();
  if (r.get() === 1) {
    const mark = { index: r.get(), timeUs: r.get(), started: r.get() === 1, dtUs: r.get(), hum: null };
    const [afterUs, base, load, sigma, highest, at] = [r.get(), r.get(), r.get(), r.get(), r.get(), r.get()];
    const stay = Number.POSITIVE_INFINITY;
    const later = { widths: null, widthsAt: 0, humAt: 0 };
    cutter.origin = { mark, afterUs, base, load, sigma, stay, highest, at, ...later };
    edges.early.restore(r);
  }
  if (version > 2) {
    detector.restoreMore(r);
    levels.tracker.restoreMore(r);
    levels.learner.restoreWide(r);
    window.hum.restore(r.list() as number[]);
    cutter.humTo = r.get();
    if (cutter.origin !== null) {
      const [stay, humAt] = [r.get(), r.get()];
      cutter.origin = { ...cutter.origin, stay, humAt, mark: { ...cutter.origin.mark, hum: r.list() } };
    }
  }
  if (levels.known) return;
  levels.learner.restoreMore(r);
  cutter.beginning.restore(r, version);
}
