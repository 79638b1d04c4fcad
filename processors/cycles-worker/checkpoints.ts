import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import { READ_VERSIONS, STATE_VERSION } from './signal-state.ts';

/** A segmenter as it was after all samples up to and including `atUs`. */
export interface Checkpoint {
  readonly signalId: number;
  readonly atUs: number;
  readonly state: Uint8Array;
  readonly boundaryUs: number | null;
}

/**
 * Saves states that a re-cut may start from, and thins out the older ones of these signals: all of the last hour, one
 * an hour for a day, one a day before that. So a re-cut of anything starts at most a day before it.
 */
export async function saveCheckpoints(
  tx: Queryable,
  checkpoints: readonly Checkpoint[],
  byRepair = false,
): Promise<void> {
  if (checkpoints.length === 0) return;
  await tx.query(
    `INSERT INTO segmenter_checkpoint (signal_id, at, state, format, boundary, by_repair)
     SELECT v.id, ${ts('v.at')}, v.state, $1, ${ts('v.boundary')}, $6
     FROM unnest($2::int[], $3::bigint[], $4::bytea[], $5::bigint[]) v(id, at, state, boundary)
     ON CONFLICT (signal_id, at) DO UPDATE SET state = excluded.state, format = excluded.format, boundary = excluded.boundary, by_repair = excluded.by_repair`,
    [
      STATE_VERSION,
      checkpoints.map((c) => c.signalId),
      checkpoints.map((c) => c.atUs),
      checkpoints.map((c) => c.state),
      checkpoints.map((c) => c.boundaryUs),
      byRepair,
    ],
  );
  await tx.query(
    `DELETE FROM segmenter_checkpoint c USING (
       SELECT signal_id, at, row_number() OVER (PARTITION BY signal_id, bucket ORDER BY at) AS nth FROM (
         SELECT signal_id, at,
                CASE WHEN at > newest - INTERVAL '1 hour' THEN at
                     WHEN at > newest - INTERVAL '1 day' THEN date_trunc('hour', at)
                     ELSE date_trunc('day', at) END AS bucket
         FROM (SELECT signal_id, at, max(at) OVER (PARTITION BY signal_id) AS newest
               FROM segmenter_checkpoint WHERE signal_id = ANY($1::int[])) a) b) old
     WHERE c.signal_id = old.signal_id AND c.at = old.at AND old.nth > 1`,
    [[...new Set(checkpoints.map((c) => c.signalId))]],
  );
}

/**
 * The last state before `beforeUs` (strictly), after `sinceUs`; null where there is none that can be read. What the live
 * cut has written since `repairFromUs` has not seen the late data, and is not looked at.
 */
export async function checkpointBefore(
  tx: Queryable,
  signalId: number,
  beforeUs: number,
  sinceUs: number | null,
  repairFromUs: number | null,
): Promise<Omit<Checkpoint, 'signalId'> | null> {
  const rows = await tx.query<{ atUs: number; state: Uint8Array; boundaryUs: number | null }>(
    `SELECT ${us('at')} AS "atUs", state, ${us('boundary')} AS "boundaryUs" FROM segmenter_checkpoint
     WHERE signal_id = $1 AND at < ${ts('$2')} AND format = ANY($3::int[]) AND ($4::bigint IS NULL OR at > ${ts('$4')})
       AND ($5::bigint IS NULL OR by_repair OR at < ${ts('$5')})
     ORDER BY at DESC LIMIT 1`,
    [signalId, beforeUs, READ_VERSIONS, sinceUs, repairFromUs],
  );
  return rows[0] ?? null;
}

/** States that have seen none of the late data are worth nothing any more. */
export async function dropCheckpointsFrom(tx: Queryable, signalId: number, fromUs: number): Promise<void> {
  await tx.query(`DELETE FROM segmenter_checkpoint WHERE signal_id = $1 AND at >= ${ts('$2')}`, [
    signalId,
    fromUs,
  ]);
}

/** The re-cut is done: its states are those of the signal. */
export async function adoptCheckpoints(tx: Queryable, signalId: number, fromUs: number): Promise<void> {
  await tx.query(
    `DELETE FROM segmenter_checkpoint WHERE signal_id = $1 AND at >= ${ts('$2')} AND NOT by_repair`,
    [signalId, fromUs],
  );
  await tx.query('UPDATE segmenter_checkpoint SET by_repair = false WHERE signal_id = $1 AND by_repair', [
    signalId,
  ]);
}
