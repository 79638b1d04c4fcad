import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';

export interface RangeRequest {
  readonly signalIds: readonly number[];
  /** inclusive, µs since the epoch */
  readonly fromUs: number;
  readonly toUs: number;
  /** UUID under which all of it is found again */
  readonly operationId?: string;
}

export interface ReprocessRequest extends RangeRequest {
  /** cycle settings (contract/cycle-settings.ts) for this range; those of the catalogue where left out */
  readonly settings?: object;
  /** … or those of an earlier version of the definition */
  readonly settingsVersion?: number;
}

/**
 * Asks the cycles worker to cut a range again: cycles whose onset lies in it. Settings must have been parsed
 * (`cycleSettings`). Returns the ids of the jobs, one for each signal.
 */
export async function requestReprocess(db: Queryable, r: ReprocessRequest): Promise<number[]> {
  const rows = await db.query<{ id: number }>(
    `INSERT INTO repair (signal_id, from_ts, to_ts, reason, settings, settings_version, operation_id)
     SELECT id, ${ts('$2')}, ${ts('$3')}, 'reprocess', $4::jsonb, $5, $6 FROM unnest($1::int[]) id RETURNING id`,
    [
      r.signalIds,
      r.fromUs,
      r.toUs,
      r.settings === undefined ? null : JSON.stringify(r.settings),
      r.settingsVersion ?? null,
      r.operationId ?? null,
    ],
  );
  return rows.map((row) => row.id);
}

/** Asks landing to judge the samples of a range again, by the definitions of today. */
export async function requestRevalidation(db: Queryable, r: RangeRequest): Promise<number[]> {
  const rows = await db.query<{ id: number }>(
    `INSERT INTO revalidation (signal_id, from_ts, to_ts, operation_id)
     SELECT id, ${ts('$2')}, ${ts('$3')}, $4 FROM unnest($1::int[]) id RETURNING id`,
    [r.signalIds, r.fromUs, r.toUs, r.operationId ?? null],
  );
  return rows.map((row) => row.id);
}

export interface JobProgress {
  readonly id: number;
  readonly kind: 'reprocess' | 'revalidation';
  readonly signalId: number;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** 0 to 1 */
  readonly progress: number;
  /** cycles, or samples, that are other than before */
  readonly changed: number;
  readonly error: string | null;
}

/** All jobs of an operation. */
export async function jobsOf(db: Queryable, operationId: string): Promise<JobProgress[]> {
  const columns = `id, signal_id AS "signalId", state, error, ${us('from_ts')} AS "fromUs", ${us('to_ts')} AS "toUs", ${us('done_to')} AS "doneToUs"`;
  const rows = await db.query<
    Omit<JobProgress, 'progress'> & { fromUs: number; toUs: number; doneToUs: number | null }
  >(
    `SELECT 'reprocess' AS kind, ${columns}, cycles_changed::bigint AS changed FROM repair WHERE operation_id = $1
     UNION ALL
     SELECT 'revalidation', ${columns}, changed FROM revalidation WHERE operation_id = $1 ORDER BY 1, 2`,
    [operationId],
  );
  return rows.map(({ fromUs, toUs, doneToUs, ...job }) => {
    const part = doneToUs === null ? 0 : (doneToUs - fromUs) / Math.max(1, toUs - fromUs);
    return { ...job, progress: job.state === 'done' ? 1 : Math.min(0.99, Math.max(0, part)) };
  });
}
