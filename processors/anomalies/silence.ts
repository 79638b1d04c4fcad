import type { EventLog, PartitionEnds } from '@loadcycle/event-log/port';
import type { Catalogue } from '../work/catalogue.ts';
import { partitionKey } from '../work/offsets.ts';
import type { OutgoingRecord } from '../work/outgoing.ts';
import { holdPartition, type PartitionParts } from './in-partition.ts';
import { anomalyRecord } from './record.ts';
import { type Look, NO_DATA, type SilenceFound, sweepSilence } from './rows.ts';

/** Between two looks. */
const EVERY_MS = 5_000;
/** What the bridge had so long ago may still be on its way into the log. */
const ON_ITS_WAY_US = 5_000_000;

export interface SilenceParts extends PartitionParts {
  readonly eventLog: EventLog;
  readonly catalogue: Catalogue;
}

/**
 * Looks for signals that have fallen silent, each by its own period and by the cloud's clock. The clock counts only
 * once all that was in the signal's partition at that moment has been read: while this worker is behind, a signal is not
 * silent, it has not been listened to.
 */
export class SilenceWatch {
  readonly #p: SilenceParts;
  readonly #topics: readonly string[];
  #ends: readonly PartitionEnds[] = [];
  #askedAt = Number.NEGATIVE_INFINITY;
  #atUs = 0;

  constructor(parts: SilenceParts, topics: readonly string[]) {
    this.#p = parts;
    this.#topics = topics;
  }

  /** Between two groups. */
  async step(): Promise<void> {
    const { eventLog, position } = this.#p;
    if (performance.now() - this.#askedAt >= EVERY_MS) {
      this.#askedAt = performance.now();
      this.#atUs = Date.now() * 1000 - ON_ITS_WAY_US;
      // a log that is away says so elsewhere
      this.#ends = await eventLog.ends(this.#topics).catch(() => []);
    }
    const read = this.#ends.filter((e) => (position(e) ?? -1) >= e.end);
    if (read.length === 0) return;
    this.#ends = this.#ends.filter((e) => !read.includes(e));
    await this.#look(read.map(({ topic, partition }) => ({ topic, partition, atUs: this.#atUs })));
  }

  async #look(looks: readonly Look[]): Promise<void> {
    const { database, outgoing, catalogue, position } = this.#p;
    await outgoing.flush();
    let records: OutgoingRecord[] = [];
    await database.transaction(
      async (tx) => {
        records = [];
        const found = await sweepSilence(tx, looks);
        for (const its of Map.groupBy(found, partitionKey).values()) {
          const { topic, partition } = its[0]!;
          const at = { topic, partition };
          await holdPartition(tx, at, position);
          const told = its.flatMap((f) => silenceRecord(f, catalogue) ?? []);
          await outgoing.write(tx, at, told);
          records.push(...told);
        }
      },
      { priority: 'write' },
    );
    outgoing.send(records);
  }
}

/** Null for a signal that the catalogue in memory does not have yet. */
export function silenceRecord(found: SilenceFound, catalogue: Catalogue): OutgoingRecord | null {
  const known = catalogue.byId(found.signalId);
  if (known === undefined) return null;
  return anomalyRecord(known, { ...found, kind: NO_DATA, metric: null, score: null });
}
