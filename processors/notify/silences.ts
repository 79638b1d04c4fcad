import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';

/** What a silence covers; null: any. With `sinceUs` it is one anomaly, which is shelved. */
export interface Silenced {
  readonly site: string | null;
  readonly device: string | null;
  readonly signal: string | null;
  readonly kind: string | null;
  /** '' where the anomaly has none */
  readonly metric: string | null;
  readonly sinceUs: number | null;
  readonly anomalyId: number | null;
}

export interface NewSilence extends Silenced {
  readonly untilUs: number;
  readonly note: string | null;
}

export interface Silence extends NewSilence {
  readonly id: number;
  readonly createdAtUs: number;
  readonly createdBy: string;
  /** ended before its time */
  readonly endedAtUs: number | null;
  readonly endedBy: string | null;
  readonly holds: boolean;
}

/** SQL: the silence `s` has begun and not ended. */
export const holds = (s: string): string => `(${s}.ended_at IS NULL AND ${s}.until > now())`;

/** SQL: the silence `s` covers the anomaly `e`, which has the columns site, device, signal, kind, metric and since. */
export const covers = (s: string, e: string): string =>
  `((${s}.site IS NULL OR ${s}.site = ${e}.site) AND (${s}.device IS NULL OR ${s}.device = ${e}.device)
    AND (${s}.signal IS NULL OR ${s}.signal = ${e}.signal) AND (${s}.kind IS NULL OR ${s}.kind = ${e}.kind)
    AND (${s}.since IS NULL OR (${s}.since = ${e}.since AND ${s}.metric = ${e}.metric)))`;

/** SQL: `e` is silenced now. */
export const isSilenced = (e: string): string =>
  `EXISTS (SELECT FROM notify_silence silence WHERE ${holds('silence')} AND ${covers('silence', e)})`;

const COLUMNS = `id, site, device, signal, kind, metric, ${us('since')} AS "sinceUs", anomaly_id AS "anomalyId",
  ${us('until')} AS "untilUs", note, ${us('created_at')} AS "createdAtUs", created_by AS "createdBy",
  ${us('ended_at')} AS "endedAtUs", ended_by AS "endedBy", ${holds('notify_silence')} AS holds`;

/** Most silences that are listed, the latest first. */
const LISTED = 1_000;

/** Those of sites and devices that `reaches` says of (SQL on site and device, its parameters), the latest first. */
export function listSilences(
  db: Queryable,
  reaches: string,
  params: readonly string[][],
  all: boolean,
): Promise<Silence[]> {
  return db.query<Silence>(
    `SELECT ${COLUMNS} FROM notify_silence WHERE ${reaches} ${all ? '' : `AND ${holds('notify_silence')}`}
     ORDER BY id DESC LIMIT ${LISTED}`,
    params,
  );
}

export async function findSilence(db: Queryable, id: number): Promise<Silence | null> {
  return (await db.query<Silence>(`SELECT ${COLUMNS} FROM notify_silence WHERE id = $1`, [id]))[0] ?? null;
}

export async function addSilence(db: Queryable, s: NewSilence, by: string): Promise<number> {
  const rows = await db.query<{ id: number }>(
    `INSERT INTO notify_silence (site, device, signal, kind, metric, since, anomaly_id, until, note, created_by)
     VALUES ($1, $2, $3, $4, $5, ${ts('$6')}, $7, ${ts('$8')}, $9, $10) RETURNING id`,
    [s.site, s.device, s.signal, s.kind, s.metric, s.sinceUs, s.anomalyId, s.untilUs, s.note, by],
  );
  return rows[0]!.id;
}

/** Ends it now; one that has ended stays as it is. */
export async function endSilence(db: Queryable, id: number, by: string): Promise<void> {
  await db.query(
    `UPDATE notify_silence SET ended_at = now(), ended_by = $2 WHERE id = $1 AND ${holds('notify_silence')}`,
    [id, by],
  );
}

/** Removes those that ended so long ago that nobody asks any more why he was not told. */
export async function pruneSilences(db: Queryable): Promise<void> {
  await db.query(
    "DELETE FROM notify_silence WHERE least(until, coalesce(ended_at, until)) < now() - interval '90 days'",
  );
}
