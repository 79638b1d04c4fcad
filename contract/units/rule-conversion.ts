import type { RuleKind } from '../rule-settings.ts';
import { type Conversion, convert, isSame, tidied } from './conversion.ts';

/** Fields of rules (rule-settings.ts) that are values of the signal, and those that are differences of values. */
const LEVELS: Readonly<Partial<Record<RuleKind, readonly string[]>>> = {
  'high-high': ['limit'],
  high: ['limit'],
  low: ['limit'],
  'low-low': ['limit'],
};
const DIFFERENCES: Readonly<Partial<Record<RuleKind, readonly string[]>>> = {
  'high-high': ['deadband'],
  high: ['deadband'],
  low: ['deadband'],
  'low-low': ['deadband'],
  'rate-of-change': ['limit', 'deadband'],
  'stuck-value': ['band'],
  'value-outlier': ['minDeviation'],
  drift: ['minDeviation'],
};

/** A rule in another unit of its signal, as it is written or read. Of a condition see {@link leavesIn}. */
export function ruleIn<T extends object>(rule: T, type: RuleKind, c: Conversion, digits?: number): T {
  if (isSame(c)) return rule;
  const out = { ...rule } as Record<string, unknown>;
  const change = (fields: readonly string[] | undefined, by: Conversion): void => {
    for (const name of fields ?? []) {
      const v = out[name];
      if (typeof v === 'number') out[name] = tidied(by, v, digits);
    }
  };
  change(LEVELS[type], c);
  change(DIFFERENCES[type], { ...c, offset: 0 });
  return out as T;
}

interface Leaf {
  readonly signal?: string;
  readonly above?: number;
  readonly below?: number;
  readonly deadband?: number;
}

/** A condition's entries that look at its own signal, in another unit of it. */
export function leavesIn<T extends object>(condition: T, c: Conversion): T {
  const own = (leaf: Leaf): Leaf => {
    if (leaf.signal !== undefined) return leaf;
    const { above, below, deadband } = leaf;
    return {
      ...leaf,
      ...(above === undefined ? {} : { above: tidied(c, above) }),
      ...(below === undefined ? {} : { below: tidied(c, below) }),
      ...(deadband === undefined ? {} : { deadband: tidied({ ...c, offset: 0 }, deadband) }),
    };
  };
  const { all, any } = condition as { all?: Leaf[]; any?: Leaf[] };
  return {
    ...condition,
    ...(all === undefined ? {} : { all: all.map(own) }),
    ...(any === undefined ? {} : { any: any.map(own) }),
  };
}

type Numbers = Readonly<Record<'value' | 'expected', number | null>>;

/** What a rule has found, in another unit of its signal: a rate is a difference, all else a value. */
export function ruleFindingIn(type: RuleKind, { value, expected }: Numbers, c: Conversion): Numbers {
  const by = type === 'rate-of-change' ? { ...c, offset: 0 } : c;
  const say = (x: number | null): number | null => (x === null ? null : convert(by, x));
  return { value: say(value), expected: say(expected) };
}
