import { createHash } from 'node:crypto';
import { isName } from '@loadcycle/contract';

/**
 * A session for messages of devices that have none: a UUIDv8 (RFC 9562) made from what they sent, so that the
 * same message delivered again is the same batch. Parts are length-prefixed: ('ab', 'c') is not ('a', 'bc').
 */
export function sessionOf(...parts: (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    hash.update(`${bytes.length}:`).update(bytes);
  }
  const b = hash.digest().subarray(0, 16);
  b[6] = (b[6]! & 0x0f) | 0x80;
  b[8] = (b[8]! & 0x3f) | 0x80;
  const hex = b.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * A name of ours for a name of somebody else's: itself where it is legal; otherwise lower-case with `-` for
 * everything illegal and four digits of its hash, so that `Temp` and `temp` stay two signals.
 * `Motor/Speed` → `motor-speed-2c5b`.
 */
export function legalName(text: string): string {
  return isName(text) ? text : hashedName(text);
}

/**
 * As people would write it here, for where nothing else is called so: `Motor/Speed` and `MotorSpeed` → `motor-speed`. Itself
 * where it is legal, '' where nothing of it is.
 */
export function readableName(text: string): string {
  if (isName(text)) return text;
  const words = text.replace(/([a-z0-9])([A-Z])/g, '$1-$2').replace(/([A-Z])([A-Z][a-z])/g, '$1-$2');
  return plainName(words).slice(0, 64).replace(/-+$/, '');
}

const plainName = (text: string): string =>
  text
    .slice(0, 256)
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^-+|-+$/g, '');

/** The same, always with the digits: for a name that is legal and taken by something else. */
export function hashedName(text: string): string {
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 4);
  const readable = plainName(text).slice(0, 59);
  return readable === '' ? digest : `${readable}-${digest}`;
}
