import { qualityClass, qualityReason } from '@loadcycle/contract';
import type { SampleBlock } from './blocks.ts';

/** Rows that are made into text at once. */
export const TEXT_ROWS = 2_048;
/** The longest row: its fixed parts, a time, a double with its sign and exponent. */
const ROW_BYTES = 192;

/**
 * Bytes are written one by one into one scratch buffer and copied out at the end: no string is made but that of each
 * value, so that a day of samples leaves little for the garbage collector.
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
  let rest = us - s * 1e6;
  for (let digit = 100_000; digit >= 1; digit /= 10) {
    const d = Math.floor(rest / digit);
    scratch[end++] = 48 + d;
    rest -= d * digit;
  }
  scratch[end++] = 90;
}

function putNumber(v: number): void {
  const text = String(v);
  for (let i = 0; i < text.length; i++) scratch[end++] = text.charCodeAt(i);
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
