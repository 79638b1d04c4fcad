import type { SignalDefinition } from '@loadcycle/contract';
import type { AnomalySettings } from '@loadcycle/contract/anomaly-settings';
import { clockToleranceUs } from '../validation/clock.ts';

/**
 * Whether a batch tells of the present. Its last sample is compared with when the cloud had it (`receivedAtUs`), by the
 * device's own clock, which may be wrong by `clockOffsetUs`:
 * - `live`: measured just now;
 * - `history`: measured long before, such as an import, the replay of a recording or an outbox that was held up for hours;
 * - `ahead`: not yet measured by the device's own clock, such as a replay faster than time.
 */
export type Age = 'live' | 'history' | 'ahead';

export function ageOf(
  lastUs: number,
  receivedAtUs: number,
  clockOffsetUs: number,
  settings: Pick<AnomalySettings, 'historyAfterS'>,
  definition: Pick<SignalDefinition, 'clockSkewUs'>,
): Age {
  const agoUs = receivedAtUs + clockOffsetUs - lastUs;
  if (agoUs < -clockToleranceUs(definition)) return 'ahead';
  return agoUs > settings.historyAfterS * 1e6 ? 'history' : 'live';
}

/** What is kept of how a signal is heard. */
export interface Arrival {
  /** when the cloud had its newest batch, µs */
  readonly heardUs: number;
  /** its newest live sample, by the device's clock, µs */
  readonly sampleUs: number;
  /** measurement time from batch to batch, µs, the newest last */
  readonly periodsUs: readonly number[];
  /** the cloud's time from batch to batch, µs, for each of them */
  readonly gapsUs: readonly number[];
  /** silence for longer is an anomaly; null: its period is not known yet */
  readonly patienceUs: number | null;
  readonly live: boolean;
  /** its silence would mean something: it is live, and not a recording that is played faster than time */
  readonly awaited: boolean;
}

/** A batch as it came. */
export interface Heard {
  readonly t0Us: number;
  readonly lastUs: number;
  /** from the first sample to the one that would follow the last, µs; 0 where that is not known */
  readonly spanUs: number;
  readonly receivedAtUs: number;
  readonly age: Age;
}

const PERIODS = 16;
/** Fewer periods than these say nothing. */
const LEAST = 3;
const LEAST_PATIENCE_US = 60_000_000;

/** The signal as it is after a batch; null while it has never been live. Pure: from the log's records in their order. */
export function noteArrival(
  before: Arrival | null,
  heard: Heard,
  expectedPeriodUs: number | null,
): Arrival | null {
  const { age, lastUs, receivedAtUs } = heard;
  if (age !== 'live') {
    // an import of what was before is nothing new of a live signal
    if (before === null || (age === 'history' && lastUs <= before.sampleUs)) return before;
    return { ...before, heardUs: Math.max(before.heardUs, receivedAtUs), live: false, awaited: false };
  }
  let periodsUs = before?.periodsUs ?? [];
  let gapsUs = before?.gapsUs ?? [];
  const heardUs = Math.max(before?.heardUs ?? 0, receivedAtUs);
  let sampleUs = lastUs;
  if (before !== null) {
    const periodUs = lastUs - before.sampleUs;
    if (periodUs > 0 && before.live) {
      periodsUs = [...periodsUs, periodUs].slice(-PERIODS);
      gapsUs = [...gapsUs, heardUs - before.heardUs].slice(-PERIODS);
    }
    // a batch that was overtaken; a clock that was put back is another matter
    if (periodUs < 0 && -periodUs < LEAST_PATIENCE_US) sampleUs = before.sampleUs;
  }
  const patienceUs = patienceOf(periodsUs, heard.spanUs, expectedPeriodUs);
  const awaited = isPaced(periodsUs, gapsUs);
  return { heardUs, sampleUs, periodsUs, gapsUs, patienceUs, live: true, awaited };
}

/**
 * Does time go on in the samples as it does in the cloud? A backlog comes faster, and after a gap that makes up for it; an
 * import or a replay comes faster for no reason.
 */
function isPaced(periodsUs: readonly number[], gapsUs: readonly number[]): boolean {
  if (gapsUs.length < LEAST) return true;
  const sum = (all: readonly number[]): number => all.slice(-gapsUs.length).reduce((a, b) => a + b, 0);
  return 2 * sum(gapsUs) >= sum(periodsUs);
}

/**
 * How long a silence is nothing to speak of: three times what usually lies between two batches, and more for one that
 * comes irregularly. One gap does not count for that, since it may have been a fault; the second one does.
 */
function patienceOf(
  periodsUs: readonly number[],
  spanUs: number,
  expectedPeriodUs: number | null,
): number | null {
  if (periodsUs.length < LEAST && spanUs === 0 && expectedPeriodUs === null) return null;
  const sorted = periodsUs.toSorted((a, b) => a - b);
  const median = sorted[sorted.length >>> 1] ?? 0;
  const second = sorted.at(-2) ?? 0;
  const known = Math.max(spanUs, expectedPeriodUs ?? 0, median);
  return Math.max(LEAST_PATIENCE_US, 3 * known, Math.min(1.5 * second, 10 * median));
}

/** The silence that a signal's definition allows, µs; null: it is not watched. */
export function allowedSilenceUs(settings: AnomalySettings, patienceUs: number | null): number | null {
  const { enabled, noDataS } = settings;
  if (!enabled || noDataS === 0) return null;
  return noDataS === null ? patienceUs : noDataS * 1e6;
}
