import { z } from 'zod';
import { NAME_PATTERN, type SignalPath } from './names.ts';
import { parseDurationUs } from './time.ts';

/**
 * Rules on a signal's samples, by name (`rules` of its definition). Each opens an anomaly whose kind is the rule's type and whose
 * metric is its name. Times are durations as `10s` and `1h30m`; limits are in the signal's unit.
 */

/** µs, from a duration in words. */
const duration = z.string().transform((text, context) => {
  try {
    return parseDurationUs(text);
  } catch {
    context.addIssue({
      code: 'custom',
      message: `"${text.slice(0, 32)}" is no duration, such as 10s or 1h30m`,
    });
    return z.NEVER;
  }
});
const DAY_US = 86_400_000_000;
const delay = duration.refine((us) => us <= 7 * DAY_US, 'is 7d at most').default(0);
const stretch = duration.refine((us) => us >= 1_000 && us <= 7 * DAY_US, 'is 1ms at least and 7d at most');
const stretchOr = (us: number) => stretch.default(us);

/** How long it has to be beyond before it is an alarm, and back before that is over (ISA-18.2: on-delay, off-delay). */
const delays = { onDelay: delay, offDelay: delay };
/** It is over once it is back by so much (ISA-18.2: alarm deadband). */
const deadband = z.number().nonnegative().default(0);

const SIDES = ['high-high', 'high', 'low', 'low-low'] as const;

const Threshold = z.strictObject({ type: z.enum(SIDES), limit: z.number(), deadband, ...delays });

const RateOfChange = z.strictObject({
  type: z.literal('rate-of-change'),
  /** in the signal's unit, in each `per` */
  limit: z.number().positive(),
  per: stretchOr(1_000_000),
  /** the rate is the slope of the straight line through the samples of so long; left out: `per` */
  over: stretch.optional(),
  direction: z.enum(['rising', 'falling', 'either']).default('either'),
  deadband,
  ...delays,
});

const StuckValue = z.strictObject({
  type: z.literal('stuck-value'),
  /** no change for so long … */
  after: duration.refine((us) => us > 0 && us <= 30 * DAY_US, 'is more than 0 and 30d at most'),
  /** … of more than this, from the least to the greatest value */
  band: z.number().nonnegative().default(0),
});

const robust = {
  /** in robust standard deviations from what is usual */
  threshold: z.number().min(2).max(100),
  /** the least standard deviation that is believed, in the signal's unit */
  minDeviation: z.number().nonnegative().default(0),
};
const Outlier = z.strictObject({
  type: z.literal('value-outlier'),
  ...robust,
  threshold: robust.threshold.default(6),
  /** means of so long are judged */
  bucket: stretchOr(60_000_000),
});
const Drift = z.strictObject({
  type: z.literal('drift'),
  ...robust,
  threshold: robust.threshold.default(3.5),
  bucket: stretchOr(600_000_000),
});

const SIGNAL = /^(?:[a-z0-9_-]{1,64}\/)?[a-z0-9_-]{1,64}$/;
const Leaf = z
  .strictObject({
    /** of the same device; `device/signal`: of another one of the same site; left out: the signal that the rule is of */
    signal: z.string().regex(SIGNAL, 'is signal, or device/signal').optional(),
    above: z.number().optional(),
    below: z.number().optional(),
    /** left out: the deadband of the signal that it looks at */
    deadband: z.number().nonnegative().optional(),
  })
  .refine((l) => (l.above === undefined) !== (l.below === undefined), 'has either above or below');
const leaves = z.array(Leaf).min(1).max(16);
const Condition = z
  .strictObject({ type: z.literal('condition'), all: leaves.optional(), any: leaves.optional(), ...delays })
  .refine((c) => (c.all === undefined) !== (c.any === undefined), 'has either all or any')
  .refine(
    (c) => (c.all ?? c.any ?? []).some((l) => l.signal === undefined),
    'looks at its own signal too: one entry without `signal`',
  );

export type ThresholdRule = z.output<typeof Threshold>;
export type RateRule = z.output<typeof RateOfChange>;
export type StuckRule = z.output<typeof StuckValue>;
export type RobustRule = z.output<typeof Outlier> | z.output<typeof Drift>;
export type ConditionRule = z.output<typeof Condition>;
export type ConditionLeaf = z.output<typeof Leaf>;

const Rule = z.discriminatedUnion('type', [Threshold, RateOfChange, StuckValue, Outlier, Drift, Condition]);
export type Rule = z.output<typeof Rule>;

export const RULE_KINDS = [
  ...SIDES,
  'rate-of-change',
  'stuck-value',
  'value-outlier',
  'drift',
  'condition',
] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

/** Rules of one signal at most. */
const MOST = 32;

/** A rule that is named like a type is of that type where it does not say another. */
function typed(written: unknown): unknown {
  if (typeof written !== 'object' || written === null || Array.isArray(written)) return written;
  return Object.fromEntries(
    Object.entries(written).map(([name, rule]) => {
      const plain = typeof rule === 'object' && rule !== null && !('type' in rule);
      return [
        name,
        plain && (RULE_KINDS as readonly string[]).includes(name) ? { type: name, ...rule } : rule,
      ];
    }),
  );
}

export const RulesSchema = z.preprocess(
  typed,
  z
    .record(
      z.string().regex(NAME_PATTERN, 'a rule is named by lower-case letters, digits, - and _, 64 at most'),
      Rule,
    )
    .refine((rules) => Object.keys(rules).length <= MOST, `${MOST} rules of a signal at most`),
);
export type Rules = z.output<typeof RulesSchema>;

/** Where a rule says nothing of it, the signal's own deadband is that of a limit, and the band in which a value is stuck. */
const OF_SIGNAL = {
  'high-high': 'deadband',
  high: 'deadband',
  low: 'deadband',
  'low-low': 'deadband',
  'stuck-value': 'band',
};

/** Rules as they stand in a definition; throws `ZodError` where they make no sense. */
export function rulesOf({
  rules = {},
  deadband: own,
}: {
  rules?: Record<string, unknown> | undefined;
  deadband?: number | undefined;
}): Rules {
  const parsed = RulesSchema.parse(rules);
  if (own === undefined) return parsed;
  const filled = Object.entries(parsed).map(([name, rule]) => {
    const field = OF_SIGNAL[rule.type as keyof typeof OF_SIGNAL] as string | undefined;
    const isSaid = field === undefined || Object.hasOwn(rules[name] as object, field);
    return [name, isSaid ? rule : { ...rule, [field]: own }];
  });
  return Object.fromEntries(filled) as Rules;
}

/** What contradicts something else, as path and message: values outside of `validMin` and `validMax` are bad, and never judged. */
export function ruleContradictions(
  rules: Rules,
  { validMin, validMax }: { validMin: number | null; validMax: number | null },
): { path: string[]; message: string }[] {
  const problems: { path: string[]; message: string }[] = [];
  const beyond = (path: string[], limit: number, isUpper: boolean): void => {
    const [edge, field] = isUpper ? [validMax, 'validMax'] : [validMin, 'validMin'];
    if (edge === null || (isUpper ? limit < edge : limit > edge)) return;
    problems.push({
      path,
      message: `is not within ${field} (${edge}): values beyond that are bad, and not judged`,
    });
  };
  const found = new Map<string, number>();
  for (const [name, rule] of Object.entries(rules)) {
    if (!('limit' in rule) || rule.type === 'rate-of-change') continue;
    found.set(rule.type, rule.limit);
    beyond(['rules', name, 'limit'], rule.limit, rule.type.startsWith('high'));
  }
  for (const [outer, inner] of [
    ['high-high', 'high'],
    ['low', 'low-low'],
    ['high', 'low'],
  ] as const) {
    const [upper, lower] = [found.get(outer), found.get(inner)];
    if (upper === undefined || lower === undefined || upper > lower) continue;
    problems.push({ path: ['rules'], message: `the limit of ${outer} must be above that of ${inner}` });
  }
  return problems;
}

/** The signal that an entry of a condition of `home` looks at: its own, one of the same device, or of another device of the site. */
export function lookedAt(home: SignalPath, { signal }: { readonly signal?: string | undefined }): SignalPath {
  if (signal === undefined) return home;
  const [first, second] = signal.split('/') as [string, string?];
  return second === undefined
    ? { ...home, signal: first }
    : { site: home.site, device: first, signal: second };
}

type Entries = readonly { readonly signal?: string }[];

/** The other signals that the conditions of a valid definition look at, each with its rule. */
export function lookedAtBy(
  home: SignalPath,
  { rules = {} }: { readonly rules?: Readonly<Record<string, unknown>> | undefined },
): { rule: string; path: SignalPath }[] {
  return Object.entries(rules).flatMap(([rule, written]) => {
    const { all = [], any = [] } = written as { all?: Entries; any?: Entries };
    return [...all, ...any]
      .filter(({ signal }) => signal !== undefined)
      .map((entry) => ({ rule, path: lookedAt(home, entry) }));
  });
}
