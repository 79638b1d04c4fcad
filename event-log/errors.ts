import { LoadcycleError, type Logger } from '@loadcycle/contract';
import type { Position } from './port.ts';

export const logClosed = (): LoadcycleError => new LoadcycleError('log.closed', 'the event log is closed');
export const consumerClosed = (): LoadcycleError =>
  new LoadcycleError('log.closed', 'the consumer is closed');

export function unknownTopic(topic: string): LoadcycleError {
  return new LoadcycleError('log.unavailable', `the event log has no topic ${topic}`, {
    hint: 'it is made by the first service that starts with it',
  });
}

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
