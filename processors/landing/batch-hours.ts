import type { Queryable } from '@loadcycle/database/port';
import { ts } from '@loadcycle/database/sql';
import type { LedgerEntry } from './prepare.ts';

const HOUR_US = 3_600_000_000;
/** Batches with seq 0 stand together: a codec without sequence numbers makes a session of each. */
const FIRST_OF_SESSIONS = '00000000-0000-0000-0000-000000000000';

const SUMS = ['batches', 'samples', 'good', 'uncertain', 'bad'] as const;
type Sum = (typeof SUMS)[number];

interface Hour extends Record<Sum, number> {
  readonly signalId: number;
  readonly hourUs: number;
  readonly session: string;
  firstSeq: number;
  lastSeq: number;
  endUs: number;
  longestUs: number;
}

/** Adds batches that the ledger has taken to its sums by hour, in the same transaction. */
export async function addToHours(tx: Queryable, landed: readonly LedgerEntry[]): Promise<void> {
  if (landed.length === 0) return;
  const hours = new Map<string, Hour>();
  for (const e of landed) {
    const hourUs = Math.floor(e.t0Us / HOUR_US) * HOUR_US;
    const session = e.seq === 0 ? FIRST_OF_SESSIONS : e.session;
    const key = `${e.signalId}/${hourUs}/${session}`;
    const { signalId, seq, endUs } = e;
    let h = hours.get(key);
    if (h === undefined) {
      const nothing = { batches: 0, samples: 0, good: 0, uncertain: 0, bad: 0 };
      hours.set(
        key,
        (h = { signalId, hourUs, session, ...nothing, firstSeq: seq, lastSeq: seq, endUs, longestUs: 0 }),
      );
    }
    h.batches++;
    h.samples += e.count;
    h.good += e.good;
    h.uncertain += e.uncertain;
    h.bad += e.bad;
    h.firstSeq = Math.min(h.firstSeq, seq);
    h.lastSeq = Math.max(h.lastSeq, seq);
    h.endUs = Math.max(h.endUs, endUs);
    h.longestUs = Math.max(h.longestUs, endUs - e.t0Us);
  }
  // always in the same order, so that two workers never wait for each other
  const rows = [...hours.values()].sort(
    (a, b) => a.signalId - b.signalId || a.hourUs - b.hourUs || (a.session < b.session ? -1 : 1),
  );
  await tx.query(
    `INSERT INTO batch_hour AS h (signal_id, hour, session, ${SUMS.join(', ')}, first_seq, last_seq, ends, longest)
     SELECT v.signal_id, ${ts('v.hour')}, v.session, ${SUMS.map((c) => `v.${c}`).join(', ')}, v.first_seq, v.last_seq, ${ts('v.ends')}, v.longest
     FROM unnest($1::int[], $2::bigint[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], ${SUMS.map((_, i) => `$${i + 8}::bigint[]`).join(', ')})
       v(signal_id, hour, session, first_seq, last_seq, ends, longest, ${SUMS.join(', ')})
     ON CONFLICT (signal_id, hour, session) DO UPDATE SET ${SUMS.map((c) => `${c} = h.${c} + excluded.${c}`).join(', ')},
       first_seq = least(h.first_seq, excluded.first_seq), last_seq = greatest(h.last_seq, excluded.last_seq),
       ends = greatest(h.ends, excluded.ends), longest = greatest(h.longest, excluded.longest)`,
    [
      rows.map((r) => r.signalId),
      rows.map((r) => r.hourUs),
      rows.map((r) => r.session),
      rows.map((r) => r.firstSeq),
      rows.map((r) => r.lastSeq),
      rows.map((r) => r.endUs),
      rows.map((r) => r.longestUs),
      ...SUMS.map((c) => rows.map((r) => r[c])),
    ],
  );
}

/** Brings the hours' sums of quality to what the ledger says of the batches that begin in [fromUs, toUs]. */
export async function recountHours(
  tx: Queryable,
  signalId: number,
  { fromUs, toUs }: { readonly fromUs: number; readonly toUs: number },
): Promise<void> {
  await tx.query(
    `UPDATE batch_hour h SET good = c.good, uncertain = c.uncertain, bad = c.bad
     FROM (SELECT time_bucket(interval '1 hour', t0) AS hour,
                  CASE WHEN seq = 0 THEN '${FIRST_OF_SESSIONS}' ELSE session END AS session,
                  sum(good) AS good, sum(uncertain) AS uncertain, sum(bad) AS bad
           FROM batch WHERE signal_id = $1 AND t0 >= ${ts('$2')} AND t0 < ${ts('$3')} GROUP BY 1, 2) c
     WHERE h.signal_id = $1 AND h.hour = c.hour AND h.session = c.session`,
    [signalId, Math.floor(fromUs / HOUR_US) * HOUR_US, (Math.floor(toUs / HOUR_US) + 1) * HOUR_US],
  );
}
