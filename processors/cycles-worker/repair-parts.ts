import type { DecodeContext } from '@loadcycle/codecs';
import type { Logger } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import type { EventLog, TopicPartition } from '@loadcycle/event-log/port';
import type { AnomalyBook } from '../anomalies/book.ts';
import type { Catalogue } from '../work/catalogue.ts';
import type { Outgoing } from '../work/outgoing.ts';
import type { CyclesSettings } from './settings.ts';
import type { StateStore } from './state-store.ts';
import type { CyclesCounters } from './stats.ts';

/** What a re-cut works with. */
export interface RepairParts {
  readonly database: Database;
  readonly eventLog: EventLog;
  readonly catalogue: Catalogue;
  readonly states: StateStore;
  readonly outgoing: Outgoing;
  readonly anomalies: AnomalyBook;
  readonly settings: CyclesSettings;
  readonly context: DecodeContext;
  readonly counters: CyclesCounters;
  readonly log: Logger;
  /** where this member stands in a partition; null where it has none of it */
  readonly position: (at: TopicPartition) => number | null;
}

/** Of one slice: nothing to do, it has to wait for landing, more slices follow, all is done. */
export type Outcome = 'nothing' | 'waits' | 'more' | 'done';
