import type { Database, Queryable } from '@loadcycle/database/port';
import type { LogRecord, Position, TopicPartition } from '@loadcycle/event-log/port';
import { type Move, partitionKey } from './offsets.ts';

export interface Unfinished {
  readonly from: number;
  readonly to: number;
}

/** Where a group stands in one partition: its first and its last record. */
interface Stretch extends TopicPartition {
  readonly from: number;
  to: number;
}

/**
 * Which records a consumer is trying with care, kept in the store (`record_attempt`), so that it survives a death of
 * the store, of its thread or of the whole process, whatever the try killed.
 */
export class Attempts {
  readonly #db: Database;
  readonly #consumer: string;

  constructor(db: Database, consumer: string) {
    this.#db = db;
    this.#consumer = consumer;
  }

  /** Committed before the try. How often exactly these records have been tried, this time included; `anew` counts from 1. */
  async begin(records: readonly LogRecord[], anew: boolean): Promise<number> {
    const stretches = stretchesOf(records);
    const rows = await this.#db.transaction(
      (tx) =>
        tx.query<{ attempts: number }>(
          `INSERT INTO record_attempt AS r (consumer, topic, partition, from_offset, to_offset, attempts)
           SELECT $1, v.topic, v.partition, v.f, v.t, 1
           FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[]) v(topic, partition, f, t)
           ON CONFLICT (consumer, topic, partition) DO UPDATE SET from_offset = excluded.from_offset,
             to_offset = excluded.to_offset, tried_at = now(),
             attempts = CASE WHEN r.from_offset = excluded.from_offset AND r.to_offset = excluded.to_offset AND NOT $6
                             THEN r.attempts + 1 ELSE 1 END
           RETURNING attempts`,
          [
            this.#consumer,
            stretches.map((s) => s.topic),
            stretches.map((s) => s.partition),
            stretches.map((s) => s.from),
            stretches.map((s) => s.to),
            anew,
          ],
        ),
      { priority: 'write' },
    );
    return Math.min(...rows.map((r) => r.attempts));
  }

  /** In the transaction of the work: they have passed. */
  async end(tx: Queryable, moves: readonly Move[]): Promise<void> {
    await tx.query(
      `DELETE FROM record_attempt r USING unnest($2::text[], $3::int[]) v(topic, partition)
       WHERE r.consumer = $1 AND r.topic = v.topic AND r.partition = v.partition`,
      [this.#consumer, moves.map((m) => m.topic), moves.map((m) => m.partition)],
    );
  }

  /** By partition, what was under way when its consumer ended, where it has not passed since. */
  async unfinished(
    partitions: readonly TopicPartition[],
    stored: readonly Position[],
  ): Promise<Map<string, Unfinished>> {
    const next = new Map(partitions.map((p) => [partitionKey(p), 0]));
    for (const p of stored) next.set(partitionKey(p), p.next);
    const rows = await this.#db.query<Unfinished & TopicPartition>(
      'SELECT topic, partition, from_offset AS from, to_offset AS to FROM record_attempt WHERE consumer = $1',
      [this.#consumer],
    );
    const open = rows.filter((r) => r.to >= (next.get(partitionKey(r)) ?? Number.POSITIVE_INFINITY));
    return new Map(open.map((r) => [partitionKey(r), r]));
  }
}

function stretchesOf(records: readonly LogRecord[]): Stretch[] {
  const stretches = new Map<string, Stretch>();
  for (const { topic, partition, offset } of records) {
    const key = partitionKey({ topic, partition });
    const stretch = stretches.get(key);
    if (stretch === undefined) stretches.set(key, { topic, partition, from: offset, to: offset });
    else stretch.to = offset;
  }
  return [...stretches.values()];
}
