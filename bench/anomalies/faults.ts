/**
 * `npm run bench -- anomalies`: generated faults, cycle by cycle through the detector. Each signal runs for a day as it
 * always does, then the fault begins, on one of its metrics, and lasts for a shift of eight hours; then it is gone for
 * four. All metrics have normal noise (σ), a wander of 0.5 σ with a time constant of two hours, a swing of ±1 σ over the day, and one
 * wild value in 500 cycles.
 */
import type { AnomalyEvent } from '@loadcycle/contract/anomaly-event';
import { anomalySettings } from '@loadcycle/contract/anomaly-settings';
import { CYCLE_METRICS, type Cycle, type CycleMetricName } from '@loadcycle/contract/cycle';
import { Detector } from '@loadcycle/processors/anomalies/detector';

const HOUR_S = 3600;
const BEFORE_S = 24 * HOUR_S;
const SHIFT_S = 8 * HOUR_S;
const AFTER_S = 4 * HOUR_S;
/** Monday, midnight, UTC. */
const T0_US = 1_789_948_800_000_000;

/** What a fault adds to its metric, σ: `s` seconds after it began, `i` cycles after. */
type Fault = (s: number, i: number) => number;

/** No more than the signal does in a day by itself: shown, and not counted. */
export const WITHIN_THE_DAY = 'step of 3 σ';

export const FAULTS: Readonly<Record<string, Fault>> = {
  'step of 30 %': () => 200,
  'step of 6 σ': () => 6,
  [WITHIN_THE_DAY]: () => 3,
  'drift to 10 σ within an hour': (s) => 10 * Math.min(1, s / HOUR_S),
  'slow wear to 10 σ over the shift': (s) => (10 * s) / SHIFT_S,
  'intermittent: 10 σ in one cycle of eight': (_, i) => (i % 8 === 3 ? 10 : 0),
};

/** Median and standard deviation of each metric that is watched. */
const USUAL: Readonly<Partial<Record<CycleMetricName, readonly [number, number]>>> = {
  periodS: [1, 0.02],
  dutyCycle: [0.5, 0.01],
  riseTimeS: [0.02, 0.001],
  fallTimeS: [0.03, 0.0015],
  baseLevel: [230, 0.3],
  topLevel: [270, 0.405],
  ripple: [4, 0.3],
  topStd: [0.5, 0.03],
};
const METRICS = Object.keys(USUAL) as CycleMetricName[];
const FAULTY: CycleMetricName = 'topLevel';

function random(seed: number): () => number {
  let s = (Math.imul(seed + 1, 2_654_435_761) ^ 0x9e3779b9) >>> 0;
  return () => {
    s = (s + 0x6d2b79f5) >>> 0;
    let t = Math.imul(s ^ (s >>> 15), s | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4_294_967_296;
  };
}

/** A signal of one cycle each `periodS`, for `seconds`. */
function* cyclesOf(seed: number, periodS: number, seconds: number, fault: Fault | null): Generator<Cycle> {
  const uniform = random(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const keeps = Math.exp(-periodS / (2 * HOUR_S));
  const wander = METRICS.map(() => 0.5 * normal());
  const phase = METRICS.map(() => 2 * Math.PI * uniform());
  const none = Object.fromEntries(CYCLE_METRICS.map((m) => [m.name, null])) as unknown as Cycle;
  let faulty = 0;
  for (let s = 0; s < seconds; s += periodS) {
    const startedAtUs = T0_US + Math.round(s * 1e6);
    const cycle = {
      ...none,
      startedAtUs,
      endedAtUs: startedAtUs + periodS * 1e6,
      offsetAtUs: null,
      complete: true,
    };
    const since = s - BEFORE_S;
    for (const [m, name] of METRICS.entries()) {
      wander[m] = wander[m]! * keeps + 0.5 * Math.sqrt(1 - keeps * keeps) * normal();
      const day = Math.sin((2 * Math.PI * s) / 86_400 + phase[m]!);
      const wild = uniform() < 1 / 500 ? 20 * normal() : 0;
      const added =
        fault !== null && name === FAULTY && since >= 0 && since < SHIFT_S ? fault(since, faulty++) : 0;
      const [median, sigma] = USUAL[name]!;
      cycle[name] =
        (name === 'periodS' ? periodS : 1) * (median + sigma * (normal() + wander[m]! + day + wild + added));
    }
    yield cycle;
  }
}

export interface FaultScore {
  readonly fault: string;
  readonly signals: number;
  readonly missed: number;
  /** median of those found, s and cycles */
  readonly delayS: number;
  readonly delayCycles: number;
  /** signals where nothing was open at the end of the shift, or that said `returned` before */
  readonly closedItself: number;
  /** median of how long after its end it was closed, s; null where it was not, within four hours */
  readonly closedAfterS: number | null;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >>> 1] ?? Number.NaN;

/** `signals` signals with one fault each, a cycle each `periodS`. */
export function scoreFault(fault: string, signals: number, periodS: number): FaultScore {
  const delays: number[] = [];
  const closings: number[] = [];
  let closedItself = 0;
  const [fromUs, toUs] = [T0_US + BEFORE_S * 1e6, T0_US + (BEFORE_S + SHIFT_S) * 1e6];
  for (let seed = 0; seed < signals; seed++) {
    const detector = new Detector(anomalySettings({}));
    let found: number | null = null;
    let open = 0;
    let openAtEnd = 0;
    let returned = false;
    let closedUs: number | null = null;
    const known = new Set<string>();
    for (const cycle of cyclesOf(seed, periodS, BEFORE_S + SHIFT_S + AFTER_S, FAULTS[fault]!)) {
      const atUs = cycle.endedAtUs;
      for (const e of detector.push(cycle)) {
        if (e.metric !== FAULTY) continue;
        const name = `${e.kind}/${e.sinceUs}`;
        if (e.untilUs !== null) {
          open--;
          if (atUs < toUs && known.has(name)) returned = true;
          if (atUs >= toUs) closedUs ??= atUs;
        } else if (!known.has(name)) {
          known.add(name);
          open++;
          if (atUs >= fromUs && atUs < toUs) found ??= atUs;
        }
      }
      if (atUs < toUs) openAtEnd = open;
    }
    if (found === null) continue;
    delays.push((found - fromUs) / 1e6);
    if (openAtEnd === 0 || returned) closedItself++;
    if (closedUs !== null) closings.push((closedUs - toUs) / 1e6);
  }
  const delayS = median(delays);
  return {
    ...{
      fault,
      signals,
      missed: signals - delays.length,
      delayS,
      delayCycles: Math.round(delayS / periodS),
      closedItself,
    },
    closedAfterS: closings.length === 0 ? null : median(closings),
  };
}

/** Anomalies a signal-day of signals without a fault, over `days` days each. */
export function falseAlarms(
  signals: number,
  periodS: number,
  days: number,
): { perDay: number; kinds: Record<string, number> } {
  const kinds: Record<string, number> = {};
  let all = 0;
  for (let seed = 0; seed < signals; seed++) {
    const detector = new Detector(anomalySettings({}));
    const known = new Set<string>();
    for (const cycle of cyclesOf(1000 + seed, periodS, days * 86_400, null)) {
      for (const e of detector.push(cycle))
        known.add(`${e.kind satisfies AnomalyEvent['kind']}/${e.metric}/${e.sinceUs}`);
    }
    all += known.size;
    for (const k of known) {
      const name = k.split('/', 2).join(' ');
      kinds[name] = (kinds[name] ?? 0) + 1;
    }
  }
  return { perDay: all / signals / days, kinds };
}

const shownS = (s: number): string =>
  s < 120 ? `${Math.round(s)} s` : s < 7200 ? `${(s / 60).toFixed(0)} min` : `${(s / 3600).toFixed(1)} h`;

if (import.meta.main) {
  let failed = false;
  for (const [periodS, signals, days] of [
    [2, 6, 7],
    [30, 20, 7],
    [300, 20, 14],
  ] as const) {
    const { perDay, kinds } = falseAlarms(signals, periodS, days);
    failed ||= perDay > 0.1;
    console.log(
      `\na cycle each ${periodS} s: ${perDay.toFixed(3)} false alarms a signal-day (limit 0.1), ${signals} signals, ${days} days ${JSON.stringify(kinds)}`,
    );
    console.log(
      '| fault | missed | noticed after | cycles | closed while it lasted | closed after its end |\n|---|---|---|---|---|---|',
    );
    for (const fault of Object.keys(FAULTS)) {
      const s = scoreFault(fault, signals, periodS);
      failed ||= fault !== WITHIN_THE_DAY && (s.missed / s.signals > 0.05 || s.closedItself > 0);
      const end = s.closedAfterS === null ? '–' : shownS(s.closedAfterS);
      console.log(
        `| ${s.fault} | ${s.missed} of ${s.signals} | ${shownS(s.delayS)} | ${s.delayCycles} | ${s.closedItself} | ${end} |`,
      );
    }
  }
  process.exitCode = failed ? 1 : 0;
}
