import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import type { DetectorState } from './detector.ts';
import type { Episode } from './episodes.ts';

export interface FoundEpisode {
  readonly signalId: number;
  readonly episode: Episode;
}

const stateOf = (e: Episode): string => (e.untilUs === null ? 'open' : 'closed');

/** The same anomaly again (same signal, kind, metric and beginning) brings its row up to date. */
export async function writeEpisodes(tx: Queryable, found: readonly FoundEpisode[]): Promise<void> {
  // of one anomaly only how it stands at the end
  const last = new Map(found.map((f) => [nameOf(f.signalId, f.episode), f]));
  const all = [...last.values()];
  if (all.length === 0) return;
  await tx.query(
    `INSERT INTO anomaly (signal_id, kind, metric, since, until, state, value, expected, score)
     SELECT v.id, v.kind, v.metric, ${ts('v.since')}, ${ts('v.until')}, v.state, v.value, v.expected, v.score
     FROM unnest($1::int[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::float8[], $8::float8[], $9::float8[])
       v(id, kind, metric, since, until, state, value, expected, score)
     ON CONFLICT (signal_id, kind, metric, since) DO UPDATE SET until = excluded.until, state = excluded.state,
       value = excluded.value, expected = excluded.expected, score = excluded.score, changed_at = now()`,
    [
      all.map((f) => f.signalId),
      all.map((f) => f.episode.kind),
      all.map((f) => f.episode.metric ?? ''),
      all.map((f) => f.episode.sinceUs),
      all.map((f) => f.episode.untilUs),
      all.map((f) => stateOf(f.episode)),
      all.map((f) => f.episode.value),
      all.map((f) => f.episode.expected),
      all.map((f) => f.episode.score),
    ],
  );
}

export const nameOf = (signalId: number, e: Pick<Episode, 'kind' | 'metric' | 'sinceUs'>): string =>
  `${signalId}/${e.kind}/${e.metric ?? ''}/${e.sinceUs}`;

export async function readStates(
  db: Queryable,
  signalIds: readonly number[],
): Promise<Map<number, DetectorState>> {
  const rows = await db.query<{ id: number; state: DetectorState }>(
    'SELECT signal_id AS id, state FROM anomaly_state WHERE signal_id = ANY($1::int[])',
    [signalIds],
  );
  return new Map(rows.map((r) => [r.id, r.state]));
}

export async function saveStates(tx: Queryable, states: ReadonlyMap<number, string>): Promise<void> {
  if (states.size === 0) return;
  await tx.query(
    `INSERT INTO anomaly_state (signal_id, state)
     SELECT v.id, v.state::jsonb FROM unnest($1::int[], $2::text[]) v(id, state)
     ON CONFLICT (signal_id) DO UPDATE SET state = excluded.state`,
    [[...states.keys()], [...states.values()]],
  );
}

/** Anomalies of cycles that were open at `fromUs` or later. */
export async function scoredSince(tx: Queryable, signalId: number, fromUs: number): Promise<Episode[]> {
  const rows = await tx.query<Omit<Episode, 'hits' | 'misses' | 'open'>>(
    `SELECT kind, nullif(metric, '') AS metric, ${us('since')} AS "sinceUs", ${us('until')} AS "untilUs", value, expected, score
     FROM anomaly WHERE signal_id = $1 AND kind IN ('outlier', 'regime', 'limit', 'missing-cycles', 'stuck-load')
       AND state <> 'withdrawn' AND (until IS NULL OR until >= ${ts('$2')})`,
    [signalId, fromUs],
  );
  return rows.map((r) => ({ ...r, hits: 0, misses: 0, open: r.untilUs === null }));
}

export async function withdraw(tx: Queryable, signalId: number, episodes: readonly Episode[]): Promise<void> {
  if (episodes.length === 0) return;
  await tx.query(
    `UPDATE anomaly a SET state = 'withdrawn', until = coalesce(a.until, a.since), changed_at = now()
     FROM unnest($2::text[], $3::text[], $4::bigint[]) v(kind, metric, since)
     WHERE a.signal_id = $1 AND a.kind = v.kind AND a.metric = v.metric AND a.since = ${ts('v.since')}`,
    [
      signalId,
      episodes.map((e) => e.kind),
      episodes.map((e) => e.metric ?? ''),
      episodes.map((e) => e.sinceUs),
    ],
  );
}

/**
 * Signals that fell silent, and those that speak again, by the time of the newest sample of all: opens and closes
 * their rows, and tells which. A signal silent for more than a day is one that was taken away.
 */
export async function sweepSilence(tx: Queryable): Promise<
  {
    signalId: number;
    state: 'open' | 'closed';
    sinceUs: number;
    untilUs: number | null;
    value: number;
    expected: number;
  }[]
> {
  return tx.query(
    `WITH newest AS (SELECT max(seen_to) AS at FROM segmenter_state),
     limits AS (
       SELECT s.signal_id, s.seen_to, coalesce((g.definition->'anomalies'->>'noDataS')::float8, 60) AS seconds,
              coalesce((g.definition->'anomalies'->>'enabled')::boolean, true) AS enabled
       FROM segmenter_state s JOIN signal g ON g.id = s.signal_id),
     opened AS (
       INSERT INTO anomaly AS a (signal_id, kind, metric, since, value, expected)
       SELECT l.signal_id, 'no-data', '', l.seen_to, extract(epoch from n.at - l.seen_to)::float8, l.seconds
       FROM limits l, newest n
       WHERE l.enabled AND l.seconds > 0 AND l.seen_to < n.at - make_interval(secs => l.seconds)
         AND l.seen_to > n.at - INTERVAL '1 day'
       ON CONFLICT (signal_id, kind, metric, since) DO NOTHING RETURNING signal_id, since, until, value, expected),
     closed AS (
       UPDATE anomaly a SET state = 'closed', until = s.seen_to, changed_at = now() FROM segmenter_state s
       WHERE a.kind = 'no-data' AND a.state = 'open' AND s.signal_id = a.signal_id AND s.seen_to > a.since
       RETURNING a.signal_id, a.since, a.until, a.value, a.expected)
     SELECT signal_id AS "signalId", 'open' AS state, ${us('since')} AS "sinceUs", ${us('until')} AS "untilUs", value, expected FROM opened
     UNION ALL
     SELECT signal_id, 'closed', ${us('since')}, ${us('until')}, value, expected FROM closed`,
  );
}
