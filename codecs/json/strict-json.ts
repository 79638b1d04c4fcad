import { BATCH_LIMITS, LoadcycleError } from '@loadcycle/contract';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Limits of a message's form; a deployment may narrow them. */
export interface FormLimits {
  readonly bytes: number;
  readonly depth: number;
}

/** RFC 6901: `~` and `/` of a name are escaped. Long names are cut: a pointer is for people and labels. */
export function pointerTo(parent: string, name: string | number): string {
  const text = String(name).slice(0, 64);
  return `${parent}/${text.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Throws `message.too-large`. */
export function checkSize(payload: Uint8Array, bytes: number = BATCH_LIMITS.bytes): void {
  if (payload.byteLength > bytes) {
    throw new LoadcycleError('message.too-large', `${payload.byteLength} bytes; the limit is ${bytes}`, {
      pointer: '',
    });
  }
}

/**
 * Payload → value, the strict way: size, UTF-8, depth, JSON, and no name twice in one object, which `JSON.parse`
 * would hide. Throws `message.too-large`, `message.not-utf8`, `message.too-deep`, `message.not-json`,
 * `message.duplicate-field`.
 */
export function readJson(payload: Uint8Array, limits: FormLimits = BATCH_LIMITS): unknown {
  checkSize(payload, limits.bytes);
  let text: string;
  try {
    text = utf8.decode(payload);
  } catch (cause) {
    throw new LoadcycleError('message.not-utf8', 'the payload is not UTF-8', { pointer: '', cause });
  }
  const duplicate = scan(text, limits.depth);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new LoadcycleError('message.not-json', `the payload is not JSON: ${why}`, { pointer: '', cause });
  }
  if (duplicate !== null) {
    throw new LoadcycleError('message.duplicate-field', 'the same field twice', { pointer: duplicate });
  }
  return value;
}

interface Level {
  /** names seen, null for an array */
  readonly names: Set<string> | null;
  readonly pointer: string;
  /** the name that the next value belongs to, or the index in an array */
  at: string | number;
}

/**
 * One pass over the text: throws `message.too-deep`; returns a pointer to the first name that stands twice in
 * its object. Text that is no JSON gives any answer: `JSON.parse` comes after it.
 */
function scan(text: string, depth: number): string | null {
  const stack: Level[] = [];
  let duplicate: string | null = null;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 34) {
      const from = i++;
      while (i < text.length && text.charCodeAt(i) !== 34) i += text.charCodeAt(i) === 92 ? 2 : 1;
      const level = stack.at(-1);
      if (level?.names == null || !isName(text, i + 1)) continue;
      const name = unquote(text.slice(from, i + 1));
      if (level.names.has(name)) duplicate ??= pointerTo(level.pointer, name);
      level.names.add(name);
      level.at = name;
    } else if (c === 123 || c === 91) {
      const parent = stack.at(-1);
      const pointer = parent === undefined ? '' : pointerTo(parent.pointer, parent.at);
      if (stack.length === depth) {
        throw new LoadcycleError('message.too-deep', `nested deeper than ${depth}`, { pointer });
      }
      stack.push({ names: c === 123 ? new Set() : null, pointer, at: 0 });
    } else if (c === 125 || c === 93) stack.pop();
    else if (c === 44) {
      const level = stack.at(-1);
      if (level?.names === null) level.at = (level.at as number) + 1;
    }
  }
  return duplicate;
}

function isName(text: string, at: number): boolean {
  while (at < text.length && text.charCodeAt(at) <= 32) at++;
  return text.charCodeAt(at) === 58;
}

function unquote(literal: string): string {
  try {
    return JSON.parse(literal);
  } catch {
    return literal;
  }
}
