import { setTimeout as delay } from 'node:timers/promises';
import { LoadcycleError, type Logger } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import type { EventLog, LogIdentities, Position, TopicPartition } from '@loadcycle/event-log/port';
import { isElsewhere, isOfAnother, type PresentLog, type Replacement, startAnew } from './log-replacement.ts';
import { type StoredPosition, storedPositions } from './offsets.ts';

interface Parts {
  readonly database: Database;
  readonly eventLog: EventLog;
  readonly log: Logger;
}

export interface PositionsInLog {
  readonly positions: readonly Position[];
  /** of the log that they are positions in */
  readonly identities: LogIdentities;
}

/**
 * Where a consumer goes on, by the store, in the log that is there now. Positions in another log, or beyond its end,
 * are never handed out: see {@link startAnew}. A store that knows no identity yet takes the present one.
 */
export async function positionsInLog(
  parts: Parts,
  consumer: string,
  assigned: readonly TopicPartition[],
): Promise<PositionsInLog> {
  const { database } = parts;
  const topics = [...new Set(assigned.map((p) => p.topic))];
  for (let sure = false; ; sure = true) {
    const stored = await storedPositions(database, consumer, assigned);
    const present = await presentLogs(parts.eventLog, topics);
    const lost = present.filter((log) => stored.some((p) => p.topic === log.topic && isElsewhere(p, log)));
    if (lost.length === 0) {
      const identities = new Map(present.map((log) => [log.topic, log.identity]));
      await adopt(database, stored, identities);
      return { positions: stored, identities };
    }
    // an end that is only late to be known is no loss: what is told so loudly is looked at twice
    const another = lost.some((log) => stored.some((p) => p.topic === log.topic && isOfAnother(p, log)));
    if (!sure && !another) {
      await delay(SECOND_LOOK_MS);
      continue;
    }
    for (const log of lost) {
      const replacement = await startAnew(database, log);
      if (replacement !== null) say(parts.log, replacement);
    }
  }
}

const SECOND_LOOK_MS = 500;

/**
 * Does so for all consumers that the store knows. Before anything is appended: an older copy of a log that was put back
 * has the same identity, and shows only as long as it has not grown past the offsets.
 */
export async function lookAtLog(parts: Parts): Promise<void> {
  const places = await parts.database.query<TopicPartition & { consumer: string }>(
    'SELECT consumer, topic, partition FROM consumer_offset',
  );
  for (const [consumer, assigned] of Map.groupBy(places, (p) => p.consumer)) {
    await positionsInLog(parts, consumer, assigned);
  }
}

async function presentLogs(eventLog: EventLog, topics: readonly string[]): Promise<PresentLog[]> {
  if (topics.length === 0) return [];
  const identities = await eventLog.identities(topics);
  const ends = await eventLog.ends(topics);
  return topics.map((topic) => ({
    topic,
    identity: identities.get(topic) ?? null,
    ends: ends.filter((e) => e.topic === topic),
  }));
}

async function adopt(
  db: Database,
  stored: readonly StoredPosition[],
  identities: LogIdentities,
): Promise<void> {
  for (const topic of new Set(stored.filter((p) => p.logId === null).map((p) => p.topic))) {
    const identity = identities.get(topic) ?? null;
    if (identity === null) continue;
    await db.query('UPDATE consumer_offset SET log_id = $2 WHERE topic = $1 AND log_id IS NULL', [
      topic,
      identity,
    ]);
  }
}

function say(log: Logger, { id, topic, oldLog, newLog, consumers }: Replacement): void {
  const what =
    oldLog === newLog ? `has lost its newest records` : `was lost: another one stands in its place`;
  const error = new LoadcycleError('log.replaced', `the event log of ${topic} ${what}`);
  log.error(
    { code: error.code, replacement: id, topic, oldLog, newLog, consumers },
    `${error.message}; its consumers start from the beginning. What was in the lost log only is missing: see ` +
      `GET /v1/log-replacements, then acknowledge it`,
  );
}
