import { ATOMS, type Atom, BASE_UNITS, PREFIXES } from './ucum-atoms.ts';

/** What a unit code measures. Never used to convert samples: a message in another unit is refused. */
export interface Unit {
  /** exponents of m, s, g, rad, K, C, cd */
  readonly dimension: readonly number[];
  /** in base units: value × factor + offset */
  readonly factor: number;
  /** not 0 only for temperatures that do not begin at absolute zero */
  readonly offset: number;
}

const ONE: Unit = { dimension: BASE_UNITS.map(() => 0), factor: 1, offset: 0 };
const cache = new Map<string, Unit | null>();

/**
 * Reads a UCUM code: units with prefixes and exponents, joined by `.` and `/`, grouped by parentheses, with
 * annotations in braces. Null where it is no such code, or has a unit that is not in `ucum-atoms.ts`.
 */
export function parseUnit(code: string): Unit | null {
  let unit = cache.get(code);
  if (unit === undefined) {
    unit = new Reader(code).whole();
    if (cache.size >= 10_000) cache.clear();
    cache.set(code, unit);
  }
  return unit;
}

/** Do two units measure the same kind of thing, so that a value in one could be said in the other? */
export function sameDimension(a: string, b: string): boolean {
  const [ua, ub] = [parseUnit(a), parseUnit(b)];
  return ua !== null && ub !== null && dimensionKey(ua) === dimensionKey(ub);
}

/** `[0,-1,…]` as a text to compare by */
export const dimensionKey = (unit: Unit): string => unit.dimension.join();

function combine(a: Unit, b: Unit, power: number): Unit {
  return {
    dimension: a.dimension.map((e, i) => e + power * b.dimension[i]!),
    factor: a.factor * b.factor ** power,
    offset: 0,
  };
}

class Reader {
  readonly #code: string;
  #at = 0;

  constructor(code: string) {
    this.#code = code;
  }

  whole(): Unit | null {
    if (!/^[!-~]+$/.test(this.#code)) return null;
    const unit = this.#term();
    return this.#at === this.#code.length ? unit : null;
  }

  /** [`/`] component {(`.` | `/`) component} */
  #term(): Unit | null {
    const inverse = this.#take('/');
    let unit = this.#component();
    if (unit === null) return null;
    if (inverse) unit = combine(ONE, unit, -1);
    for (;;) {
      const power = this.#take('.') ? 1 : this.#take('/') ? -1 : 0;
      if (power === 0) return unit;
      const next = this.#component();
      if (next === null) return null;
      unit = combine(unit, next, power);
    }
  }

  #component(): Unit | null {
    if (this.#take('(')) {
      if (this.#at > 64) return null; // nobody nests so deep
      const unit = this.#term();
      return this.#take(')') ? unit : null;
    }
    if (this.#code[this.#at] === '{') return this.#annotation() ? ONE : null;
    const number = this.#match(/[1-9][0-9]*(?![0-9*^])/y);
    if (number !== null && number.length <= 15) return { ...ONE, factor: Number(number) };
    const name = this.#match(/(?:10[*^]|(?:[A-Za-z%']|\[[^[\]]*\])+)/y);
    if (name === null) return null;
    const base = resolve(name);
    if (base === null) return null;
    const exponent = this.#match(/[+-]?[0-9]{1,2}/y);
    if (this.#code[this.#at] === '{' && !this.#annotation()) return null;
    return exponent === null ? base : combine(ONE, base, Number(exponent));
  }

  #annotation(): boolean {
    return this.#match(/\{[!-z|~]*\}/y) !== null;
  }

  #take(char: string): boolean {
    if (this.#code[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#code)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }
}

/** A unit alone, or one with a prefix. */
function resolve(name: string): Unit | null {
  const whole = atomUnit(name);
  if (whole !== null) return whole;
  for (const length of [2, 1]) {
    const scale = PREFIXES[name.slice(0, length)];
    const atom = name.slice(length);
    if (scale === undefined || name.length <= length) continue;
    if (!isBase(atom) && ATOMS[atom]?.metric !== true) continue;
    const unit = atomUnit(atom);
    if (unit !== null) return { ...unit, factor: unit.factor * scale };
  }
  return null;
}

const isBase = (name: string): boolean => (BASE_UNITS as readonly string[]).includes(name);

function atomUnit(name: string): Unit | null {
  if (isBase(name)) return { ...ONE, dimension: BASE_UNITS.map((b) => (b === name ? 1 : 0)) };
  const atom: Atom | undefined = Object.hasOwn(ATOMS, name) ? ATOMS[name] : undefined;
  if (atom === undefined) return null;
  const of = parseUnit(atom.of)!;
  return { dimension: of.dimension, factor: atom.factor * of.factor, offset: atom.offset ?? 0 };
}
