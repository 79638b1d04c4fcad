import { formatUs, LOG_TOPICS } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import type { EventLog, PartitionEnds } from '@loadcycle/event-log/port';

/**
 * In words, what the store holds and the log would not give again; null where there is nothing. The log is another one,
 * has lost its newest records, or begins after what has landed (by retention, or because it was made anew).
 */
export async function onlyInStore(store: Database, eventLog: EventLog): Promise<string | null> {
  const ends = await eventLog.ends([LOG_TOPICS.samples]);
  const another = await isAnother(store, eventLog, ends);
  if (another !== null) return another;
  for (const at of ends) {
    // whatever landed, landed after the log had it
    const oldestMs = await oldestOf(eventLog, at);
    const [row] = await store.query<{ batches: number; from: number | null }>(
      `SELECT count(*) AS batches, ${us('min(t0)')} AS from FROM batch WHERE landed_at < to_timestamp($1 / 1000.0)`,
      [oldestMs],
    );
    if (row !== undefined && row.batches > 0) {
      return `${row.batches} batches since ${formatUs(row.from!)} are not in it`;
    }
  }
  return null;
}

async function isAnother(
  store: Database,
  eventLog: EventLog,
  ends: readonly PartitionEnds[],
): Promise<string | null> {
  const identity = (await eventLog.identities([LOG_TOPICS.samples])).get(LOG_TOPICS.samples);
  const rows = await store.query<{ partition: number; next: number; logId: string | null }>(
    `SELECT partition, next, ${(await hasIdentity(store)) ? 'log_id' : 'NULL::text'} AS "logId"
     FROM consumer_offset WHERE topic = $1 ORDER BY next DESC`,
    [LOG_TOPICS.samples],
  );
  for (const { partition, next, logId } of rows) {
    if (logId !== null && logId !== identity)
      return 'it is another log than the one that the store was made from';
    const end = ends.find((e) => e.partition === partition)?.end ?? 0;
    if (next > end) return `the store has read ${next} records of it, and it ends at ${end}`;
  }
  return null;
}

/** The store is opened as it was left: it may be from before offsets named their log. */
async function hasIdentity(store: Database): Promise<boolean> {
  const rows = await store.query(
    `SELECT FROM information_schema.columns WHERE table_name = 'consumer_offset' AND column_name = 'log_id'`,
  );
  return rows.length > 0;
}

/** ms since the epoch; now where the partition is empty */
async function oldestOf(eventLog: EventLog, { topic, partition, begin }: PartitionEnds): Promise<number> {
  const [first] = await eventLog.read({ topic, partition, next: begin }, 1);
  return first?.timestampMs ?? Date.now();
}

/** In words, why the log can't hold all that was ever appended; null where it may. */
export async function logIsIncomplete(eventLog: EventLog): Promise<string | null> {
  for (const { begin, end } of await eventLog.ends([LOG_TOPICS.samples])) {
    if (begin === end) return 'the log is empty';
    if (begin > 0) return `the log no longer has its first ${begin} records`;
  }
  return null;
}
