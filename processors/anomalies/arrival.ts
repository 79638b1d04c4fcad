import type { SignalDefinition } from '@loadcycle/contract';
import type { AnomalySettings } from '@loadcycle/contract/anomaly-settings';
import { clockToleranceUs } from '../validation/clock.ts';

/**
 * What a batch tells of, by `lagUs`: the time from its last sample until the cloud had it, by the device's own clock:
 * - `live`: measured just now;
 * - `history`: measured long before, such as an import, the replay of a recording or an outbox that was held up for hours;
 * - `ahead`: not yet measured by the device's own clock, such as a replay faster than time.
 */
export type Age = 'live' | 'history' | 'ahead';

export function ageOf(
  lagUs: number,
  settings: Pick<AnomalySettings, 'historyAfterS'>,
  definition: Pick<SignalDefinition, 'clockSkewUs'>,
): Age {
  if (lagUs < -clockToleranceUs(definition)) return 'ahead';
  return lagUs > settings.historyAfterS * 1e6 ? 'history' : 'live';
}

/** What is kept of how a signal is heard. */
export interface Arrival {
  /** when the cloud had its newest batch, µs */
  readonly heardUs: number;
  /** its newest live sample, by the device's clock, µs */
  readonly sampleUs: number;
  /** measurement time from batch to batch, µs, the newest last */
  readonly periodsUs: readonly number[];
  /** silence for longer is an anomaly; null: its period is not known yet */
  readonly patienceUs: number | null;
  readonly live: boolean;
  /** the least time from a last sample to its arrival, since its samples go on without a break, µs */
  readonly leastLagUs: number;
  /** by how much its samples have come faster than they can have been taken, µs; see {@link debtOf} */
  readonly debtUs: number;
  /**
   * What was measured from here on tells of the present: findings in it are alarms, and a silence after it is one. Null
   * while what comes is history, ahead, or played faster than time.
   */
  readonly presentFromUs: number | null;
}

/** A batch as it came. */
export interface Heard {
  readonly t0Us: number;
  readonly lastUs: number;
  /** from the first sample to the one that would follow the last, µs; 0 where that is not known */
  readonly spanUs: number;
  readonly receivedAtUs: number;
  /** from its last sample to its arrival, by the device's own clock, µs */
  readonly lagUs: number;
  readonly age: Age;
}

const PERIODS = 16;
/** Fewer periods than these say nothing. */
const LEAST = 3;
const LEAST_PATIENCE_US = 60_000_000;
/** What has come so much too fast is a recording; and it is one until as much has been made up for. */
const TOO_FAST_US = 2_000_000;
const DEBT_US = 60_000_000;

/** The signal as it is after a batch; null while it has never been live. Pure: from the log's records in their order. */
export function noteArrival(
  before: Arrival | null,
  heard: Heard,
  expectedPeriodUs: number | null,
): Arrival | null {
  const { age, t0Us, lastUs, lagUs, receivedAtUs } = heard;
  if (age !== 'live') {
    // an import of what was before is nothing new of a live signal
    if (before === null || (age === 'history' && lastUs <= before.sampleUs)) return before;
    return {
      ...before,
      heardUs: Math.max(before.heardUs, receivedAtUs),
      live: false,
      presentFromUs: null,
    };
  }
  const periodUs = before === null ? 0 : lastUs - before.sampleUs;
  const known = before?.periodsUs ?? [];
  const periodsUs = periodUs > 0 && before!.live ? [...known, periodUs].slice(-PERIODS) : known;
  const goesOn = before?.live === true && isContinuous(before, heard);
  const debtUs = goesOn
    ? debtOf(before, Math.max(0, periodUs), lagUs)
    : lagUs > LEAST_PATIENCE_US
      ? DEBT_US
      : 0;
  const present = debtUs === 0 || (goesOn && before.presentFromUs !== null && debtUs < DEBT_US);
  return {
    heardUs: Math.max(before?.heardUs ?? 0, receivedAtUs),
    // a batch that was overtaken; a clock that was put back is another matter
    sampleUs: periodUs < 0 && -periodUs < LEAST_PATIENCE_US ? before!.sampleUs : lastUs,
    periodsUs,
    patienceUs: patienceOf(periodsUs, heard.spanUs, expectedPeriodUs),
    live: true,
    leastLagUs: goesOn ? Math.min(before.leastLagUs, lagUs) : lagUs,
    debtUs,
    presentFromUs: present ? Math.min(before?.presentFromUs ?? t0Us, t0Us) : null,
  };
}

/** Do the samples go on where those before ended, as far as one can tell? */
function isContinuous({ sampleUs, patienceUs }: Arrival, { t0Us, lastUs }: Heard): boolean {
  const gapUs = t0Us - sampleUs;
  return lastUs - sampleUs > -LEAST_PATIENCE_US && gapUs <= Math.max(LEAST_PATIENCE_US, patienceUs ?? 0);
}

/**
 * Samples that go on without a break come later and later after they were taken while something holds them up, and
 * sooner again when the backlog is sent: never sooner than they did before that. Those of a recording that is played
 * faster than time come sooner and sooner for no reason. That is a debt, half of which time makes up for: so twice as
 * fast as time is still the present. Whoever owes too much owes all that there is to owe.
 */
function debtOf(before: Arrival, periodUs: number, lagUs: number): number {
  const soonerUs = Math.max(0, before.leastLagUs - lagUs);
  const debtUs = Math.max(0, before.debtUs + soonerUs - periodUs / 2);
  return debtUs > TOO_FAST_US && debtUs >= before.debtUs ? DEBT_US : debtUs;
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
