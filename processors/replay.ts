import { HEADERS, LOG_TOPICS, parseTopic, signalKey } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import type { EventLog } from '@loadcycle/event-log/port';

export interface ReplayFilter {
  readonly ids?: readonly number[];
  readonly reason?: string;
  /** at most so many; the oldest first */
  readonly limit?: number;
  /** who asked for it */
  readonly by?: string;
  /** sent in place of what came, which stays as it is; for one letter */
  readonly edit?: LetterEdit;
}

export interface LetterEdit {
  readonly payload: Uint8Array;
  /** MQTT topic; that of the letter where it is absent */
  readonly topic?: string | undefined;
}

interface Row {
  id: number;
  topic: string;
  key: string;
  mqttTopic: string | null;
  contentType: string | null;
  receivedAtUs: number | null;
  payload: Uint8Array;
}

const AT_ONCE = 100;

/**
 * Sends held dead letters into the log again, payload and headers untouched but for the one that says so (or with what
 * `edit` puts in their place), and marks them. One that was replayed is not replayed again; where a crash comes between the log and the mark it is, and the
 * ledger ignores it. One that still does not pass becomes a dead letter of its own. Returns how many were sent.
 */
export async function replayDeadLetters(
  db: Database,
  eventLog: EventLog,
  filter: ReplayFilter,
): Promise<{ replayed: number }> {
  const { ids = null, reason = null, limit = Number.MAX_SAFE_INTEGER, by = null, edit } = filter;
  // what fails again gets a higher id: it is not replayed in the same call
  const [last] = await db.query<{ id: number | null }>('SELECT max(id) AS id FROM dead_letter');
  let replayed = 0;
  while (replayed < limit) {
    const n = await db.transaction(async (tx) => {
      const rows = await tx.query<Row>(
        `SELECT id, topic, key, mqtt_topic AS "mqttTopic", content_type AS "contentType",
                ${us('received_at')} AS "receivedAtUs", payload
         FROM dead_letter WHERE state = 'held' AND ($1::bigint[] IS NULL OR id = ANY($1)) AND ($2::text IS NULL OR reason = $2)
           AND id <= $3 ORDER BY id LIMIT $4 FOR UPDATE SKIP LOCKED`,
        [ids, reason, last!.id ?? 0, Math.min(AT_ONCE, limit - replayed)],
      );
      if (rows.length === 0) return 0;
      await eventLog.append(rows.map((row) => recordOf(edit === undefined ? row : edited(row, edit))));
      await tx.query(
        `UPDATE dead_letter SET state = 'replayed', replayed_at = now(), replayed_by = $2, edited_payload = $3::bytea,
           edited_topic = $4 WHERE id = ANY($1::bigint[])`,
        [rows.map((r) => r.id), by, edit?.payload ?? null, edit?.topic ?? null],
      );
      return rows.length;
    });
    if (n === 0) break;
    replayed += n;
  }
  return { replayed };
}

/** As if it had come like that: the topic says where it belongs, and a changed one may change its content type's meaning. */
const edited = (row: Row, { payload, topic }: LetterEdit): Row =>
  topic === undefined
    ? { ...row, payload }
    : { ...row, payload, mqttTopic: topic, topic: LOG_TOPICS.deadLetters };

/** Where a message belongs: what the bridge refused was never in the topic that it was meant for. */
function homeOf({ topic, key, mqttTopic }: Row): { topic: string; key: string } {
  if (topic !== LOG_TOPICS.deadLetters) return { topic, key };
  const parsed = parseTopic(mqttTopic ?? '');
  if (parsed?.kind === 'status') return { topic: LOG_TOPICS.status, key: `${parsed.site}/${parsed.device}` };
  return { topic: LOG_TOPICS.samples, key: parsed?.kind === 'samples' ? signalKey(parsed) : key };
}

const recordOf = (row: Row) => ({
  ...homeOf(row),
  value: row.payload,
  headers: {
    ...(row.mqttTopic === null ? {} : { [HEADERS.mqttTopic]: row.mqttTopic }),
    ...(row.contentType === null ? {} : { [HEADERS.contentType]: row.contentType }),
    ...(row.receivedAtUs === null ? {} : { [HEADERS.receivedAt]: String(row.receivedAtUs) }),
    // out of its order: a codec that counts messages must not count this one
    [HEADERS.replayed]: 'true',
  },
});
