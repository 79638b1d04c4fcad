import type { Queryable } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import type { Range } from '../http/params.ts';
import { integerLiteral, timeLiteral } from './literal.ts';

export interface DeadLetterRow {
  readonly id: number;
  readonly atUs: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly mqttTopic: string | null;
  readonly contentType: string | null;
  readonly receivedAtUs: number | null;
  readonly reason: string;
  readonly pointer: string | null;
  readonly detail: string;
  readonly bytes: number;
  readonly state: 'held' | 'replayed';
  readonly replayedAtUs: number | null;
  readonly replayedBy: string | null;
  readonly edited: boolean;
}

const COLUMNS = `id, ${us('at')} AS "atUs", topic, partition, "offset", key, mqtt_topic AS "mqttTopic",
  content_type AS "contentType", ${us('received_at')} AS "receivedAtUs", reason, pointer, detail,
  octet_length(payload) AS bytes, state, ${us('replayed_at')} AS "replayedAtUs",
  replayed_by AS "replayedBy", edited_payload IS NOT NULL AS edited`;

export interface DeadLetterFilter extends Range {
  readonly reason: string | null;
  readonly state: string | null;
  /** ids greater than this: where the page before ended */
  readonly after: number;
}

export function deadLetterPage(db: Queryable, f: DeadLetterFilter, limit: number): Promise<DeadLetterRow[]> {
  return db.query<DeadLetterRow>(
    `SELECT ${COLUMNS} FROM dead_letter
     WHERE at >= ${timeLiteral(f.fromUs)} AND at < ${timeLiteral(f.toUs)} AND id > ${integerLiteral(f.after)}
       AND ($1::text IS NULL OR reason = $1) AND ($2::text IS NULL OR state = $2)
     ORDER BY id LIMIT ${integerLiteral(limit)}`,
    [f.reason, f.state],
  );
}

export interface DeadLetterBody extends DeadLetterRow {
  readonly payload: Uint8Array;
  readonly editedPayload: Uint8Array | null;
  readonly editedTopic: string | null;
}

export async function findDeadLetter(db: Queryable, id: number): Promise<DeadLetterBody | null> {
  const rows = await db.query<DeadLetterBody>(
    `SELECT ${COLUMNS}, payload, edited_payload AS "editedPayload", edited_topic AS "editedTopic" FROM dead_letter WHERE id = $1`,
    [id],
  );
  return rows[0] ?? null;
}

/** Held and replayed, by reason. */
export function deadLetterCounts(
  db: Queryable,
): Promise<{ reason: string; held: number; replayed: number }[]> {
  return db.query(
    `SELECT reason, count(*) FILTER (WHERE state = 'held') AS held, count(*) FILTER (WHERE state = 'replayed') AS replayed
     FROM dead_letter GROUP BY reason ORDER BY reason`,
  );
}

/** Removes dead letters for good. Their counts in the accounts stay. */
export async function purgeDeadLetters(
  db: Queryable,
  of: { id: number | null; reason: string | null; beforeUs: number | null },
): Promise<number> {
  const before = of.beforeUs === null ? 'true' : `at < ${timeLiteral(of.beforeUs)}`;
  const [row] = await db.query<{ n: number }>(
    `WITH gone AS (DELETE FROM dead_letter WHERE ($1::bigint IS NULL OR id = $1) AND ($2::text IS NULL OR reason = $2)
       AND ${before} RETURNING id) SELECT count(*) AS n FROM gone`,
    [of.id, of.reason],
  );
  return row?.n ?? 0;
}
