import { BATCH_LIMITS, type Batch, MAX_TIME_US } from '@loadcycle/contract';
import { asciiSlice, numbersRead, readNumbers } from './numbers.ts';

/**
 * The common road of the JSON batch: one pass over the bytes, fields in any order, white space allowed.
 * Returns null wherever something is unusual or wrong; whatever it does return, the slow road
 * (`strict.ts`) returns too, bit for bit: that is a property test.
 */
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

const SESSION = { bit: 1, bytes: bytesOf('session"') };
const SEQ = { bit: 2, bytes: bytesOf('seq"') };
const UNIT = { bit: 4, bytes: bytesOf('unit"') };
const T0 = { bit: 8, bytes: bytesOf('t0"') };
const DT = { bit: 16, bytes: bytesOf('dt"') };
const OFFSETS = { bit: 32, bytes: bytesOf('offsets"') };
const VALUES = { bit: 64, bytes: bytesOf('values"') };
type Field = typeof SESSION;

const REQUIRED = SESSION.bit | SEQ.bit | UNIT.bit | T0.bit | VALUES.bit;
const REGULAR = REQUIRED | DT.bit;
const IRREGULAR = REQUIRED | OFFSETS.bit;

// reused from message to message: decoding is synchronous
const values = new Float64Array(BATCH_LIMITS.values);
const offsets = new Float64Array(BATCH_LIMITS.values);

function fieldAt(bytes: Uint8Array, at: number): Field | null {
  let field: Field;
  switch (bytes[at]) {
    case 115: // s
      field = bytes[at + 2] === 113 ? SEQ : SESSION;
      break;
    case 117: // u
      field = UNIT;
      break;
    case 116: // t
      field = T0;
      break;
    case 100: // d
      field = DT;
      break;
    case 111: // o
      field = OFFSETS;
      break;
    case 118: // v
      field = VALUES;
      break;
    default:
      return null;
  }
  const name = field.bytes;
  for (let i = 1; i < name.length; i++) if (bytes[at + i] !== name[i]) return null;
  return field;
}

function space(bytes: Uint8Array, at: number): number {
  let c = bytes[at];
  while (c === 32 || c === 10 || c === 13 || c === 9) c = bytes[++at];
  return at;
}

/** Position behind a plain non-negative integer (its value in `integer`), or -1. */
let integer = 0;
function readInteger(bytes: Uint8Array, at: number): number {
  let c = bytes[at]!;
  const first = at;
  let n = 0;
  while (c >= 48 && c <= 57) {
    n = n * 10 + (c - 48);
    c = bytes[++at]!;
  }
  const digits = at - first;
  if (digits === 0 || n > Number.MAX_SAFE_INTEGER || (digits > 1 && bytes[first] === 48)) return -1;
  if (c === 46 || c === 101 || c === 69) return -1;
  integer = n;
  return at;
}

/** `"` + 36 characters of a lower-case UUID + `"` */
function isUuid(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== 34 || bytes[at + 37] !== 34) return false;
  for (let i = 1; i <= 36; i++) {
    const c = bytes[at + i]!;
    if (i === 9 || i === 14 || i === 19 || i === 24) {
      if (c !== 45) return false;
    } else if (!((c >= 48 && c <= 57) || (c >= 97 && c <= 102))) return false;
  }
  return true;
}

export function decodeFast(bytes: Uint8Array): Batch | null {
  let at = space(bytes, 0);
  if (bytes[at] !== 123) return null;
  let seen = 0;
  let session = '';
  let seq = 0;
  let unit = '';
  let t0Us = 0;
  let dtUs = 0;
  let count = 0;
  let offsetCount = 0;
  for (;;) {
    at = space(bytes, at + 1);
    if (bytes[at] !== 34) return null;
    const field = fieldAt(bytes, at + 1);
    if (field === null || (seen & field.bit) !== 0) return null;
    seen |= field.bit;
    at = space(bytes, at + 1 + field.bytes.length);
    if (bytes[at] !== 58) return null;
    at = space(bytes, at + 1);
    if (field === VALUES || field === OFFSETS) {
      if (bytes[at] !== 91) return null;
      at = readNumbers(bytes, at + 1, field === VALUES ? values : offsets);
      if (at < 0) return null;
      if (field === VALUES) count = numbersRead;
      else offsetCount = numbersRead;
    } else if (field === SESSION) {
      if (!isUuid(bytes, at)) return null;
      session = asciiSlice(bytes, at + 1, at + 37);
      at += 38;
    } else if (field === UNIT) {
      if (bytes[at] !== 34) return null;
      const from = at + 1;
      let c = bytes[++at]!;
      while (c > 32 && c < 127 && c !== 34 && c !== 92) c = bytes[++at]!;
      if (c !== 34 || at === from || at - from > 32) return null;
      unit = asciiSlice(bytes, from, at);
      at++;
    } else {
      at = readInteger(bytes, at);
      if (at < 0) return null;
      if (field === SEQ) seq = integer;
      else if (field === T0) t0Us = integer;
      else dtUs = integer;
    }
    at = space(bytes, at);
    if (bytes[at] === 44) continue;
    if (bytes[at] !== 125) return null;
    break;
  }
  if (space(bytes, at + 1) !== bytes.length || t0Us > MAX_TIME_US) return null;
  if (seen === REGULAR) {
    if (dtUs < 1 || dtUs > BATCH_LIMITS.spanUs || (count - 1) * dtUs > BATCH_LIMITS.spanUs) return null;
    return { session, seq, unit, t0Us, dtUs, offsetsUs: null, values: values.slice(0, count) };
  }
  if (seen !== IRREGULAR || offsetCount !== count) return null;
  let before = -1;
  for (let i = 0; i < count; i++) {
    const o = offsets[i]!;
    if (!(o > before) || o > BATCH_LIMITS.spanUs || Math.floor(o) !== o) return null;
    before = o;
  }
  if (offsets[0] === 0) offsets[0] = 0; // -0 → 0
  return {
    session,
    seq,
    unit,
    t0Us,
    dtUs: null,
    offsetsUs: offsets.slice(0, count),
    values: values.slice(0, count),
  };
}
