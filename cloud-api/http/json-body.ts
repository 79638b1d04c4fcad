import { Refusal } from './refusal.ts';

/** How much JSON may hold. Counted in its bytes, before anything is made of them. */
export interface JsonLimits {
  /** members of objects, elements of arrays and the containers themselves */
  readonly values: number;
  /** members of all objects together */
  readonly members: number;
  /** strings, the names of members included */
  readonly strings: number;
}

/** For what is read on the event loop: parsed and checked in a few tens of milliseconds, whatever it holds. */
export const SMALL: JsonLimits = { values: 50_000, members: 20_000, strings: 50_000 };

/** Deeper than anything here is meant to be; what walks a value by recursion can rely on it. */
const MAX_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * What is too much in a JSON text, by one pass over its bytes; null: nothing. It may be no JSON at all: that is for
 * the parser to say.
 */
export function excessOf(bytes: Uint8Array, limits: JsonLimits): string | null {
  let [values, members, strings, depth] = [0, 0, 0, 0];
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
      continue;
    }
    switch (byte) {
      case QUOTE:
        inString = true;
        if (++strings > limits.strings) return `more than ${limits.strings} texts and names`;
        break;
      case 0x2c: // ,
        if (++values > limits.values) return `more than ${limits.values} values`;
        break;
      case 0x3a: // :
        if (++members > limits.members) return `more than ${limits.members} fields`;
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++values > limits.values) return `more than ${limits.values} values`;
        if (++depth > MAX_DEPTH) return `nested deeper than ${MAX_DEPTH}`;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
    }
  }
  return null;
}

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/** Looks for text that the store can not keep; null: there is none. By levels: what is deep needs no stack. */
function unstorable(value: unknown): string | null {
  let level = [value];
  while (level.length > 0) {
    const next: unknown[] = [];
    for (const v of level) {
      if (typeof v === 'string' && !isStorable(v)) return 'text holds U+0000 or half a surrogate pair';
      if (typeof v !== 'object' || v === null) continue;
      if (!Array.isArray(v) && !Object.keys(v).every(isStorable))
        return 'a name holds U+0000 or half a surrogate pair';
      for (const inner of Array.isArray(v) ? v : Object.values(v)) {
        if (typeof inner === 'string' || (typeof inner === 'object' && inner !== null)) next.push(inner);
      }
    }
    level = next;
  }
  return null;
}

/** Refuses with 400 what is not UTF-8. */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Refusal('request.invalid', 'the body is not UTF-8', { cause });
  }
}

const unusable = (fault: string): Refusal =>
  new Refusal('request.unprocessable', `the body can not be used: ${fault}`);

/**
 * JSON text as a value. Refuses with 400 (not UTF-8, not JSON) and 422 (too much of it, nested too deep, text that
 * nothing can keep unless `anyText`).
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits, anyText = false): unknown {
  const excess = excessOf(bytes, limits);
  if (excess !== null) throw unusable(excess);
  const text = textOf(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Refusal('request.invalid', `the body is not JSON: ${(cause as Error).message}`, { cause });
  }
  const fault = anyText ? null : unstorable(value);
  if (fault !== null) throw unusable(fault);
  return value;
}
