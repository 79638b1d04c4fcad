import { CYCLE_METRICS, type CycleMetricName, type CycleMetrics } from '../cycle.ts';
import { RULE_KINDS, type RuleKind } from '../rule-settings.ts';
import { type Conversion, convert, isSame } from './conversion.ts';
import { ruleFindingIn } from './rule-conversion.ts';

/**
 * Metrics of a cycle in another unit of its signal: each by what it is. A level moves with the offset between the two
 * units, a difference does not, a square takes the factor twice. What is made of squares is put together again from the
 * metrics beside it: the mean of (k·x + o)² is k²·mean(x²) + 2·k·o·mean(x) + o².
 */
type Kind = 'level' | 'difference' | 'made' | 'free';

const LEVELS: ReadonlySet<string> = new Set([
  ...['baseLevel', 'topLevel', 'mean', 'min', 'max'],
  ...['baseMean', 'baseMin', 'baseMax', 'topMean', 'topMin', 'topMax'],
]);
const MADE: ReadonlySet<string> = new Set([
  ...['rms', 'baseRms', 'topRms', 'crestFactor', 'integral', 'squareIntegral'],
]);

/** What becomes of a metric where its signal's unit changes. `made`: it needs others of the cycle where there is an offset. */
export function kindOf(name: CycleMetricName): Kind {
  if (LEVELS.has(name)) return 'level';
  if (MADE.has(name)) return 'made';
  const { unit } = CYCLE_METRICS.find((m) => m.name === name)!;
  return unit === 'signal' || unit === 'signal-per-s' ? 'difference' : 'free';
}

/** How one metric alone is converted; null where it takes others of the same cycle. */
export function ownConversion(name: CycleMetricName, c: Conversion): Conversion | null {
  const { factor, divisor } = c;
  switch (kindOf(name)) {
    case 'level':
      return c;
    case 'difference':
      return { factor, divisor, offset: 0 };
    case 'free':
      return { factor: 1, divisor: 1, offset: 0 };
    case 'made':
      if (c.offset !== 0) return null;
      if (name === 'crestFactor') return { factor: 1, divisor: 1, offset: 0 };
      if (name === 'squareIntegral')
        return { factor: factor * factor, divisor: divisor * divisor, offset: 0 };
      return { factor, divisor, offset: 0 };
  }
}

/** Numbers, or what stands for them in SQL: one set of formulas for both. */
export interface Arithmetic<T> {
  number(x: number): T;
  times(a: T, b: T): T;
  over(a: T, b: T): T;
  plus(a: T, b: T): T;
  root(a: T): T;
  magnitude(a: T): T;
  greatest(a: T, b: T): T;
  /** `a`, or `b` where that is nothing */
  or(a: T, b: T): T;
}

/** A metric of a cycle in the other unit; `get` gives its metrics in the first one. */
export function metricIn<T>(
  name: CycleMetricName,
  c: Conversion,
  m: Arithmetic<T>,
  get: (name: CycleMetricName) => T,
): T {
  const x = get(name);
  const own = ownConversion(name, c);
  if (own !== null) return affine(own, m, x);
  const k = c.factor / c.divisor;
  const of = (other: CycleMetricName): T => metricIn(other, c, m, get);
  const square = (rms: T): T => m.times(rms, rms);
  /** the mean of squares in the other unit, of one and of the mean in this one */
  const squares = (meanOfSquares: T, mean: T): T =>
    m.plus(
      m.plus(m.times(m.number(k * k), meanOfSquares), m.times(m.number(2 * k * c.offset), mean)),
      m.number(c.offset * c.offset),
    );
  const rms = (r: CycleMetricName, mean: CycleMetricName): T =>
    m.root(m.greatest(m.number(0), squares(square(get(r)), get(mean))));
  switch (name) {
    case 'rms':
      return rms('rms', 'mean');
    case 'baseRms':
      return rms('baseRms', 'baseMean');
    case 'topRms':
      return rms('topRms', 'topMean');
    case 'crestFactor':
      return m.over(m.greatest(m.magnitude(of('max')), m.magnitude(of('min'))), of('rms'));
    case 'integral':
      return m.times(of('mean'), observed(m, get));
    default:
      return m.times(squares(square(get('rms')), get('mean')), observed(m, get));
  }
}

/** Observed time of the cycle, s: what its integrals are taken over. All zero says nothing of it: the period then. */
const observed = <T>(m: Arithmetic<T>, get: (name: CycleMetricName) => T): T =>
  m.or(m.over(get('squareIntegral'), m.times(get('rms'), get('rms'))), get('periodS'));

function affine<T>({ factor, divisor, offset }: Conversion, m: Arithmetic<T>, x: T): T {
  let y = x;
  if (factor !== divisor) {
    if (factor !== 1) y = m.times(y, m.number(factor));
    if (divisor !== 1) y = m.over(y, m.number(divisor));
  }
  return offset === 0 ? y : m.plus(y, m.number(offset));
}

type Maybe = number | null;
const both = (a: Maybe, b: Maybe, f: (a: number, b: number) => number): Maybe =>
  a === null || b === null ? null : f(a, b);

/** Division by zero is nothing, as in SQL by `nullif`. */
const NUMBERS: Arithmetic<Maybe> = {
  number: (x) => x,
  times: (a, b) => both(a, b, (x, y) => x * y),
  over: (a, b) => (b === 0 ? null : both(a, b, (x, y) => x / y)),
  plus: (a, b) => both(a, b, (x, y) => x + y),
  root: (a) => (a === null ? null : Math.sqrt(a)),
  magnitude: (a) => (a === null ? null : Math.abs(a)),
  greatest: (a, b) => both(a, b, Math.max),
  or: (a, b) => a ?? b,
};

/** A cycle (or whatever has its metrics) in another unit of its signal. */
export function cycleIn<T extends CycleMetrics>(cycle: T, c: Conversion): T {
  if (isSame(c)) return cycle;
  const out = { ...cycle } as Record<string, unknown>;
  for (const { name } of CYCLE_METRICS) {
    if (kindOf(name) !== 'free' || name === 'crestFactor')
      out[name] = metricIn<Maybe>(name, c, NUMBERS, (n) => cycle[n]);
  }
  return out as T;
}

const NAMES: ReadonlySet<string> = new Set(CYCLE_METRICS.map((m) => m.name));

/**
 * What an anomaly says of a metric, in another unit of its signal. Null where that takes other metrics of the same cycle,
 * which it does not say.
 */
export function findingIn(
  found: Readonly<Record<'value' | 'expected', Maybe>> & {
    readonly kind: string;
    readonly metric: string | null;
  },
  c: Conversion,
): { value: Maybe; expected: Maybe } {
  const { kind, metric, value, expected } = found;
  if (isSame(c)) return { value, expected };
  if ((RULE_KINDS as readonly string[]).includes(kind)) return ruleFindingIn(kind as RuleKind, found, c);
  if (metric === null || !NAMES.has(metric)) return { value, expected };
  const own = ownConversion(metric as CycleMetricName, c);
  const say = (x: Maybe): Maybe => (x === null || own === null ? null : convert(own, x));
  return { value: say(value), expected: say(expected) };
}
