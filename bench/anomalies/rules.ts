/**
 * `npm run bench -- rules`: `value-outlier` and `drift` with their defaults on generated signals without cycles, a value each 10 s:
 * a swing of ±1 over the day, a wander of 0.5 (σ) with a time constant of two hours, noise of 0.2. σ below is that of all three
 * together. After a week the fault begins, and lasts for a shift of eight hours. And what rules cost.
 */

import { rulesOf } from '@loadcycle/contract/rule-settings';
import { SAME } from '@loadcycle/contract/units/conversion';
import { RuleEvaluator } from '@loadcycle/processors/anomalies/rules/evaluator';
import { normals } from '@loadcycle/processors/cycles/testing';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const SHIFT_S = 8 * HOUR_S;
const EACH_S = 10;
const BEFORE_S = 7 * DAY_S;
const SIGMA = Math.hypot(Math.SQRT1_2, 0.5, 0.2);
const T0_US = 1_789_948_800_000_000;
/** What follows within so long after a fault is of it. */
const AFTER_S = 4 * HOUR_S;

/** What a fault adds, σ, seconds after it began; and which rule is there for it. */
const FAULTS: Readonly<Record<string, { rule: RobustName; at: (s: number) => number }>> = {
  'step of 10 σ': { rule: 'outlier', at: () => 10 },
  'two minutes of 15 σ': { rule: 'outlier', at: (s) => (s < 120 ? 15 : 0) },
  'step of 7 σ': { rule: 'drift', at: () => 7 },
  'drift to 10 σ within an hour': { rule: 'drift', at: (s) => 10 * Math.min(1, s / HOUR_S) },
  'slow wear to 10 σ over the shift': { rule: 'drift', at: (s) => (10 * s) / SHIFT_S },
};
type RobustName = 'outlier' | 'drift';
export const RULE_FAULTS = Object.keys(FAULTS);

const RULES = rulesOf({
  rules: { outlier: { type: 'value-outlier', minDeviation: 0.1 }, drift: { minDeviation: 0.1 } },
});

interface Span {
  readonly rule: string;
  readonly fromS: number;
  readonly toS: number;
}

/** What the rules find in one signal; seconds since its beginning. */
function foundIn(seed: number, seconds: number, fault: (s: number) => number): Span[] {
  const normal = normals(seed * 7919);
  const n = seconds / EACH_S;
  const timesUs = Float64Array.from({ length: n }, (_, i) => T0_US + i * EACH_S * 1e6);
  let wander = 0;
  const values = timesUs.map((_, i) => {
    const s = i * EACH_S;
    wander += (-wander * EACH_S) / 7200 + 0.5 * Math.sqrt((2 * EACH_S) / 7200) * normal();
    const usual = 20 + Math.sin((2 * Math.PI * s) / DAY_S + seed) + wander + 0.2 * normal();
    const more = s >= BEFORE_S && s < BEFORE_S + SHIFT_S ? fault(s - BEFORE_S) * SIGMA : 0;
    return Math.round((usual + more) * 100) / 100;
  });
  const evaluator = new RuleEvaluator(RULES, { unit: 'Cel', conversion: SAME });
  const found = evaluator.push({ timesUs, values }, false);
  const last = new Map(found.map((f) => [`${f.metric} ${f.sinceUs}`, f]));
  return [...last.values()].map((f) => ({
    rule: f.metric,
    fromS: (f.sinceUs - T0_US) / 1e6,
    toS: f.untilUs === null ? Number.POSITIVE_INFINITY : (f.untilUs - T0_US) / 1e6,
  }));
}

/** Anomalies a signal-day of signals without a fault. */
export function falseRuleAlarms(signals: number, days: number): Record<RobustName, number> {
  const all = Array.from({ length: signals }, (_, i) => foundIn(1000 + i, days * DAY_S, () => 0)).flat();
  const perDay = (rule: RobustName): number => all.filter((f) => f.rule === rule).length / signals / days;
  return { outlier: perDay('outlier'), drift: perDay('drift') };
}

/** How one fault is found by the rule that is there for it. */
export function scoreRuleFault(fault: string, signals: number) {
  const { rule, at } = FAULTS[fault]!;
  const delays: number[] = [];
  let closedItself = 0;
  for (let seed = 0; seed < signals; seed++) {
    const spans = foundIn(seed, BEFORE_S + SHIFT_S + AFTER_S, at);
    const its = spans.find((f) => f.rule === rule && f.toS > BEFORE_S && f.fromS < BEFORE_S + SHIFT_S);
    if (its === undefined) continue;
    delays.push(Math.max(0, its.fromS - BEFORE_S));
    const lasts = at(SHIFT_S - 1) > 0;
    if (lasts && its.toS < BEFORE_S + SHIFT_S) closedItself++;
  }
  delays.sort((a, b) => a - b);
  return { missed: signals - delays.length, delayS: delays[delays.length >> 1] ?? null, closedItself, rule };
}

/** Million samples a CPU second through four rules: two limits, a stuck value and a rate. */
function speed(): number {
  const rules = rulesOf({
    rules: {
      high: { limit: 80, deadband: 1 },
      low: { limit: 1 },
      s: { type: 'stuck-value', after: '10s' },
      'rate-of-change': { limit: 1e3 },
    },
  });
  const evaluator = new RuleEvaluator(rules, { unit: 'V', conversion: SAME });
  const values = Float64Array.from({ length: 1000 }, (_, i) => 20 + Math.sin(i));
  const from = process.cpuUsage().user;
  for (let k = 0; k < 4000; k++) {
    evaluator.push({ timesUs: values.map((_, i) => T0_US + (k * 1000 + i) * 1000), values }, false);
  }
  return 4e6 / (process.cpuUsage().user - from);
}

if (import.meta.main) {
  const signals = 20;
  const { outlier, drift } = falseRuleAlarms(signals, 14);
  let failed = outlier > 0.1 || drift > 0.1;
  console.log(
    `false alarms a signal-day (limit 0.1): value-outlier ${outlier.toFixed(3)}, drift ${drift.toFixed(3)}`,
  );
  console.log('| fault | rule | missed | noticed after | closed while it lasted |\n|---|---|---|---|---|');
  for (const fault of RULE_FAULTS) {
    const s = scoreRuleFault(fault, signals);
    failed ||= s.missed / signals > 0.05 || s.closedItself > 0;
    const after = s.delayS === null ? '–' : `${(s.delayS / 60).toFixed(0)} min`;
    console.log(`| ${fault} | ${s.rule} | ${s.missed} of ${signals} | ${after} | ${s.closedItself} |`);
  }
  console.log(`four rules: ${speed().toFixed(1)} million samples a CPU second`);
  process.exitCode = failed ? 1 : 0;
}
