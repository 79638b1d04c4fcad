import type { Cycle } from '@loadcycle/contract/cycle';
import type { CycleSettings } from '@loadcycle/contract/cycle-settings';
import type { crossing } from './edges.ts';
import type { KnownLevels } from './known-levels.ts';
import { metricsOf } from './metrics.ts';
import type { OpenCycle } from './segmenter.ts';
import { CycleSums, holdOf, regionOf } from './sums.ts';
import { scratch, type Window } from './window.ts';

const { X, T } = scratch;

/**
 * The cycle under way: which of the newest samples are summed up already, and to which part of it the next ones
 * belong. All bounds are absolute indices.
 */
export class UnderWay {
  readonly sums = new CycleSums();
  /** Next sample to sum up. */
  summed = 0;
  /** Where the plateau begins, and of which state it is. */
  plateauFrom = 0;
  plateauState = 0;
  /** The post-transition region. */
  regionFrom = 0;
  regionTo = 0;
  /** Whether the signal has yet to settle, and the last sample outside of the band. */
  settling = false;
  settleLast = 0;
  private readonly settings: CycleSettings;
  private readonly sign: number;
  private out: Cycle[] = [];

  /** `sign` is -1 for a signal whose samples were turned over on the way in. */
  constructor(settings: CycleSettings, sign: number) {
    this.settings = settings;
    this.sign = sign;
  }

  /** The cycles that have ended since the last call. */
  take(): Cycle[] {
    if (this.out.length === 0) return [];
    const out = this.out;
    this.out = [];
    return out;
  }

  /** Adds samples up to absolute index `to` to the cycle, up to `plateauTo` to its plateau. */
  sumUp(to: number, plateauTo: number, window: Window, levels: KnownLevels): void {
    const { sums, summed } = this;
    if (!sums.open || to <= summed) {
      this.summed = Math.max(summed, to);
      return;
    }
    const { origin } = window;
    const { low, high } = levels;
    const from = Math.max(summed - origin, 1);
    sums.add(X, T, from, to - origin, low, high);
    const begin = Math.max(from, this.plateauFrom - origin);
    const plateau = this.plateauState === 1 ? sums.top : sums.bottom;
    plateau.add(X, begin, Math.min(to, plateauTo) - origin, sums.reference, low, high);
    if (this.regionTo > summed) {
      const first = Math.max(from, this.regionFrom - origin);
      const last = Math.min(to, this.regionTo) - origin;
      sums.aberration(X, first, last, this.plateauState === 1, low, high);
    }
    if (this.settling && this.plateauState === 1) {
      const sigma = Math.sqrt(levels.tracker.variance);
      const band = Math.max(this.settings.settlingBand * (sums.riseLoad - sums.riseBase), 4 * sigma);
      const hold = holdOf(sums.riseWidthUs / window.dtUs);
      const now = sums.settle(X, T, from, to - origin, this.settleLast - origin, band, hold, low, high);
      this.settling = now !== Number.NEGATIVE_INFINITY;
      if (this.settling) this.settleLast = now + origin;
    }
    this.summed = to;
  }

  /** A cycle begins with the onset `at`, `base` being the level before it. */
  begin(at: typeof crossing, base: number, dtUs: number): void {
    const { sums } = this;
    sums.start(at.timeUs, base, (at.low + at.high) / 2);
    sums.riseBase = at.low;
    sums.riseLoad = at.high;
    sums.riseWidthUs = at.width * dtUs;
    this.settling = true;
    this.settleLast = Math.floor(at.center);
  }

  /** The load ends with the edge `at`. */
  fall(at: typeof crossing, dtUs: number): void {
    this.sums.offsetUs = at.timeUs;
    this.sums.fallWidthUs = at.width * dtUs;
  }

  /** The load goes on: what looked like a new onset was bounce. */
  bounce(): void {
    this.sums.offsetUs = -1;
    this.sums.bottom.clear();
  }

  /** The cycle ends: with an onset that was seen, or it breaks off. */
  finish(endUs: number, seen: boolean, dtUs: number): void {
    const { sums, settings, sign } = this;
    // an edge that noise keeps wide may be placed beyond the onset that ends the cycle: then no return was seen
    if (sums.offsetUs >= endUs || sums.offsetUs <= sums.startUs) sums.offsetUs = -1;
    const tooLong = settings.maxPeriodS > 0 && (endUs - sums.startUs) / 1e6 > settings.maxPeriodS;
    const cycle = sums.finish(endUs, seen && !tooLong, sign, settings.missingTolerance, dtUs);
    if (cycle.endedAtUs > cycle.startedAtUs) this.out.push(cycle);
  }

  /** The cycle under way as it is known so far; null where there is none. */
  soFar(dtUs: number): OpenCycle | null {
    const { sums, settings, sign, settling } = this;
    if (!sums.open) return null;
    const known = metricsOf(sums, sums.lastUs, false, sign, settings.missingTolerance, dtUs);
    return {
      ...known,
      endedAtUs: null,
      asOfUs: Math.round(sums.lastUs),
      complete: false,
      periodS: null,
      separationS: null,
      dutyCycle: null,
      settlingTimeS: settling ? null : known.settlingTimeS,
    };
  }

  /** From the edge `at` on the signal is in `state`; `guard` samples beside it are of no plateau. */
  pass(at: typeof crossing, state: number, guard: number): void {
    const { center, width } = at;
    this.summed = Math.floor(center) + 1;
    this.plateauFrom = Math.ceil(center) + guard;
    this.plateauState = state;
    this.regionFrom = Math.ceil(center + 0.4 * width);
    this.regionTo = this.regionFrom + regionOf(width);
  }
}
