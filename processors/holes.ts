import { LOG_TOPICS } from '@loadcycle/contract';
import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';

/** Batches of one session that never came: seq `fromSeq` to `toSeq`, between the times of their neighbours. */
export interface Hole {
  readonly session: string;
  readonly fromSeq: number;
  readonly toSeq: number;
  /** µs since the epoch; where the session's first batches are missing, as far back as they reach at its period */
  readonly fromUs: number;
  readonly toUs: number;
  readonly samples: number;
  /**
   * `log.replaced`: the event log was lost between the batches on either side (docs/decisions/0151): its records had
   * been receipted. Null: not known here.
   */
  readonly reason: 'log.replaced' | null;
}

interface HoleRow {
  session: string;
  before: number | null;
  seq: number;
  beforeEndUs: number | null;
  t0Us: number;
  /** of the batch after the hole */
  period: number | null;
  count: number;
  endUs: number;
  replaced: boolean;
}

/**
 * Holes that begin in the range, and some that only touch it. The neighbours of its sessions outside of it are looked
 * up too.
 */
export async function findHoles(
  db: Queryable,
  signalId: number,
  fromUs: number,
  toUs: number,
): Promise<Hole[]> {
  const columns = 'b.session, b.seq, b.t0, b.t_end, b.period, b.count, b.landed_at';
  const rows = await db.query<HoleRow>(
    `WITH inside AS (
       SELECT ${columns}, false AS edge FROM batch b WHERE b.signal_id = $1 AND b.t0 >= ${ts('$2')} AND b.t0 < ${ts('$3')}),
     sessions AS (
       SELECT session, min(seq) AS lo, max(seq) AS hi FROM inside GROUP BY session
       UNION ALL
       SELECT session, seq + 1, seq FROM (
         SELECT session, seq FROM batch WHERE signal_id = $1 AND t0 < ${ts('$2')} ORDER BY t0 DESC LIMIT 1) l
       WHERE session NOT IN (SELECT session FROM inside)),
     around AS (
       SELECT p.* FROM sessions s CROSS JOIN LATERAL (
         SELECT ${columns}, true AS edge FROM batch b
         WHERE b.signal_id = $1 AND b.session = s.session AND b.seq < s.lo ORDER BY b.seq DESC LIMIT 1) p
       UNION ALL
       SELECT n.* FROM sessions s CROSS JOIN LATERAL (
         SELECT ${columns}, false AS edge FROM batch b
         WHERE b.signal_id = $1 AND b.session = s.session AND b.seq > s.hi ORDER BY b.seq LIMIT 1) n),
     steps AS (
       SELECT *, lag(seq) OVER w AS before, lag(t_end) OVER w AS before_end, lag(landed_at) OVER w AS before_landed
       FROM (SELECT * FROM inside UNION ALL SELECT * FROM around) a WINDOW w AS (PARTITION BY session ORDER BY seq))
     SELECT session, before, seq, ${us('before_end')} AS "beforeEndUs", ${us('t0')} AS "t0Us", period, count, ${us('t_end')} AS "endUs",
            EXISTS (SELECT FROM log_replacement r WHERE r.topic = '${LOG_TOPICS.samples}' AND r.noticed_at <= landed_at
                    AND r.noticed_at > coalesce(before_landed, t0)) AS replaced
     FROM steps WHERE seq - before > 1 OR (before IS NULL AND seq > 0 AND NOT edge) ORDER BY t0`,
    [signalId, fromUs, toUs],
  );
  return rows.map(holeOf);
}

/** Does the ledger hold any of the batches that are said to be missing? */
export async function someLanded(db: Queryable, signalId: number, holes: readonly Hole[]): Promise<boolean> {
  for (let at = 0; at < holes.length; at += 500) {
    const some = holes.slice(at, at + 500);
    const rows = await db.query(
      `SELECT 1 FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) AS h(session, lo, hi)
       WHERE EXISTS (SELECT FROM batch b WHERE b.signal_id = $1 AND b.session = h.session AND b.seq BETWEEN h.lo AND h.hi)
       LIMIT 1`,
      [signalId, some.map((h) => h.session), some.map((h) => h.fromSeq), some.map((h) => h.toSeq)],
    );
    if (rows.length > 0) return true;
  }
  return false;
}

function holeOf({ session, before, seq, beforeEndUs, t0Us, period, count, endUs, replaced }: HoleRow): Hole {
  const reason = replaced ? 'log.replaced' : null;
  const step = period ?? (count > 1 ? (endUs - t0Us) / (count - 1) : 0);
  const fromSeq = (before ?? -1) + 1;
  const toSeq = seq - 1;
  if (beforeEndUs === null) {
    // nothing of the session's beginning is there: as many samples as in the batch that came
    const samples = (toSeq - fromSeq + 1) * count;
    return {
      session,
      fromSeq,
      toSeq,
      fromUs: Math.round(t0Us - samples * step),
      toUs: t0Us,
      samples,
      reason,
    };
  }
  const fromUs = beforeEndUs + Math.round(step);
  const samples = step > 0 ? Math.max(0, Math.round((t0Us - beforeEndUs) / step) - 1) : toSeq - fromSeq + 1;
  return { session, fromSeq, toSeq, fromUs: Math.min(fromUs, t0Us), toUs: t0Us, samples, reason };
}
