import type { Queryable } from '@loadcycle/database/port';
import type { LogRecord, Position, TopicPartition } from '@loadcycle/event-log/port';

/** How far a piece of work moves one partition: from the value that the store must hold, to the next one. */
export interface Move extends TopicPartition {
  /** `null`: the store must have no row for the partition yet */
  readonly expected: number | null;
  readonly next: number;
}

/** The advisory lock that a change of a definition takes alone, and a worker's transaction shared (0010_landing.sql). */
const CATALOGUE_LOCK = 7021001;

export const partitionKey = (p: TopicPartition): string => `${p.topic}/${p.partition}`;

/** Where a consumer stands, by the store: only the partitions that it has a row for. */
export async function storedPositions(
  db: Queryable,
  consumer: string,
  partitions: readonly TopicPartition[],
): Promise<Position[]> {
  if (partitions.length === 0) return [];
  return db.query<{ topic: string; partition: number; next: number }>(
    `SELECT o.topic, o.partition, o.next FROM consumer_offset o
     JOIN unnest($2::text[], $3::int[]) a(topic, partition) ON a.topic = o.topic AND a.partition = o.partition
     WHERE o.consumer = $1`,
    [consumer, partitions.map((p) => p.topic), partitions.map((p) => p.partition)],
  );
}

/**
 * Moves the offsets inside of the work's transaction. False where any partition does not stand where the
 * caller believes: then somebody else has it, the whole work must be rolled back and the store asked again.
 * The rows stay locked until the transaction ends, so of two workers with one partition the second one waits
 * and is then refused. Takes the catalogue's lock, shared, on the way (catalogue.ts): a round trip saved.
 */
export async function moveOffsets(tx: Queryable, consumer: string, moves: readonly Move[]): Promise<boolean> {
  const locked = `pg_advisory_xact_lock_shared(${CATALOGUE_LOCK})::text`;
  const known = moves.filter((m) => m.expected !== null);
  const fresh = moves.filter((m) => m.expected === null);
  if (known.length > 0) {
    const moved = await tx.query(
      `UPDATE consumer_offset o SET next = v.next, moved_at = now()
       FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[]) v(topic, partition, expected, next)
       WHERE o.consumer = $1 AND o.topic = v.topic AND o.partition = v.partition AND o.next = v.expected
       RETURNING ${locked}`,
      [
        consumer,
        known.map((m) => m.topic),
        known.map((m) => m.partition),
        known.map((m) => m.expected),
        known.map((m) => m.next),
      ],
    );
    if (moved.length !== known.length) return false;
  }
  if (fresh.length > 0) {
    const inserted = await tx.query(
      `INSERT INTO consumer_offset (consumer, topic, partition, next)
       SELECT $1, v.topic, v.partition, v.next FROM unnest($2::text[], $3::int[], $4::bigint[]) v(topic, partition, next)
       ON CONFLICT DO NOTHING RETURNING ${locked}`,
      [consumer, fresh.map((m) => m.topic), fresh.map((m) => m.partition), fresh.map((m) => m.next)],
    );
    if (inserted.length !== fresh.length) return false;
  }
  return true;
}

/**
 * What this member believes of its partitions: the value that the store will hold once everything that was
 * formed so far is committed. Records below it have been redelivered and are skipped.
 */
export class ExpectedOffsets {
  readonly #next = new Map<string, number | null>();

  /** From the store, at each assignment. */
  learn(assigned: readonly TopicPartition[], stored: readonly Position[]): void {
    const at = new Map(stored.map((p) => [partitionKey(p), p.next]));
    for (const p of assigned) this.#next.set(partitionKey(p), at.get(partitionKey(p)) ?? null);
  }

  fresh(record: LogRecord): boolean {
    return record.offset >= (this.#next.get(partitionKey(record)) ?? 0);
  }

  /** The moves of these records (in order within each partition), believed from now on. */
  advance(records: readonly LogRecord[]): Move[] {
    const moves = movesOf(records, this.#next);
    for (const m of moves) this.#next.set(partitionKey(m), m.next);
    return moves;
  }
}

export function movesOf(records: readonly LogRecord[], expected: ReadonlyMap<string, number | null>): Move[] {
  const next = new Map<string, { topic: string; partition: number; next: number }>();
  for (const { topic, partition, offset } of records) {
    next.set(partitionKey({ topic, partition }), { topic, partition, next: offset + 1 });
  }
  return [...next].map(([key, p]) => ({ ...p, expected: expected.get(key) ?? null }));
}
