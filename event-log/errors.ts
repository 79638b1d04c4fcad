import { LoadcycleError, type Logger } from '@loadcycle/contract';
import type { Position } from './port.ts';

export const logClosed = (): LoadcycleError => new LoadcycleError('log.closed', 'the event log is closed');
export const consumerClosed = (): LoadcycleError =>
  new LoadcycleError('log.closed', 'the consumer is closed');

/** A topic that nobody has made yet, in a log that answers. */
export class UnknownTopic extends LoadcycleError {
  constructor(topic: string) {
    super('log.unavailable', `the event log has no topic ${topic}`, {
      hint: 'it is made by the first service that starts with it',
    });
  }
}

export const unknownTopic = (topic: string): LoadcycleError => new UnknownTopic(topic);

/** The caller's position lies beyond the end: this log is not the one that it was read from. */
export function beyondEnd(group: string, at: Position, end: number): LoadcycleError {
  return new LoadcycleError(
    'log.replaced',
    `${group} has read ${at.topic}/${at.partition} up to ${at.next}, but it ends at ${end}`,
    { hint: 'the log was replaced or has lost records: restore it, or rebuild the store from it' },
  );
}

/** Records between the position and `begin` are gone; whoever reads goes on at `begin`. */
export function tellGap(log: Logger, group: string, at: Position, begin: number): void {
  log.warn(
    { code: 'log.position-lost', group, ...at, begin },
    `${begin - at.next} records were removed by retention before ${group} had read them`,
  );
}

/** Nothing is acknowledged: what is open could not be written into the folder again. */
export function filesDeleted(folder: string, why: string): LoadcycleError {
  return new LoadcycleError(
    'log.files-deleted',
    `the files of the event log in ${folder} were deleted, and can't be put back: ${why}`,
    {
      hint: 'make the folder writable, and room in it; do not stop the process before it says that they are back',
    },
  );
}

/** A record batch that can't be unpacked within bounds; whoever reads goes on behind it. */
export function tellUnreadable(
  log: Logger,
  group: string,
  at: Position,
  to: number,
  { code, message }: LoadcycleError,
): void {
  log.error(
    { code, group, ...at, to },
    `${to - at.next} records can't be read by ${group} and are left out: ${message}; who wrote them must send them again, in smaller batches`,
  );
}

/** Why the records from `from` to before `to` are missing. */
export const unreadableRecords = (
  from: number,
  to: number,
  { code, message }: LoadcycleError,
): LoadcycleError =>
  new LoadcycleError(
    code,
    `${to - from} records, from offset ${from} to ${to - 1}, can't be read: ${message}`,
  );
