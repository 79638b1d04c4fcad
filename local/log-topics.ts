import { LOG_TOPICS } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import type { EventLog } from '@loadcycle/event-log/port';

/** Topics of the embedded log: one partition each, for there is one process to read them. */
export async function ensureLogTopics(eventLog: EventLog, retentionMs: number): Promise<void> {
  await eventLog.ensureTopics(
    Object.values(LOG_TOPICS).map((topic) => ({ topic, partitions: 1, retentionMs })),
  );
}

/** Records of samples in the log that a consumer has not come to, by the offsets that stand in the store. */
export async function recordsBehind(eventLog: EventLog, db: Database, consumer: string): Promise<number> {
  const offsets = await db.query<{ partition: number; next: number }>(
    'SELECT partition, next FROM consumer_offset WHERE consumer = $1 AND topic = $2',
    [consumer, LOG_TOPICS.samples],
  );
  let behind = 0;
  for (const { partition, begin, end } of await eventLog.ends([LOG_TOPICS.samples])) {
    behind += end - Math.max(begin, offsets.find((o) => o.partition === partition)?.next ?? begin);
  }
  return behind;
}
