import { badParameter } from '../http/refusal.ts';

/**
 * Where a page ended: the time of its last row, how many rows of that very time have been given, and where the range
 * of the first page ended, so that the pages of `from=-15m` are all of one range however long they take. What stands
 * before that can not come again, and what arrives later in its place in time is found by the next page.
 */
export interface Cursor {
  readonly atUs: number;
  readonly given: number;
  readonly toUs: number;
}

/** Opaque text, so that nobody builds on what is in it. */
export function encodeCursor({ atUs, given, toUs }: Cursor): string {
  return Buffer.from(`5 ${atUs} ${given} ${toUs}`).toString('base64url');
}

/** Refuses with 400 what {@link encodeCursor} has not made. */
export function decodeCursor(text: string): Cursor {
  const m = /^5 (-?\d{1,16}) (\d{1,9}) (-?\d{1,16})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const [atUs, given, toUs] = [Number(m?.[1]), Number(m?.[2]), Number(m?.[3])];
  if (m === null || !isTime(atUs) || !isTime(toUs)) throw notACursor();
  return { atUs, given, toUs };
}

/** Times that a number of µs holds exactly, as in the ranges of requests. */
export const isTime = (us: unknown): us is number =>
  Number.isSafeInteger(us) && Math.abs(us as number) <= 9e15;

export const notACursor = (): Error => badParameter('cursor', 'this is not a cursor of this request');

/** The page's rows and where the next one goes on, from one row more than asked for. */
export function pageOf<T>(
  rows: readonly T[],
  limit: number,
  timeOf: (row: T) => number,
  from: Cursor | null,
  toUs: number,
): { rows: readonly T[]; next: Cursor | null } {
  if (rows.length <= limit) return { rows, next: null };
  const page = rows.slice(0, limit);
  const atUs = timeOf(page[limit - 1]!);
  let given = 0;
  while (given < limit && timeOf(page[limit - 1 - given]!) === atUs) given++;
  // the whole page stands at the time where the one before ended
  if (from !== null && from.atUs === atUs) given += from.given;
  return { rows: page, next: { atUs, given, toUs } };
}
