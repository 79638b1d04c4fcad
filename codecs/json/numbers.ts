/**
 * A number array straight from the bytes of a JSON text. Three times as fast as `JSON.parse` and exact to the
 * last bit: a decimal of at most 2^53 − 1 over 10^k, k ≤ 22, is one correctly rounded division of two exact
 * doubles (Clinger 1990, "How to read floating point numbers accurately", the fast case); everything else goes
 * through `Number`. docs/decisions/0060 has the measurement.
 *
 * It accepts nothing that `JSON.parse` would not; where it meets anything unusual it returns -1 and the caller
 * takes the slow road, which also finds the words for what is wrong.
 */
const POW10 = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));

/** So many numbers of one array may take the detour through `Number`; beyond that `JSON.parse` is faster. */
const DETOURS = 8;

const latin1 = Buffer.prototype.latin1Slice as (this: Uint8Array, start: number, end: number) => string;

/** ASCII text of a part of the payload. */
export const asciiSlice = (bytes: Uint8Array, start: number, end: number): string =>
  latin1.call(bytes, start, end);

/** How many numbers the last {@link readNumbers} read. */
export let numbersRead = 0;

/**
 * Reads the elements of an array, `at` just behind its `[`. Writes them to `out` (NaN for null).
 * Returns the position behind `]`, or -1: unusual, malformed, empty, or more than fit.
 */
export function readNumbers(bytes: Uint8Array, at: number, out: Float64Array): number {
  const start = at;
  const room = out.length;
  let n = 0;
  let detours = 0;
  for (;;) {
    if (n === room) return -1;
    let c = bytes[at]!;
    while (c === 32 || c === 10 || c === 13 || c === 9) c = bytes[++at]!;
    const first = at;
    let negative = false;
    if (c === 45) {
      negative = true;
      c = bytes[++at]!;
    }
    if (c >= 48 && c <= 57) {
      let mantissa = c - 48;
      c = bytes[++at]!;
      if (mantissa === 0 && c >= 48 && c <= 57) return -1; // a leading zero is no JSON
      while (c >= 48 && c <= 57) {
        mantissa = mantissa * 10 + (c - 48);
        c = bytes[++at]!;
      }
      let fraction = 0;
      if (c === 46) {
        const dot = at;
        c = bytes[++at]!;
        while (c >= 48 && c <= 57) {
          mantissa = mantissa * 10 + (c - 48);
          c = bytes[++at]!;
        }
        fraction = at - dot - 1;
        if (fraction === 0) return -1;
      }
      // sums past 2^53 round, but never back below it: one comparison at the end is enough
      if (c === 101 || c === 69 || mantissa > Number.MAX_SAFE_INTEGER || fraction > 22) {
        if (++detours > DETOURS) return parseArray(bytes, start, out);
        if (c === 101 || c === 69) {
          c = bytes[++at]!;
          if (c === 43 || c === 45) c = bytes[++at]!;
          if (!(c >= 48 && c <= 57)) return -1;
          while (c >= 48 && c <= 57) c = bytes[++at]!;
        }
        const value = Number(asciiSlice(bytes, first, at));
        if (!Number.isFinite(value)) return -1;
        out[n++] = value;
      } else {
        const value = fraction === 0 ? mantissa : mantissa / POW10[fraction]!;
        out[n++] = negative ? -value : value;
      }
    } else if (c === 110 && bytes[at + 1] === 117 && bytes[at + 2] === 108 && bytes[at + 3] === 108) {
      if (negative) return -1;
      out[n++] = Number.NaN;
      c = bytes[(at += 4)]!;
    } else return -1;
    while (c === 32 || c === 10 || c === 13 || c === 9) c = bytes[++at]!;
    at++;
    if (c === 44) continue;
    if (c !== 93) return -1;
    numbersRead = n;
    return at;
  }
}

/** The same through `JSON.parse`, for arrays full of 17-digit numbers. */
function parseArray(bytes: Uint8Array, start: number, out: Float64Array): number {
  const end = bytes.indexOf(93, start);
  if (end < 0) return -1;
  let raw: unknown[];
  try {
    raw = JSON.parse(`[${asciiSlice(bytes, start, end)}]`);
  } catch {
    return -1;
  }
  if (raw.length > out.length) return -1;
  for (let i = 0; i < raw.length; i++) {
    const v = raw[i];
    if (typeof v === 'number' && Number.isFinite(v)) out[i] = v;
    else if (v === null) out[i] = Number.NaN;
    else return -1;
  }
  numbersRead = raw.length;
  return end + 1;
}
