import type { Queryable } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';

/** An event log that was lost and made anew, or that has lost its newest records (`log_replacement`). */
export interface LogReplacementRow {
  readonly id: number;
  readonly topic: string;
  readonly oldLog: string | null;
  readonly newLog: string | null;
  readonly noticedAtUs: number;
  readonly consumers: readonly {
    readonly consumer: string;
    readonly partition: number;
    readonly next: number;
    readonly goesOnAt: number;
  }[];
  readonly acknowledgedAtUs: number | null;
  readonly acknowledgedBy: string | null;
  readonly note: string | null;
}

const SELECT = `SELECT id, topic, old_log AS "oldLog", new_log AS "newLog", ${us('noticed_at')} AS "noticedAtUs", consumers,
  ${us('acknowledged_at')} AS "acknowledgedAtUs", acknowledged_by AS "acknowledgedBy", note FROM log_replacement`;

/** The latest first; at most a hundred. */
export function logReplacements(db: Queryable, acknowledged: boolean | null): Promise<LogReplacementRow[]> {
  return db.query(
    `${SELECT} WHERE $1::boolean IS NULL OR (acknowledged_at IS NOT NULL) = $1 ORDER BY id DESC LIMIT 100`,
    [acknowledged],
  );
}

/** The first acknowledgement counts; a later one may add a note. Null where there is none of this id. */
export async function acknowledgeLogReplacement(
  db: Queryable,
  id: number,
  by: string,
  note: string | null,
): Promise<LogReplacementRow | null> {
  await db.query(
    `UPDATE log_replacement SET acknowledged_at = coalesce(acknowledged_at, now()),
       acknowledged_by = coalesce(acknowledged_by, $2), note = coalesce($3, note) WHERE id = $1`,
    [id, by, note],
  );
  return (await db.query<LogReplacementRow>(`${SELECT} WHERE id = $1`, [id]))[0] ?? null;
}
