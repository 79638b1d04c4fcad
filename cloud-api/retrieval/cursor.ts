import { badParameter } from '../http/refusal.ts';

/**
 * Where a page ended: the time of its last row, and how many rows of that very time have been given. What stands
 * before that can not come again, and what arrives later in its place in time is found by the next page.
 */
export interface Cursor {
  readonly atUs: number;
  readonly given: number;
}

/** Opaque text, so that nobody builds on what is in it. */
export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(`1 ${cursor.atUs} ${cursor.given}`).toString('base64url');
}

/** Refuses with 400 what {@link encodeCursor} has not made. */
export function decodeCursor(text: string): Cursor {
  const m = /^1 (-?\d{1,16}) (\d{1,9})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const [atUs, given] = [Number(m?.[1]), Number(m?.[2])];
  if (m === null || !Number.isSafeInteger(atUs))
    throw badParameter('cursor', 'this is not a cursor of this API');
  return { atUs, given };
}

/** The page's rows and where the next one goes on, from one row more than asked for. */
export function pageOf<T>(
  rows: readonly T[],
  limit: number,
  timeOf: (row: T) => number,
  from: Cursor | null,
): { rows: readonly T[]; next: Cursor | null } {
  if (rows.length <= limit) return { rows, next: null };
  const page = rows.slice(0, limit);
  const atUs = timeOf(page[limit - 1]!);
  let given = 0;
  while (given < limit && timeOf(page[limit - 1 - given]!) === atUs) given++;
  // the whole page stands at the time where the one before ended
  if (from !== null && from.atUs === atUs) given += from.given;
  return { rows: page, next: { atUs, given } };
}
