import type { ClosedReason } from '@loadcycle/contract/anomaly-event';
import type { Conversion } from '@loadcycle/contract/units/conversion';
import type { Queryable } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import { covers, holds } from '@loadcycle/processors/notify/silences';
import { grantCondition } from '../auth/principal.ts';
import type { Range } from '../http/params.ts';
import { integerLiteral, timeLiteral } from './literal.ts';

export interface AnomalyRow {
  readonly id: number;
  readonly site: string;
  readonly device: string;
  readonly signal: string;
  readonly kind: string;
  readonly metric: string | null;
  readonly state: 'open' | 'closed' | 'withdrawn';
  readonly sinceUs: number;
  readonly untilUs: number | null;
  readonly value: number | null;
  readonly expected: number | null;
  readonly score: number | null;
  /** of value and expected, from the numbers stored to the signal's unit; null: the same */
  readonly conversion: Conversion | null;
  readonly closedReason: ClosedReason | null;
  readonly reason: string | null;
  readonly notedAtUs: number;
  readonly acknowledgedAtUs: number | null;
  readonly acknowledgedBy: string | null;
  readonly acceptedAtUs: number | null;
  readonly acceptedBy: string | null;
  readonly note: string | null;
  /** nobody is told of it until then */
  readonly silencedUntilUs: number | null;
}

const SELECT = `SELECT a.id, p.site, p.device, p.signal, a.kind, nullif(a.metric, '') AS metric, a.state,
    ${us('a.since')} AS "sinceUs", ${us('a.until')} AS "untilUs", a.value, a.expected, a.score, p.conversion, a.closed_reason AS "closedReason", a.reason,
    ${us('a.noted_at')} AS "notedAtUs", ${us('a.acknowledged_at')} AS "acknowledgedAtUs",
    a.acknowledged_by AS "acknowledgedBy", ${us('a.accepted_at')} AS "acceptedAtUs", a.accepted_by AS "acceptedBy", a.note,
    ${us('s.until')} AS "silencedUntilUs"
  FROM anomaly a JOIN signal_path p ON p.signal_id = a.signal_id
    LEFT JOIN LATERAL (SELECT max(until) AS until FROM notify_silence n,
      (SELECT p.site, p.device, p.signal, a.kind, a.metric, a.since) e
      WHERE ${holds('n')} AND ${covers('n', 'e')}) s ON true
  WHERE ${grantCondition(1, 'p.site', 'p.device')}`;

export interface AnomalyFilter extends Range {
  readonly grants: readonly string[];
  readonly site: string | null;
  readonly device: string | null;
  readonly signal: string | null;
  readonly kind: string | null;
  readonly state: string | null;
  readonly acknowledged: boolean | null;
}

export interface AnomalyCursor {
  readonly sinceUs: number;
  readonly id: number;
}

/** Anomalies that touch the range, the latest first. Withdrawn ones only where they are asked for. */
export function anomalyPage(
  db: Queryable,
  f: AnomalyFilter,
  limit: number,
  cursor: AnomalyCursor | null,
): Promise<AnomalyRow[]> {
  const behind =
    cursor === null
      ? 'true'
      : `(a.since, a.id) < (${timeLiteral(cursor.sinceUs)}, ${integerLiteral(cursor.id)}::bigint)`;
  return db.query<AnomalyRow>(
    `${SELECT} AND a.since < ${timeLiteral(f.toUs)} AND (a.until IS NULL OR a.until >= ${timeLiteral(f.fromUs)})
       AND ($2::text IS NULL OR p.site = $2) AND ($3::text IS NULL OR p.device = $3)
       AND ($4::text IS NULL OR p.signal = $4) AND ($5::text IS NULL OR a.kind = $5)
       AND CASE WHEN $6::text IS NULL THEN a.state <> 'withdrawn' ELSE a.state = $6 END
       AND ($7::boolean IS NULL OR (a.acknowledged_at IS NOT NULL) = $7) AND ${behind}
     ORDER BY a.since DESC, a.id DESC LIMIT ${integerLiteral(limit)}`,
    [f.grants, f.site, f.device, f.signal, f.kind, f.state, f.acknowledged],
  );
}

/** Null where there is none, or none that the grants reach. */
export async function findAnomaly(
  db: Queryable,
  grants: readonly string[],
  id: number,
): Promise<AnomalyRow | null> {
  return (await db.query<AnomalyRow>(`${SELECT} AND a.id = $2`, [grants, id]))[0] ?? null;
}

/** The first acknowledgement counts; a later one may add a note. */
export async function acknowledge(db: Queryable, id: number, by: string, note: string | null): Promise<void> {
  await db.query(
    `UPDATE anomaly SET acknowledged_at = coalesce(acknowledged_at, now()),
       acknowledged_by = coalesce(acknowledged_by, $2), note = coalesce($3, note) WHERE id = $1`,
    [id, by, note],
  );
}

/** The cycles worker closes it and learns anew what is usual; an acknowledgement as well. Only of an open one. */
export async function accept(db: Queryable, id: number, by: string, note: string | null): Promise<void> {
  await acknowledge(db, id, by, note);
  await db.query(
    `UPDATE anomaly SET accepted_at = coalesce(accepted_at, now()), accepted_by = coalesce(accepted_by, $2)
     WHERE id = $1 AND state = 'open'`,
    [id, by],
  );
}
