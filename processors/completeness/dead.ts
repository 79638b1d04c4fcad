import type { Window } from '@loadcycle/database/chunk-walk';
import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import type { SampleTimes } from './sample-times.ts';

/** A batch in the dead letters that could be read, and that has not landed since. */
export interface DeadBatch extends SampleTimes {
  readonly session: string;
  readonly seq: number;
}

/** Dead batches of a signal that lie in the range, and all others of their sessions and of the sessions in it. */
export async function deadBatches(
  db: Queryable,
  signalId: number,
  { fromUs, toUs }: Window,
): Promise<DeadBatch[]> {
  return await db.query<DeadBatch>(
    `WITH mine AS (
       SELECT d.* FROM signal_path p JOIN dead_batch d USING (site, device, signal) WHERE p.signal_id = $1),
     near AS (
       SELECT session FROM mine WHERE t0 < ${ts('$3')} AND t_end >= ${ts('$2')}
       UNION SELECT session FROM batch_hour WHERE signal_id = $1 AND hour < ${ts('$3')} AND ends >= ${ts('$2')})
     SELECT DISTINCT session, seq, ${us('t0')} AS "t0Us", ${us('t_end')} AS "endUs", count, period, offsets
     FROM mine d WHERE session IN (SELECT session FROM near) AND NOT EXISTS (
       SELECT FROM batch b WHERE b.signal_id = $1 AND b.session = d.session AND b.seq = d.seq AND b.t0 = d.t0
         AND b.t_end = d.t_end AND b.count = d.count AND b.digest = d.digest)
     ORDER BY session, seq`,
    [signalId, fromUs, toUs],
  );
}
