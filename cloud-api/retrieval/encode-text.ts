import { qualityClass, qualityReason } from '@loadcycle/contract';
import type { SampleBlock } from './blocks.ts';

/** Rows that are made into text at once. */
export const TEXT_ROWS = 2_048;
/** The longest row: its fixed parts, a time, a double with its sign and exponent. */
const ROW_BYTES = 192;

/**
 * Bytes are written one by one into one scratch buffer and copied out at the end: strings are made only for values
 * with many digits, so that a day of samples leaves little for the garbage collector.
 */
const scratch = new Uint8Array(TEXT_ROWS * ROW_BYTES);
let end = 0;

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

function put(bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) scratch[end++] = bytes[i]!;
}

/** `2026-11-24T10:00:00.` of the second that was written last */
let second = Number.NaN;
const head = new Uint8Array(20);

function putTime(us: number): void {
  const s = Math.floor(us / 1e6);
  if (s !== second) {
    second = s;
    head.set(latin1(new Date(s * 1000).toISOString().slice(0, 20)));
  }
  put(head);
  putDigits(us - s * 1e6, 6);
  scratch[end++] = 90;
}

const POWERS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
/** A decimal of so many digits is the shortest that a double has, so it is what String() would give. */
const EXACT = 1e15;
/** decimals of the value that was written last: the next one has as many, as a rule */
let decimals = 3;
/** values in a row that had too many digits: then only every 16th is tried */
let misses = 0;

/** With its sign, and so that no reader takes it for an integer, which has no such zero. */
const MINUS_ZERO = latin1('-0.0');

/**
 * As String(v), for finite numbers, but for -0. What has few decimals is written digit by digit: each string that String() makes
 * stays in the engine's cache until it is old, and a day of samples fills the heap with them.
 */
function putNumber(v: number): void {
  const size = Math.abs(v);
  if (size < 1e9) {
    const whole = size | 0;
    if (whole === size) {
      if (v === 0 && 1 / v < 0) {
        put(MINUS_ZERO);
        return;
      }
      if (v < 0) scratch[end++] = 45;
      putDigits(whole, 1);
      return;
    }
    const tried = misses < 16 || misses % 16 === 0;
    for (let k = tried ? decimals : POWERS.length; k < POWERS.length; k++) {
      const m = Math.round(size * POWERS[k]!);
      if (m >= EXACT) break;
      if (m / POWERS[k]! !== size) continue;
      if (size < 1e-6 && size > 0) break; // with an exponent
      decimals = k;
      misses = 0;
      if (v < 0) scratch[end++] = 45;
      putDecimal(m, k);
      return;
    }
    decimals = 0;
    misses++;
  }
  const text = String(v);
  for (let i = 0; i < text.length; i++) scratch[end++] = text.charCodeAt(i);
}

/** m / 10^k, an integer below 2^53, without zeros at its end. */
function putDecimal(m: number, k: number): void {
  const power = POWERS[k]!;
  const whole = Math.floor(m / power);
  putDigits(whole, 1);
  let rest = m - whole * power;
  if (rest === 0) return;
  while (rest % 10 === 0) {
    rest /= 10;
    k--;
  }
  scratch[end++] = 46;
  putDigits(rest, k);
}

/** An integer below 10^9 with zeros before it up to `least` digits. */
function putDigits(n: number, least: number): void {
  let count = least;
  while (count < POWERS.length && n >= POWERS[count]!) count++;
  end += count;
  let at = end;
  let rest = n | 0;
  for (let i = 0; i < count; i++) {
    const q = (rest / 10) | 0;
    scratch[--at] = 48 + rest - q * 10;
    rest = q;
  }
}

const NDJSON = {
  open: latin1('{"t":"'),
  middle: latin1('","value":'),
  none: latin1('null'),
  close: latin1('}\n'),
};
const COMMA = latin1(',');
const NEWLINE = latin1('\n');

/** What stands after the value, by quality code. */
const NDJSON_TAILS = Array.from({ length: 256 }, (_, code) => {
  const name = qualityClass(code);
  const reason = name === 'good' ? null : qualityReason(code);
  return latin1(`,"quality":"${name}"${reason === null ? '' : `,"reason":"${reason}"`}}\n`);
});
const CSV_TAILS = Array.from({ length: 256 }, (_, code) => {
  const name = qualityClass(code);
  return latin1(`,${name},${name === 'good' ? '' : (qualityReason(code) ?? '')}\n`);
});

/** One JSON object a line, with the fields of the JSON answer's samples. At most {@link TEXT_ROWS} rows. */
export function ndjsonOf({ atUs, value, quality, count }: SampleBlock): Uint8Array {
  end = 0;
  for (let i = 0; i < count; i++) {
    put(NDJSON.open);
    putTime(atUs[i]!);
    put(NDJSON.middle);
    if (Number.isNaN(value[i]!)) put(NDJSON.none);
    else putNumber(value[i]!);
    put(quality === null ? NDJSON.close : NDJSON_TAILS[quality[i]!]!);
  }
  return scratch.slice(0, end);
}

export const csvHead = (qualities: boolean): Uint8Array =>
  latin1(qualities ? 't,value,quality,reason\n' : 't,value\n');

/** RFC 4180 with LF; an empty value where the sensor gave none. At most {@link TEXT_ROWS} rows. */
export function csvOf({ atUs, value, quality, count }: SampleBlock): Uint8Array {
  end = 0;
  for (let i = 0; i < count; i++) {
    putTime(atUs[i]!);
    put(COMMA);
    if (!Number.isNaN(value[i]!)) putNumber(value[i]!);
    put(quality === null ? NEWLINE : CSV_TAILS[quality[i]!]!);
  }
  return scratch.slice(0, end);
}
