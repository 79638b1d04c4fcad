import { LoadcycleError } from '@loadcycle/contract';
import type { LogRecord } from '@loadcycle/event-log/port';
import { type Move, movesOf, partitionKey } from './offsets.ts';

/** Records that become one transaction. */
export interface Group<P> {
  readonly records: readonly LogRecord[];
  readonly moves: readonly Move[];
  readonly rejected: ReadonlyMap<LogRecord, LoadcycleError>;
  prepared: P | undefined;
  /** what it failed with at its last try, where that may be the fault of one of its records */
  failure?: Error | undefined;
  /** part of a group that failed: it is tried with care */
  suspect?: boolean;
  /** its latest failure was the store's: it does not count */
  excused?: boolean;
  /** of its latest try, whether it was weighed since or not */
  lastError?: Error | undefined;
}

/** Most records of a group, whatever they hold: decoded and checked, one takes 2 to 3 KB, and two groups are in memory at once. */
export const GROUP_RECORDS = 10_000;
/** Most bytes of values of a group, whatever was learnt of how many go into a sample. */
export const GROUP_BYTES = 8 * 1024 * 1024;

export const NONE_REJECTED: ReadonlyMap<LogRecord, LoadcycleError> = new Map();

/** Those of the records that the log itself could not read. */
export function unreadable(records: readonly LogRecord[]): ReadonlyMap<LogRecord, LoadcycleError> {
  const found = records.flatMap((r) => (r.unreadable === undefined ? [] : [[r, r.unreadable] as const]));
  return found.length === 0 ? NONE_REJECTED : new Map(found);
}

/** A group in parts, each a transaction of its own; `parts` hold its records in their order. */
export function split<P>({ moves }: Group<P>, parts: readonly (readonly LogRecord[])[]): Group<P>[] {
  const at = new Map(moves.map((m) => [partitionKey(m), m.expected]));
  return parts.map((records) => {
    const part = { records, moves: movesOf(records, at), rejected: unreadable(records), prepared: undefined };
    for (const m of part.moves) at.set(partitionKey(m), m.next);
    return part;
  });
}

export function halves<P>(group: Group<P>): Group<P>[] {
  const { records } = group;
  const middle = records.length >>> 1;
  return split(group, [records.slice(0, middle), records.slice(middle)]);
}

/** The one record of a group, to be quarantined with this reason. */
export function quarantined<P>({ records, moves }: Group<P>, reason: LoadcycleError): Group<P> {
  return { records, moves, rejected: new Map([[records[0]!, reason]]), prepared: undefined, suspect: true };
}

/**
 * What takes the place of a group whose data the store refused with `error`: its halves, and at last the one bad
 * record, to be quarantined.
 */
export function withoutBadData<P>(group: Group<P>, error: Error): Group<P>[] {
  if (group.records.length > 1) return halves(group);
  // quarantining it failed as well: then it is not this message's fault
  if (group.rejected.size > 0) throw new LoadcycleError('store.schema', error.message, { cause: error });
  return [quarantined(group, new LoadcycleError('message.store-rejected', error.message, { cause: error }))];
}
