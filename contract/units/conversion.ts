import { dimensionKey, parseUnit } from './ucum.ts';
import { ATOMS, PREFIXES } from './ucum-atoms.ts';

/**
 * From a number in one unit to the number in another: `x × factor / divisor + offset`. A division beside the
 * multiplication, since 3300 / 1000 is 3.3 and 3300 × 0.001 is not.
 */
export interface Conversion {
  readonly factor: number;
  readonly divisor: number;
  readonly offset: number;
}

export const SAME: Conversion = { factor: 1, divisor: 1, offset: 0 };

export const isSame = (c: Conversion): boolean => c.factor === c.divisor && c.offset === 0;

export function convert(c: Conversion, x: number): number {
  return isSame(c) ? x : (x * c.factor) / c.divisor + c.offset;
}

/** From a number in unit `from` to the number in unit `to` (UCUM codes); null where they do not measure the same. */
export function conversionBetween(from: string, to: string): Conversion | null {
  if (from === to) return SAME;
  const [a, b] = [parseUnit(from), parseUnit(to)];
  if (a === null || b === null || dimensionKey(a) !== dimensionKey(b)) return null;
  return conversion(a.factor / b.factor, (a.offset - b.offset) / b.factor, a.offset / b.factor);
}

/** First one, then the other. */
export function composed(first: Conversion, then: Conversion): Conversion {
  if (isSame(first)) return then;
  if (isSame(then)) return first;
  const ratio = ((first.factor / first.divisor) * then.factor) / then.divisor;
  const moved = (first.offset * then.factor) / then.divisor;
  return conversion(ratio, moved + then.offset, moved);
}

export function inverse(c: Conversion): Conversion {
  if (isSame(c)) return SAME;
  const { factor, divisor, offset } = c;
  return {
    factor: divisor,
    divisor: factor,
    offset: offset === 0 ? 0 : round((-offset * divisor) / factor, 0),
  };
}

/** `size`: of the numbers whose difference the offset is, so that its rounding error is known. */
function conversion(ratio: number, offset: number, size: number): Conversion {
  const [up, down] = [fraction(ratio), fraction(1 / ratio)];
  const scale =
    up !== null && (down === null || up[1] <= down[1])
      ? { factor: up[0], divisor: up[1] }
      : down !== null
        ? { factor: down[1], divisor: down[0] }
        : { factor: ratio, divisor: 1 };
  return { ...scale, offset: round(offset, size) };
}

/** A decimal fraction as a whole number over a power of ten: 0.06 is 6 / 100. Null where it is none. */
function fraction(x: number): [number, number] | null {
  for (let power = 1; power <= 1e9; power *= 10) {
    const whole = Math.round(x * power);
    if (whole >= 1 && whole < 2 ** 50 && Math.abs(whole - x * power) <= 1e-14 * whole) return [whole, power];
  }
  return null;
}

/** Factors of units are decimal fractions, which products of doubles miss by their last bits. */
function round(x: number, size: number): number {
  const near = Number(x.toPrecision(12));
  const error = 1e-14 * Math.max(Math.abs(x), Math.abs(size));
  return Math.abs(near - x) <= error ? near : x;
}

/** Digits of a limit that was converted, and of one that is converted back: fewer, so that it is the same again. */
export const DIGITS = { there: 13, back: 11 } as const;

/** A limit in another unit, as people read it: so many digits of the larger of it and the offset, without the noise behind. */
export function tidied(c: Conversion, x: number, digits: number = DIGITS.there): number {
  const y = convert(c, x);
  const size = Math.max(Math.abs(y), Math.abs(c.offset));
  if (size === 0) return 0;
  return Number(y.toFixed(Math.min(100, Math.max(0, digits - 1 - Math.floor(Math.log10(size))))));
}

const OFFERED_PREFIXES = ['', 'k', 'M', 'm', 'u'];
const MOST_OFFERED = 12;

/** Codes that a number in `unit` could be said in, for a refusal that names them; empty for what is no code. */
export function unitsLike(unit: string): string[] {
  const parsed = parseUnit(unit);
  if (parsed === null) return [];
  const key = dimensionKey(parsed);
  const found = new Set<string>();
  for (const code of [...candidates(), ...COMPOUND]) {
    const other = code === unit ? null : parseUnit(code);
    if (other !== null && dimensionKey(other) === key) found.add(code);
    if (found.size >= MOST_OFFERED) break;
  }
  return [...found];
}

function* candidates(): Generator<string> {
  for (const base of ['m', 's', 'g', 'rad', 'K', 'cd']) for (const p of OFFERED_PREFIXES) yield p + base;
  for (const [atom, { metric }] of Object.entries(ATOMS)) {
    for (const p of metric === true ? OFFERED_PREFIXES : ['']) if (p === '' || p in PREFIXES) yield p + atom;
  }
}

/** What machines are measured in besides. */
const COMPOUND = [
  ...['m/s', 'mm/s', 'km/h', 'm/min', '[in_i]/s', '[ft_i]/min', 'm/s2', 'mm/s2', '[g]', '[ft_i]/s2'],
  ...['r/min', 'r/s', '/min', '/s', 'Hz', 'rad/s', 'deg/s', 'l/min', 'm3/h', 'l/s', '[gal_us]/min', 'ml/min'],
  ...['kg/h', 'kg/s', 'g/s', 'kg/m3', 'g/l', 'N.m', 'kN.m', 'mN.m', 'kW.h', 'W.h', 'A.h', 'W/m2', 'Cel', '%'],
];
