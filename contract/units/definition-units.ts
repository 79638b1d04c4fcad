import type { CycleMetricName } from '../cycle.ts';
import type { RuleKind } from '../rule-settings.ts';
import { CYCLES_OFF, type SignalDefinition } from '../signal.ts';
import { type Conversion, DIGITS, isSame, tidied } from './conversion.ts';
import { ownConversion } from './cycle-conversion.ts';
import { leavesIn, ruleIn } from './rule-conversion.ts';

/**
 * A definition as it reads in another unit: limits of values move with its offset, rates and steps do not. What is no
 * number of the signal stays. `conditions`: false leaves their entries, each of which is in the unit of the signal that it looks at.
 */
export function definitionIn(
  definition: SignalDefinition,
  unit: string,
  c: Conversion,
  { conditions = true, digits = DIGITS.there }: { conditions?: boolean; digits?: number } = {},
): SignalDefinition {
  if (isSame(c)) return { ...definition, unit };
  const level = (v: number): number => tidied(c, v, digits);
  const difference = (v: number): number => tidied({ ...c, offset: 0 }, v, digits);
  const orNull = (f: (v: number) => number, v: number | null): number | null => (v === null ? null : f(v));
  const { validMin, validMax, maxRatePerS, deadband, cycles, anomalies, rules } = definition;
  return {
    ...definition,
    unit,
    validMin: orNull(level, validMin),
    validMax: orNull(level, validMax),
    maxRatePerS: orNull(difference, maxRatePerS),
    cycles: cycles === null || cycles === CYCLES_OFF ? cycles : cycleSettingsIn(cycles, level, difference),
    ...(deadband === undefined ? {} : { deadband: difference(deadband) }),
    ...(anomalies === undefined ? {} : { anomalies: anomaliesIn(anomalies, c, digits) }),
    ...(rules === undefined ? {} : { rules: rulesIn(rules, c, conditions, digits) }),
  };
}

type Settings = Readonly<Record<string, unknown>>;
type Change = (v: number) => number;

/** Settings of the segmenter (cycle-settings.ts) as numbers that are stored. */
export function cycleSettingsUnit<T extends object>(settings: T, c: Conversion): T {
  if (isSame(c)) return settings;
  const level = (v: number): number => tidied(c, v, DIGITS.back);
  const step = (v: number): number => tidied({ ...c, offset: 0 }, v, DIGITS.back);
  return cycleSettingsIn(settings as Settings, level, step) as T;
}

function cycleSettingsIn(settings: Settings, level: Change, difference: Change): Record<string, unknown> {
  const { minStep } = settings;
  const levels = settings['levels'] as { base: number; load: number } | undefined;
  return {
    ...settings,
    ...(levels === undefined ? {} : { levels: { base: level(levels.base), load: level(levels.load) } }),
    ...(typeof minStep === 'number' ? { minStep: difference(minStep) } : {}),
  };
}

function rulesIn(
  rules: Settings,
  c: Conversion,
  conditions: boolean,
  digits: number,
): Record<string, unknown> {
  const changed = Object.entries(rules).map(([name, written]) => {
    const rule = written as { readonly type?: RuleKind };
    // a rule that is named like a type is of that type where it does not say another
    const type = rule.type ?? (name as RuleKind);
    if (type === 'condition') return [name, conditions ? leavesIn(rule, c) : rule] as const;
    return [name, ruleIn(rule, type, c, digits)] as const;
  });
  return Object.fromEntries(changed);
}

type Limits = Readonly<Record<string, { readonly min?: number; readonly max?: number }>>;

function anomaliesIn(anomalies: Settings, c: Conversion, digits: number): Record<string, unknown> {
  const { limits } = anomalies as { limits?: Limits };
  if (limits === undefined) return { ...anomalies };
  const changed = Object.entries(limits).map(([metric, { min, max }]) => {
    const own = ownConversion(metric as CycleMetricName, c);
    if (own === null) return [metric, {}] as const;
    const limit = (v: number): number => tidied(own, v, digits);
    const bounds = {
      ...(min === undefined ? {} : { min: limit(min) }),
      ...(max === undefined ? {} : { max: limit(max) }),
    };
    return [metric, bounds] as const;
  });
  return { ...anomalies, limits: Object.fromEntries(changed) };
}

/** Limits of metrics that no conversion with an offset can carry over, since they take others of the same cycle. */
export function limitsWithoutConversion(definition: SignalDefinition, c: Conversion): string[] {
  const { limits = {} } = (definition.anomalies ?? {}) as { limits?: Limits };
  return Object.keys(limits).filter((metric) => ownConversion(metric as CycleMetricName, c) === null);
}
