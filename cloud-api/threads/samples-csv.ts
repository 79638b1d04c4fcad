import { parseTimeUs } from '@loadcycle/contract';
import { unprocessable } from '../http/check.ts';
import { textOf } from '../http/json-body.ts';
import { ANALYSIS_LIMITS } from './analysis-limits.ts';

/** Samples as the JSON body has them; it has `unit` and `settings` too, which CSV has not. */
export interface CsvSamples {
  readonly t0: number;
  readonly offsets: readonly number[];
  readonly values: readonly (number | null)[];
  readonly dt?: undefined;
  readonly unit?: undefined;
  readonly settings?: undefined;
  readonly includeOpen?: undefined;
}

/** A line that is longer holds no sample. */
const LONGEST_LINE = 256;

/** `t,value` lines: µs since the epoch or RFC 3339, and a number or nothing. Refuses with 422 at the first that is none. */
export function readCsv(bytes: Uint8Array): CsvSamples {
  const text = textOf(bytes);
  const times: number[] = [];
  const values: (number | null)[] = [];
  let line = 0;
  for (let at = 0; at < text.length; line++) {
    const end = text.indexOf('\n', at);
    const next = end < 0 ? text.length : end;
    const row = text.slice(at, Math.min(next, at + LONGEST_LINE + 1));
    at = next + 1;
    const trimmed = row.trim();
    if (line > 2 * ANALYSIS_LIMITS.samples) throw unprocessable('', 'too many empty lines');
    if (trimmed === '' || (times.length === 0 && /^"?[a-z]/i.test(trimmed))) continue;
    if (times.length === ANALYSIS_LIMITS.samples)
      throw unprocessable('', `more than ${ANALYSIS_LIMITS.samples} samples`);
    const [us, value] = sampleOf(row, `/${line}`);
    times.push(us);
    values.push(value);
  }
  if (times.length === 0) throw unprocessable('', 'no lines of t,value');
  const t0 = times[0]!;
  for (let i = 0; i < times.length; i++) times[i] = times[i]! - t0;
  return { t0, offsets: times, values };
}

function sampleOf(row: string, pointer: string): [us: number, value: number | null] {
  const [t = '', v, ...rest] = row.split(/[,;\t]/).map((s) => s.trim());
  const number = v === '' ? null : Number(v);
  const wrong =
    row.length > LONGEST_LINE ||
    v === undefined ||
    rest.length > 2 ||
    (number !== null && !Number.isFinite(number));
  if (wrong) throw unprocessable(pointer, 'not t,value');
  if (/^\d{1,16}$/.test(t)) return [Number(t), number];
  try {
    return [parseTimeUs(t), number];
  } catch {
    throw unprocessable(pointer, 'no date and time');
  }
}
