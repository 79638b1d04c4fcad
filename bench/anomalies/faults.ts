/**
 * `npm run bench -- anomalies`: generated faults, cycle by cycle through the detector. Each signal runs as it always
 * does, then the fault begins, on one of its metrics, and lasts for a shift of eight hours; then it is gone for four. Once
 * for the machines that the detector's constants were chosen on, once for others (`machines.ts`).
 * `LOADCYCLE_ANOMALY_SET` names a folder of labelled recordings, which are measured instead (`labelled.ts`).
 */
import type { AnomalyEvent } from '@loadcycle/contract/anomaly-event';
import { anomalySettings } from '@loadcycle/contract/anomaly-settings';
import { Detector } from '@loadcycle/processors/anomalies/detector';
import { scoreFolder } from './labelled.ts';
import { cyclesOf, type Fault, faultyOf, HELD_OUT, type Machine, T0_US, TUNED } from './machines.ts';

const HOUR_S = 3600;
const SHIFT_S = 8 * HOUR_S;
const AFTER_S = 4 * HOUR_S;

/** Found where there are enough cycles in an hour ({@link Machine.threeSigma}); elsewhere shown, and not counted. */
export const SMALL = 'step of 3 σ';

export const FAULTS: Readonly<Record<string, Fault>> = {
  'step of 30 %': () => 200,
  'step of 6 σ': () => 6,
  [SMALL]: () => 3,
  'drift to 10 σ within an hour': (s) => 10 * Math.min(1, s / HOUR_S),
  'slow wear to 10 σ over the shift': (s) => (10 * s) / SHIFT_S,
  'intermittent: 10 σ in one cycle of eight': (_, i) => (i % 8 === 3 ? 10 : 0),
};

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

/** Signals of a machine with one fault each. */
export function scoreFault(fault: string, machine: Machine, signals = machine.signals): FaultScore {
  const { beforeS, periodS } = machine;
  const delays: number[] = [];
  const closings: number[] = [];
  let closedItself = 0;
  const [fromUs, toUs] = [T0_US + beforeS * 1e6, T0_US + (beforeS + SHIFT_S) * 1e6];
  for (let signal = 0; signal < signals; signal++) {
    const faulty = faultyOf(machine, signal);
    const its = { signal, seed: machine.seed + signal, seconds: beforeS + SHIFT_S + AFTER_S };
    const at = { add: FAULTS[fault]!, fromS: beforeS, lastsS: SHIFT_S };
    const detector = new Detector(anomalySettings({}));
    let found: number | null = null;
    let open = 0;
    let openAtEnd = 0;
    let returned = false;
    let closedUs: number | null = null;
    const known = new Set<string>();
    const ofFault = new Set<string>();
    for (const cycle of cyclesOf(machine, its, at)) {
      const atUs = cycle.endedAtUs;
      for (const e of detector.push(cycle)) {
        if (e.metric !== faulty) continue;
        const name = `${e.kind}/${e.sinceUs}`;
        if (e.untilUs !== null) {
          open--;
          if (atUs < toUs && ofFault.has(name)) returned = true;
          if (atUs >= toUs) closedUs ??= atUs;
        } else if (!known.has(name)) {
          known.add(name);
          open++;
          if (atUs < fromUs || atUs >= toUs) continue;
          found ??= atUs;
          ofFault.add(name);
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

/** Anomalies a signal-day of signals without a fault. */
export function falseAlarms(
  machine: Machine,
  [signals, days] = machine.quiet,
): { perDay: number; kinds: Record<string, number> } {
  const kinds: Record<string, number> = {};
  let all = 0;
  for (let signal = 0; signal < signals; signal++) {
    const detector = new Detector(anomalySettings({}));
    const known = new Set<string>();
    const its = { signal, seed: machine.seed + 1000 + signal, seconds: days * 86_400 };
    for (const cycle of cyclesOf(machine, its, null)) {
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

/** Prints one machine's table; answers whether all is within the limits. */
function show(machine: Machine): boolean {
  const { perDay, kinds } = falseAlarms(machine);
  const [signals, days] = machine.quiet;
  let well = perDay <= 0.1;
  console.log(
    `\n${machine.name}: ${perDay.toFixed(3)} false alarms a signal-day (limit 0.1), ${signals} signals, ${days} days ${JSON.stringify(kinds)}`,
  );
  console.log(
    '| fault | missed | noticed after | cycles | closed while it lasted | closed after its end |\n|---|---|---|---|---|---|',
  );
  for (const fault of Object.keys(FAULTS)) {
    const s = scoreFault(fault, machine);
    const counts = fault !== SMALL || machine.threeSigma;
    if (counts && (s.missed / s.signals > 0.05 || s.closedItself > 0)) well = false;
    const end = s.closedAfterS === null ? '–' : shownS(s.closedAfterS);
    console.log(
      `| ${s.fault} | ${s.missed} of ${s.signals} | ${shownS(s.delayS)} | ${s.delayCycles} | ${s.closedItself} | ${end} |`,
    );
  }
  return well;
}

if (import.meta.main) {
  const folder = process.env['LOADCYCLE_ANOMALY_SET'];
  if (folder !== undefined) await scoreFolder(folder);
  else {
    const wanted = process.argv[2] ?? '';
    const sets = { 'chosen on': TUNED, 'held out': HELD_OUT };
    for (const [set, machines] of Object.entries(sets)) {
      console.log(`\n${set}`);
      for (const machine of machines.filter((m) => m.name.startsWith(wanted))) {
        if (!show(machine)) process.exitCode = 1;
      }
    }
  }
}
