import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import type { TopicPartition } from '@loadcycle/event-log/port';
import type { CutCycle } from '../cycles/segmenter.ts';
import { canRead, STATE_VERSION } from './signal-state.ts';

/** A request of the table `repair` that is not done. */
export interface OpenRepair {
  readonly id: number;
  readonly fromUs: number;
  readonly toUs: number;
  readonly reason: 'late' | 'reprocess' | 'quality' | 'levels';
  readonly state: 'waiting' | 'running';
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: number | null;
  readonly cyclesOffset: number | null;
  readonly settings: object | null;
  readonly settingsVersion: number | null;
}

/** What is kept of a re-cut between two slices. */
export interface Progress {
  readonly fromUs: number;
  /** null: up to the live position */
  readonly toUs: number | null;
  readonly state: Uint8Array | null;
  readonly doneToUs: number | null;
  readonly boundaryUs: number | null;
  readonly extra: {
    /** JSON of the cycle settings that it cuts with, and from when on they count */
    readonly settings: string;
    readonly sinceUs: number | null;
    readonly version: number;
    readonly checkpointUs: number | null;
    /** no cycle that began before this is changed */
    readonly changedFromUs: number;
    /** its state knows levels that were learnt from samples up to here, although it has not cut them yet */
    readonly learntToUs?: number;
    /** cycles that came out and are not written yet: where they end, an old one goes on */
    readonly pending?: readonly CutCycle[];
  };
}

/** Signals with open requests whose time has come, the longest-waiting first. */
export function dueSignals(
  db: Queryable,
  quietUs: number,
  patienceUs: number,
): Promise<{ signalId: number; at: TopicPartition | null }[]> {
  return db.query(
    `SELECT r.signal_id AS "signalId", s.extra->'at' AS at FROM repair r
     LEFT JOIN segmenter_state s ON s.signal_id = r.signal_id
     WHERE r.state IN ('waiting', 'running') GROUP BY r.signal_id, s.extra->'at'
     HAVING bool_or(r.state = 'running' OR r.reason = 'reprocess')
       OR max(r.asked_at) <= now() - interval '1 microsecond' * $1::bigint
       OR min(r.created_at) <= now() - interval '1 microsecond' * $2::bigint
     ORDER BY min(r.created_at) LIMIT 100`,
    [quietUs, patienceUs],
  );
}

/** Locks them; those that another worker has are not among them. */
export function lockRepairs(tx: Queryable, signalId: number): Promise<OpenRepair[]> {
  return tx.query(
    `SELECT id, ${us('from_ts')} AS "fromUs", ${us('to_ts')} AS "toUs", reason, state, topic, partition, "offset",
            cycles_offset AS "cyclesOffset", settings, settings_version AS "settingsVersion"
     FROM repair WHERE signal_id = $1 AND state IN ('waiting', 'running') ORDER BY id FOR UPDATE SKIP LOCKED`,
    [signalId],
  );
}

export async function readProgress(tx: Queryable, signalId: number): Promise<Progress | null> {
  const [row] = await tx.query<Omit<Progress, 'state'> & { state: Uint8Array; format: number }>(
    `SELECT ${us('from_ts')} AS "fromUs", ${us('to_ts')} AS "toUs", state, format, ${us('done_to')} AS "doneToUs",
            ${us('boundary')} AS "boundaryUs", extra FROM repair_progress WHERE signal_id = $1`,
    [signalId],
  );
  // saved by another version of the segmenter: it begins again
  if (row === undefined || !canRead(row.format)) return null;
  return { ...row, state: row.state.byteLength === 0 ? null : row.state };
}

/** Up to which onset re-cuts that are under way have replaced these signals' cycles, µs. */
export async function repairBoundaries(
  tx: Queryable,
  signalIds: readonly number[],
): Promise<Map<number, number>> {
  if (signalIds.length === 0) return new Map();
  const rows = await tx.query<{ id: number; boundaryUs: number }>(
    `SELECT signal_id AS id, ${us('boundary')} AS "boundaryUs" FROM repair_progress
     WHERE signal_id = ANY($1::int[]) AND boundary IS NOT NULL`,
    [signalIds],
  );
  return new Map(rows.map((r) => [r.id, r.boundaryUs]));
}

export async function saveProgress(tx: Queryable, signalId: number, p: Progress): Promise<void> {
  await tx.query(
    `INSERT INTO repair_progress (signal_id, from_ts, to_ts, state, format, extra, done_to, boundary)
     VALUES ($1, ${ts('$2')}, ${ts('$3')}, $4, $5, $6::jsonb, ${ts('$7')}, ${ts('$8')})
     ON CONFLICT (signal_id) DO UPDATE SET from_ts = excluded.from_ts, to_ts = excluded.to_ts, state = excluded.state,
       format = excluded.format, extra = excluded.extra, done_to = excluded.done_to, boundary = excluded.boundary`,
    [
      signalId,
      p.fromUs,
      p.toUs,
      p.state ?? new Uint8Array(0),
      STATE_VERSION,
      JSON.stringify(p.extra),
      p.doneToUs,
      p.boundaryUs,
    ],
  );
}

export async function dropProgress(tx: Queryable, signalId: number): Promise<void> {
  await tx.query('DELETE FROM repair_progress WHERE signal_id = $1', [signalId]);
}

export async function markRepairs(
  tx: Queryable,
  ids: readonly number[],
  state: 'running' | 'done' | 'failed',
  {
    doneToUs = null,
    changed = 0,
    error = null,
  }: { doneToUs?: number | null; changed?: number; error?: string | null } = {},
): Promise<void> {
  await tx.query(
    `UPDATE repair SET state = $2, done_to = coalesce(${ts('$3')}, done_to), cycles_changed = cycles_changed + $4, error = $5,
            attempts = attempts + CASE WHEN state = 'waiting' THEN 1 ELSE 0 END,
            finished_at = CASE WHEN $2 IN ('done', 'failed') THEN now() END
     WHERE id = ANY($1::bigint[])`,
    [ids, state, doneToUs, changed, error],
  );
}
