import type { Database } from '@loadcycle/database/port';
import type { TopicPartition } from '@loadcycle/event-log/port';
import type { Catalogue } from '../work/catalogue.ts';
import type { Outgoing, OutgoingRecord } from '../work/outgoing.ts';
import { anomalyRecord } from './book.ts';
import { sweepSilence } from './rows.ts';

/** Measurement time between two looks. */
const EVERY_US = 5_000_000;

export interface SilenceParts {
  readonly database: Database;
  readonly catalogue: Catalogue;
  readonly outgoing: Outgoing;
}

/**
 * Looks for signals that have fallen silent, whenever the newest sample has moved on far enough: time is that of
 * measurement, so where nothing at all comes, nothing is found (that the devices' own statuses say).
 */
export class SilenceWatch {
  readonly #p: SilenceParts;
  #newestUs = 0;
  #lookedUs = 0;
  #at: TopicPartition | null = null;

  constructor(parts: SilenceParts) {
    this.#p = parts;
  }

  /** A sample of this time has been cut, from this partition. */
  note(us: number, at: TopicPartition): void {
    this.#newestUs = Math.max(this.#newestUs, us);
    this.#at = at;
  }

  /** Between two groups. */
  async step(): Promise<void> {
    const at = this.#at;
    if (at === null || this.#newestUs - this.#lookedUs < EVERY_US) return;
    const { database, catalogue, outgoing } = this.#p;
    await outgoing.flush();
    let records: OutgoingRecord[] = [];
    await database.transaction(
      async (tx) => {
        const found = await sweepSilence(tx);
        records = found.flatMap(({ signalId, sinceUs, untilUs, value, expected }) => {
          const path = catalogue.byId(signalId)?.path;
          if (path === undefined) return [];
          const rest = { metric: null, score: null, sinceUs, untilUs, value, expected };
          return [anomalyRecord(path, { kind: 'no-data', ...rest })];
        });
        await outgoing.write(tx, at, records);
      },
      { priority: 'write' },
    );
    this.#lookedUs = this.#newestUs;
    outgoing.send(records);
  }
}
