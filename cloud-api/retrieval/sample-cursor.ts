import type { SampleBlock } from './blocks.ts';
import { isTime, notACursor } from './cursor.ts';
import { timeLiteral } from './literal.ts';

/**
 * Where a page of samples ended: its last row, how many rows just like it have been given (a time may have several),
 * and where the first page's range ended. A row that comes in before it, even at the very same time, shifts nothing.
 */
export interface SampleCursor {
  readonly atUs: number;
  readonly quality: number;
  readonly value: number | null;
  readonly given: number;
  readonly toUs: number;
}

export const encodeSampleCursor = (c: SampleCursor): string =>
  Buffer.from(JSON.stringify([6, c.atUs, c.quality, c.value, c.given, c.toUs])).toString('base64url');

/** Refuses with 400 what {@link encodeSampleCursor} has not made. */
export function decodeSampleCursor(text: string): SampleCursor {
  try {
    const [version, atUs, quality, value, given, toUs] = JSON.parse(
      Buffer.from(text, 'base64url').toString('utf8'),
    );
    const ok =
      version === 6 &&
      isTime(atUs) &&
      isTime(toUs) &&
      Number.isInteger(quality) &&
      quality >= 0 &&
      quality <= 255 &&
      (value === null || (typeof value === 'number' && Number.isFinite(value))) &&
      Number.isInteger(given) &&
      given >= 0 &&
      given <= 1e9;
    if (ok) return { atUs, quality, value, given, toUs };
  } catch {
    // refused below
  }
  throw notACursor();
}

interface Row {
  readonly atUs: number;
  readonly quality: number;
  readonly value: number | null;
}

const alike = (a: Row, b: Row): boolean =>
  a.atUs === b.atUs && a.quality === b.quality && a.value === b.value;

/** Where the next page goes on, from one row more than the page has; null: there is none. */
export function nextOf(
  rows: readonly Row[],
  limit: number,
  from: SampleCursor | null,
  toUs: number,
): SampleCursor | null {
  if (rows.length <= limit) return null;
  const last = rows[limit - 1]!;
  let given = 1;
  while (given < limit && alike(rows[limit - 1 - given]!, last)) given++;
  if (given === limit && from !== null && alike(from, last)) given += from.given;
  const { atUs, quality, value } = last;
  return { atUs, quality, value, given, toUs };
}

/** SQL condition on `ts`, `quality` and `value`: rows like the cursor's, and those behind them. */
export function behind(cursor: SampleCursor, params: number[]): string {
  const quality = `$${params.push(cursor.quality)}::int`;
  const value =
    cursor.value === null
      ? 'value IS NULL'
      : `(value >= $${params.push(cursor.value)}::float8 OR value IS NULL)`;
  return `(ts > ${timeLiteral(cursor.atUs)} OR quality > ${quality} OR (quality = ${quality} AND ${value}))`;
}

/** The same in a block whose first rows are those of the cursor's time, in their order: the first row to give. */
export function startOf({ atUs, quality, value, count }: SampleBlock, cursor: SampleCursor | null): number {
  if (cursor === null) return 0;
  const key = cursor.value ?? Number.POSITIVE_INFINITY;
  let given = cursor.given;
  for (let i = 0; i < count; i++) {
    if (atUs[i] !== cursor.atUs) return i;
    const v = Number.isNaN(value[i]!) ? Number.POSITIVE_INFINITY : value[i]!;
    const before = quality![i]! < cursor.quality || (quality![i] === cursor.quality && v < key);
    if (before) continue;
    const like = quality![i] === cursor.quality && v === key;
    if (!like || given === 0) return i;
    given--;
  }
  return count;
}
