import type { Logger } from '@loadcycle/contract';
import type { Queryable } from '@loadcycle/database/port';
import { Gauge, type Registry } from '@loadcycle/service';

/** Samples of the last hour of measurement, over all signals. */
export interface RecentCounts {
  /** landed, and in the holes of seq by the mean size of their session's batches */
  readonly expected: number;
  readonly missing: number;
}

/** From the ledger; what a backlog will still bring counts as missing until it comes. */
async function recentCounts(db: Queryable): Promise<RecentCounts> {
  const [row] = await db.query<RecentCounts>(
    `SELECT coalesce(sum(landed + lost), 0)::bigint AS expected, coalesce(sum(lost), 0)::bigint AS missing FROM (
       SELECT sum(count) AS landed,
              round((max(seq) - min(seq) + 1 - count(*)) * avg(count)) AS lost
       FROM batch WHERE t0 > now() - interval '1 hour' GROUP BY signal_id, session) s`,
  );
  return row!;
}

const KEEP_MS = 30_000;

/** Counted when somebody looks, and not more often than every half minute. */
export function exposeRecentCounts(registry: Registry, db: Queryable, log: Logger): void {
  let held: { at: number; counts: Promise<RecentCounts> } | null = null;
  const counts = (): Promise<RecentCounts> => {
    if (held === null || performance.now() - held.at > KEEP_MS) {
      held = { at: performance.now(), counts: recentCounts(db) };
    }
    return held.counts;
  };
  for (const [what, help] of [
    ['expected', 'Samples of the last hour that landed or are missing'],
    ['missing', 'Samples of the last hour that are missing by the holes in seq'],
  ] as const) {
    new Gauge({
      name: `loadcycle_samples_${what}_last_hour`,
      help,
      registers: [registry],
      async collect() {
        try {
          this.set((await counts())[what]);
        } catch (err) {
          held = null;
          log.warn({ err }, 'the accounts of the last hour cannot be read');
        }
      },
    });
  }
}
