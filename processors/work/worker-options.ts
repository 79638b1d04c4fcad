import type { Logger } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import type { EventLog } from '@loadcycle/event-log/port';
import type { Health, Registry } from '@loadcycle/service';

/** What each worker of this room is started with. */
export interface WorkerOptions<S> {
  readonly eventLog: EventLog;
  readonly database: Database;
  readonly health: Health;
  readonly log: Logger;
  readonly registry?: Registry;
  /** those that are left out have their defaults */
  readonly settings?: Partial<S>;
}
