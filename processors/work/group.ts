import { LoadcycleError } from '@loadcycle/contract';
import { sqlState } from '@loadcycle/database/errors';
import type { LogRecord } from '@loadcycle/event-log/port';
import { type Move, movesOf, partitionKey } from './offsets.ts';

/** Records that become one transaction. */
export interface Group<P> {
  readonly records: readonly LogRecord[];
  readonly moves: readonly Move[];
  readonly rejected: ReadonlyMap<LogRecord, LoadcycleError>;
  prepared: P | undefined;
}

export const NONE_REJECTED: ReadonlyMap<LogRecord, LoadcycleError> = new Map();

/**
 * What takes the place of a group whose data the store refused with `error`: its halves, and at last the one bad
 * record, to be quarantined.
 */
export function halved<P>({ records, moves, rejected }: Group<P>, error: Error): Group<P>[] {
  if (records.length === 1) {
    // quarantining it failed as well: then it is not this message's fault
    if (rejected.size > 0) throw new LoadcycleError('store.schema', error.message, { cause: error });
    const reason = new LoadcycleError('message.store-rejected', error.message, { cause: error });
    return [{ records, moves, rejected: new Map([[records[0]!, reason]]), prepared: undefined }];
  }
  const at = new Map(moves.map((m) => [partitionKey(m), m.expected]));
  const middle = records.length >>> 1;
  return [records.slice(0, middle), records.slice(middle)].map((part) => {
    const half = { records: part, moves: movesOf(part, at), rejected: NONE_REJECTED, prepared: undefined };
    for (const m of half.moves) at.set(partitionKey(m), m.next);
    return half;
  });
}

/** A value or a constraint that the store refuses: no retry will help. */
export function isDataError(error: unknown): boolean {
  const state = sqlState(error);
  return state !== null && (state.startsWith('22') || state === '23502' || state === '23514');
}
