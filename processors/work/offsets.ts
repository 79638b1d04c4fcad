import type { Queryable } from '@loadcycle/database/port';
import type { LogIdentities, LogRecord, Position, TopicPartition } from '@loadcycle/event-log/port';

/** How far a piece of work moves one partition: from the value that the store must hold, to the next one. */
export interface Move extends TopicPartition {
  /** `null`: the store must have no row for the partition yet */
  readonly expected: number | null;
  readonly next: number;
}

/** The advisory lock that a change of a definition takes alone, and a worker's transaction shared (0010_landing.sql). */
const CATALOGUE_LOCK = 7021001;

export const partitionKey = (p: TopicPartition): string => `${p.topic}/${p.partition}`;

export interface StoredPosition extends Position {
  /** the log that it is a position in; null where the store was made before that was kept */
  readonly logId: string | null;
}

/** Where a consumer stands, by the store: only the partitions that it has a row for. */
export async function storedPositions(
  db: Queryable,
  consumer: string,
  partitions: readonly TopicPartition[],
): Promise<StoredPosition[]> {
  if (partitions.length === 0) return [];
  return db.query<{ topic: string; partition: number; next: number; logId: string | null }>(
    `SELECT o.topic, o.partition, o.next, o.log_id AS "logId" FROM consumer_offset o
     JOIN unnest($2::text[], $3::int[]) a(topic, partition) ON a.topic = o.topic AND a.partition = o.partition
     WHERE o.consumer = $1`,
    [consumer, partitions.map((p) => p.topic), partitions.map((p) => p.partition)],
  );
}

/**
 * Moves the offsets inside of the work's transaction. False where any partition does not stand where the
 * caller believes: then somebody else has it, the whole work must be rolled back and the store asked again.
 * The rows stay locked until the transaction ends, so of two workers with one partition the second one waits
 * and is then refused; so is one that has read another log than the store's. Takes the catalogue's lock, shared, on the way (catalogue.ts): a round trip saved.
 */
export async function moveOffsets(
  tx: Queryable,
  consumer: string,
  moves: readonly Move[],
  identities: LogIdentities = new Map(),
): Promise<boolean> {
  const logOf = (m: Move): string | null => identities.get(m.topic) ?? null;
  const locked = `pg_advisory_xact_lock_shared(${CATALOGUE_LOCK})::text`;
  const known = moves.filter((m) => m.expected !== null);
  const fresh = moves.filter((m) => m.expected === null);
  if (known.length > 0) {
    const moved = await tx.query(
      `UPDATE consumer_offset o SET next = v.next, log_id = coalesce(o.log_id, v.log_id), moved_at = now()
       FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::text[]) v(topic, partition, expected, next, log_id)
       WHERE o.consumer = $1 AND o.topic = v.topic AND o.partition = v.partition AND o.next = v.expected
         AND (o.log_id = v.log_id OR o.log_id IS NULL OR v.log_id IS NULL)
       RETURNING ${locked}`,
      [
        consumer,
        known.map((m) => m.topic),
        known.map((m) => m.partition),
        known.map((m) => m.expected),
        known.map((m) => m.next),
        known.map(logOf),
      ],
    );
    if (moved.length !== known.length) return false;
  }
  if (fresh.length > 0) {
    const inserted = await tx.query(
      `INSERT INTO consumer_offset (consumer, topic, partition, next, log_id)
       SELECT $1, v.topic, v.partition, v.next, v.log_id
       FROM unnest($2::text[], $3::int[], $4::bigint[], $5::text[]) v(topic, partition, next, log_id)
       ON CONFLICT DO NOTHING RETURNING ${locked}`,
      [
        consumer,
        fresh.map((m) => m.topic),
        fresh.map((m) => m.partition),
        fresh.map((m) => m.next),
        fresh.map(logOf),
      ],
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
