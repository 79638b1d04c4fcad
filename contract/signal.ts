import { z } from 'zod';
import { AnomalySettingsSchema } from './anomaly-settings.ts';
import { CycleSettingsSchema } from './cycle-settings.ts';
import { RulesSchema, ruleContradictions } from './rule-settings.ts';
import { unitProblem } from './units/quantities.ts';

/** A UCUM code: printable ASCII without spaces (`V`, `A`, `Cel`, `r/min`, `m/s2`, `bar`, `%`, `{cycles}`). */
export const UcumCode = z
  .string()
  .min(1)
  .max(32)
  .regex(/^[!-~]+$/, 'a UCUM code: printable ASCII without spaces');

/** `cycles` of a signal that has none. */
export const CYCLES_OFF = 'off';

/**
 * What is known and expected of a signal. Every limit is optional: what is not set is not checked (the clock
 * alone has a deployment-wide tolerance). Units: values in `unit`, rates in `unit`/s, times in µs unless the name
 * says otherwise. What no single field can say (`validMin` below `validMax`, a unit that measures the quantity)
 * is in {@link definitionProblems}.
 */
export const SignalDefinition = z.object({
  /** physical quantity in words: `voltage`, `current`, `temperature`, … (`KNOWN_QUANTITIES`, or any other) */
  quantity: z.string().min(1).max(64).default('unknown'),
  unit: UcumCode,
  /** machine part that the signal belongs to, for people */
  component: z.string().max(128).nullable().default(null),
  /** values outside are bad (`out-of-range`) */
  validMin: z.number().nullable().default(null),
  validMax: z.number().nullable().default(null),
  /** a step between neighbouring samples faster than this is uncertain (`rate-of-change`) */
  maxRatePerS: z.number().positive().nullable().default(null),
  /** the same value for longer than this is uncertain (`stuck`) */
  stuckAfterUs: z.int().positive().nullable().default(null),
  /**
   * a change of less than this says nothing, in the signal's unit: the deadband of its alarms where a rule has none of its own.
   * Every sample is kept all the same
   */
  deadband: z.number().nonnegative().optional(),
  /** expected sampling period; completeness counts against it */
  expectedPeriodUs: z.int().positive().nullable().default(null),
  /** how far a device's clock may be ahead of the bridge's before samples are uncertain (`clock-skew`) */
  clockSkewUs: z.int().positive().nullable().default(null),
  /** settings of the cycle segmenter (see `cycle-settings.ts`); null: the defaults; `off`: it is not cut into cycles */
  cycles: z
    .union([z.record(z.string(), z.unknown()), z.literal(CYCLES_OFF)], {
      error: 'settings of the segmenter, or `off`',
    })
    .nullable()
    .default(null),
  /** how its cycles are watched (see `anomaly-settings.ts`); left out: the defaults */
  anomalies: z.record(z.string(), z.unknown()).optional(),
  /** what is an alarm of its samples, by name (see `rule-settings.ts`) */
  rules: z.record(z.string(), z.unknown()).optional(),
  labels: z.record(z.string().max(64), z.string().max(256)).default({}),
});
export type SignalDefinition = z.infer<typeof SignalDefinition>;
export type SignalDefinitionInput = z.input<typeof SignalDefinition>;

export interface DefinitionProblem {
  /** into the definition */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const Strict = SignalDefinition.strict();

/**
 * Everything that is wrong with a definition as somebody wrote it, unknown fields and fields that contradict each
 * other included; empty where nothing is.
 */
export function definitionProblems(input: unknown): DefinitionProblem[] {
  const parsed = Strict.safeParse(input);
  if (!parsed.success) return problemsOf(parsed.error.issues);
  const d = parsed.data;
  const problems: DefinitionProblem[] = [];
  if (d.validMin !== null && d.validMax !== null && d.validMin >= d.validMax) {
    problems.push({ path: ['validMin'], message: 'must be less than validMax' });
  }
  const unit = unitProblem(d.quantity, d.unit);
  if (unit !== null) problems.push({ path: ['unit'], message: unit });
  if (d.cycles !== null && d.cycles !== CYCLES_OFF) {
    const cycles = CycleSettingsSchema.safeParse(d.cycles);
    if (!cycles.success) problems.push(...problemsOf(cycles.error.issues, ['cycles']));
  }
  if (d.anomalies !== undefined) {
    const anomalies = AnomalySettingsSchema.safeParse(d.anomalies);
    if (!anomalies.success) problems.push(...problemsOf(anomalies.error.issues, ['anomalies']));
  }
  if (d.rules !== undefined) {
    const rules = RulesSchema.safeParse(d.rules);
    if (rules.success) problems.push(...ruleContradictions(rules.data, d));
    else problems.push(...problemsOf(rules.error.issues, ['rules']));
  }
  return problems;
}

function problemsOf(issues: readonly z.core.$ZodIssue[], base: readonly string[] = []): DefinitionProblem[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path.map((p) => (typeof p === 'symbol' ? String(p) : p))];
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    // however many there are: whoever reads it mends the first ones
    return issue.keys.slice(0, 50).map((key) => ({ path: [...path, key], message: 'no such field' }));
  });
}
