import type { Logger } from '@loadcycle/contract';
import type { Queryable } from '@loadcycle/database/port';
import type { EventLog, NewRecord, TopicPartition } from '@loadcycle/event-log/port';

export interface OutgoingRecord {
  readonly topic: string;
  readonly key: string;
  readonly value: unknown;
}

/**
 * What a consumer tells the log of its committed work, at least once and in order. The records of one group stand in
 * the store, written in its transaction, until the next group of that partition overwrites them: `flush` must have
 * resolved before that one commits. After a crash, or when a partition changes hands, `resume` tells them again.
 */
export class Outgoing {
  readonly #eventLog: EventLog;
  readonly #consumer: string;
  readonly #log: Logger;
  #waiting: NewRecord[] = [];
  #sending: Promise<void> | null = null;

  constructor(eventLog: EventLog, consumer: string, log: Logger) {
    this.#eventLog = eventLog;
    this.#consumer = consumer;
    this.#log = log;
  }

  /** In the transaction of the work. */
  async write(tx: Queryable, at: TopicPartition, records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return;
    await tx.query(
      `INSERT INTO outgoing (consumer, topic, partition, records) VALUES ($1, $2, $3, $4)
       ON CONFLICT (consumer, topic, partition) DO UPDATE SET records = excluded.records`,
      [this.#consumer, at.topic, at.partition, JSON.stringify(records)],
    );
  }

  /** After the commit: sends at once, without waiting. */
  send(records: readonly OutgoingRecord[]): void {
    if (records.length === 0) return;
    this.#waiting.push(...records.map(toLog));
    this.flush().catch((err: unknown) =>
      this.#log.debug({ err }, 'the log did not take events; trying again'),
    );
  }

  /** Resolves when the log has everything; rejects with the log's error, and keeps the records. */
  flush(): Promise<void> {
    this.#sending ??= this.#drain().finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const some = this.#waiting.slice(0, 500);
      await this.#eventLog.append(some);
      this.#waiting = this.#waiting.slice(some.length);
    }
  }

  /** Partitions came to this member: what was committed of them and may not be in the log is told again. */
  async resume(db: Queryable, partitions: readonly TopicPartition[]): Promise<void> {
    const rows = await db.query<{ records: string }>(
      `SELECT o.records FROM outgoing o JOIN unnest($2::text[], $3::int[]) a(topic, partition)
       ON o.topic = a.topic AND o.partition = a.partition WHERE o.consumer = $1`,
      [this.#consumer, partitions.map((p) => p.topic), partitions.map((p) => p.partition)],
    );
    for (const { records } of rows) {
      this.#waiting.push(...(JSON.parse(records) as OutgoingRecord[]).map(toLog));
    }
  }
}

const encoder = new TextEncoder();
const toLog = ({ topic, key, value }: OutgoingRecord): NewRecord => ({
  topic,
  key,
  value: encoder.encode(JSON.stringify(value)),
});
