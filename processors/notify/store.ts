import { LOG_TOPICS } from '@loadcycle/contract';
import type { Database, Queryable } from '@loadcycle/database/port';
import type { EventLog, LogRecord } from '@loadcycle/event-log/port';
import { MADE_CONSUMERS } from './definitions.ts';
import type { Failure } from './target.ts';

/** Failures kept of each target. */
const KEPT = 1_000;

/**
 * Enters a target that was not there before. It begins at the log's end, for what happened earlier is nothing to be
 * alarmed of now; topics and partitions that are made later it reads from their beginning.
 */
export async function enterTarget(database: Database, eventLog: EventLog, consumer: string): Promise<void> {
  const known = await database.query('SELECT 1 FROM notify_target WHERE consumer = $1', [consumer]);
  if (known.length > 0) return;
  const ends = await eventLog.ends([LOG_TOPICS.anomalies]);
  await database.transaction(async (tx) => {
    const made = await tx.query(
      'INSERT INTO notify_target (consumer) VALUES ($1) ON CONFLICT DO NOTHING RETURNING consumer',
      [consumer],
    );
    // another instance was first, and knows an earlier end
    if (made.length === 0) return;
    await tx.query(
      `INSERT INTO consumer_offset (consumer, topic, partition, next)
       SELECT $1, $2, e.partition, e.next FROM unnest($3::int[], $4::bigint[]) e(partition, next)
       ON CONFLICT DO NOTHING`,
      [consumer, LOG_TOPICS.anomalies, ends.map((e) => e.partition), ends.map((e) => e.end)],
    );
  });
}

/**
 * Forgets the targets that are neither among `configured` nor made by the API: their offsets, what they say of themselves, what
 * they were told, and their failures.
 */
export async function forgetOthers(database: Database, configured: readonly string[]): Promise<void> {
  await database.transaction(async (tx) => {
    for (const table of ['consumer_offset', 'consumer_state', 'record_attempt', 'notify_target']) {
      await tx.query(
        `DELETE FROM ${table} WHERE consumer LIKE 'notify-%' AND consumer <> ALL($1::text[])
           AND consumer NOT IN (${MADE_CONSUMERS})`,
        [[...configured]],
      );
    }
  });
}

/** In the transaction of the offset: counts the events, and keeps those that were given up. */
export async function noteDeliveries(
  tx: Queryable,
  consumer: string,
  told: readonly { readonly record: LogRecord; readonly failure: Failure | null }[],
): Promise<void> {
  if (told.length === 0) return;
  const failed = told.flatMap(({ record, failure }) => (failure === null ? [] : [{ record, failure }]));
  await tx.query(
    'UPDATE notify_target SET delivered = delivered + $2, failed = failed + $3 WHERE consumer = $1',
    [consumer, told.length - failed.length, failed.length],
  );
  for (const { record, failure } of failed) {
    const { topic, partition, offset, key, value } = record;
    await tx.query(
      `INSERT INTO notify_failure (consumer, topic, partition, "offset", key, event, tries, code, detail)
       SELECT consumer, $2, $3, $4, $5, $6, $7, $8, $9 FROM notify_target WHERE consumer = $1`,
      [
        consumer,
        topic,
        partition,
        offset,
        key,
        value.slice(0, 65_536),
        failure.tries,
        failure.code,
        failure.detail,
      ],
    );
  }
  if (failed.length === 0) return;
  await tx.query(
    `DELETE FROM notify_failure WHERE consumer = $1 AND id <
       (SELECT min(id) FROM (SELECT id FROM notify_failure WHERE consumer = $1 ORDER BY id DESC LIMIT ${KEPT}) newest)`,
    [consumer],
  );
}
