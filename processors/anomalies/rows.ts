import type { AnomalyKind, ClosedReason } from '@loadcycle/contract/anomaly-event';
import type { AnomalySettings } from '@loadcycle/contract/anomaly-settings';
import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import type { TopicPartition } from '@loadcycle/event-log/port';
import type { Baseline, DetectorState } from './detector.ts';
import type { Episode } from './episodes.ts';

/** Kinds that are found in cycles. */
const CYCLE_KINDS = ['outlier', 'regime', 'limit', 'missing-cycles', 'stuck-load'] as const;

/** An anomaly of cycles, or of a rule, as far as its row is concerned. */
export type RowEpisode = Pick<
  Episode,
  'sinceUs' | 'untilUs' | 'closedReason' | 'hitUs' | 'history' | 'value' | 'expected' | 'score'
> & { readonly kind: AnomalyKind; readonly metric: string | null; readonly reason?: string | null };

export interface FoundEpisode {
  readonly signalId: number;
  readonly episode: RowEpisode;
}

/** As a row: what was found in history is over with its last cycle, whatever comes after. */
const rowOf = (
  e: RowEpisode,
): { state: string; untilUs: number | null; closedReason: ClosedReason | null } => {
  if (e.history) return { state: 'closed', untilUs: e.untilUs ?? e.hitUs, closedReason: 'history' };
  return { state: e.untilUs === null ? 'open' : 'closed', untilUs: e.untilUs, closedReason: e.closedReason };
};

/** The same anomaly again (same signal, kind, metric and beginning) brings its row up to date. */
export async function writeEpisodes(tx: Queryable, found: readonly FoundEpisode[]): Promise<void> {
  // of one anomaly only how it stands at the end
  const last = new Map(found.map((f) => [nameOf(f.signalId, f.episode), f]));
  const all = [...last.values()];
  if (all.length === 0) return;
  await tx.query(
    `INSERT INTO anomaly (signal_id, kind, metric, since, until, state, value, expected, score, closed_reason, reason)
     SELECT v.id, v.kind, v.metric, ${ts('v.since')}, ${ts('v.until')}, v.state, v.value, v.expected, v.score, v.closed, v.reason
     FROM unnest($1::int[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::float8[], $8::float8[], $9::float8[], $10::text[], $11::text[])
       v(id, kind, metric, since, until, state, value, expected, score, closed, reason)
     ON CONFLICT (signal_id, kind, metric, since) DO UPDATE SET until = excluded.until, state = excluded.state,
       value = excluded.value, expected = excluded.expected, score = excluded.score,
       closed_reason = excluded.closed_reason, reason = excluded.reason, changed_at = now()`,
    [
      all.map((f) => f.signalId),
      all.map((f) => f.episode.kind),
      all.map((f) => f.episode.metric ?? ''),
      all.map((f) => f.episode.sinceUs),
      all.map((f) => rowOf(f.episode).untilUs),
      all.map((f) => rowOf(f.episode).state),
      all.map((f) => f.episode.value),
      all.map((f) => f.episode.expected),
      all.map((f) => f.episode.score),
      all.map((f) => rowOf(f.episode).closedReason),
      all.map((f) => f.episode.reason ?? null),
    ],
  );
}

export const nameOf = (signalId: number, e: Pick<RowEpisode, 'kind' | 'metric' | 'sinceUs'>): string =>
  `${signalId}/${e.kind}/${e.metric ?? ''}/${e.sinceUs}`;

/** A detector as it is kept. */
export interface StoredDetector {
  readonly state: DetectorState & {
    /** JSON of what the definition said of anomalies; left out: a store from before */
    readonly definition?: string;
  };
  readonly baseline: Baseline;
}

export async function readStates(
  db: Queryable,
  signalIds: readonly number[],
): Promise<Map<number, StoredDetector>> {
  const rows = await db.query<{ id: number; state: StoredDetector['state']; baseline: Baseline | null }>(
    'SELECT signal_id AS id, state, baseline FROM anomaly_state WHERE signal_id = ANY($1::int[])',
    [signalIds],
  );
  return new Map(rows.map((r) => [r.id, { state: r.state, baseline: r.baseline ?? {} }]));
}

/** What is to be kept of a detector, as JSON; a baseline of null stays as it is. */
export interface DetectorText {
  readonly state: string;
  readonly baseline: string | null;
}

export async function saveStates(tx: Queryable, states: ReadonlyMap<number, DetectorText>): Promise<void> {
  if (states.size === 0) return;
  const all = [...states.values()];
  await tx.query(
    `INSERT INTO anomaly_state AS a (signal_id, state, baseline)
     SELECT v.id, v.state::jsonb, v.baseline::jsonb FROM unnest($1::int[], $2::text[], $3::text[]) v(id, state, baseline)
     ON CONFLICT (signal_id) DO UPDATE SET state = excluded.state, baseline = coalesce(excluded.baseline, a.baseline)`,
    [[...states.keys()], all.map((s) => s.state), all.map((s) => s.baseline)],
  );
}

/**
 * Up to where a signal's anomalies stand as they are, µs: somebody's word or another definition has ended one there, and
 * what was found before was judged by what was usual then. Null: nowhere.
 */
export async function settledTo(tx: Queryable, signalId: number): Promise<number | null> {
  const [row] = await tx.query<{ toUs: number | null }>(
    `SELECT ${us('max(until)')} AS "toUs" FROM anomaly WHERE signal_id = $1 AND closed_reason IN ('accepted', 'definition')
       AND kind = ANY($2::text[])`,
    [signalId, CYCLE_KINDS],
  );
  return row?.toUs ?? null;
}

/** Anomalies of cycles that were open at `fromUs` or later. */
export async function scoredSince(tx: Queryable, signalId: number, fromUs: number): Promise<Episode[]> {
  const rows = await tx.query<Omit<Episode, 'hits' | 'misses' | 'pause' | 'open' | 'hitUs'>>(
    `SELECT kind, nullif(metric, '') AS metric, ${us('since')} AS "sinceUs", ${us('until')} AS "untilUs", value, expected, score,
            closed_reason AS "closedReason", closed_reason IS NOT DISTINCT FROM 'history' AS history
     FROM anomaly WHERE signal_id = $1 AND kind = ANY($3::text[])
       AND state <> 'withdrawn' AND (until IS NULL OR until >= ${ts('$2')})`,
    [signalId, fromUs, CYCLE_KINDS],
  );
  return rows.map((r) => ({
    ...r,
    hits: 0,
    misses: 0,
    pause: 0,
    open: r.untilUs === null,
    hitUs: r.sinceUs,
  }));
}

export async function withdraw(tx: Queryable, signalId: number, episodes: readonly Episode[]): Promise<void> {
  if (episodes.length === 0) return;
  await tx.query(
    `UPDATE anomaly a SET state = 'withdrawn', until = coalesce(a.until, a.since), closed_reason = NULL, changed_at = now()
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

/** Cycles that ended before this are history: µs of the signal's newest live sample, less what it allows, at the earliest. */
export async function liveFrom(tx: Queryable, signalId: number, settings: AnomalySettings): Promise<number> {
  const [row] = await tx.query<{ sampleUs: number; presentFromUs: number }>(
    `SELECT ${us('sample_at')} AS "sampleUs", ${us('present_from')} AS "presentFromUs" FROM signal_arrival
     WHERE signal_id = $1 AND present_from IS NOT NULL`,
    [signalId],
  );
  if (row === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(row.presentFromUs, row.sampleUs - settings.historyAfterS * 1e6);
}

export const NO_DATA = 'no-data';

/** A silence of a signal, by the cloud's clock. */
export interface SilenceFound {
  readonly signalId: number;
  readonly sinceUs: number;
  readonly untilUs: number | null;
  readonly value: number;
  readonly expected: number | null;
  readonly closedReason: ClosedReason | null;
}

/** Silences that are over, whether they were seen while they lasted or not. */
export async function closeSilences(tx: Queryable, found: readonly SilenceFound[]): Promise<void> {
  if (found.length === 0) return;
  await tx.query(
    `INSERT INTO anomaly AS a (signal_id, kind, metric, since, until, state, value, expected, closed_reason)
     SELECT v.id, '${NO_DATA}', '', ${ts('v.since')}, ${ts('v.until')}, 'closed', v.value, v.expected, v.reason
     FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::float8[], $5::float8[], $6::text[]) v(id, since, until, value, expected, reason)
     ON CONFLICT (signal_id, kind, metric, since) DO UPDATE SET state = 'closed', until = excluded.until, value = excluded.value,
       closed_reason = excluded.closed_reason, changed_at = now() WHERE a.state = 'open'`,
    [
      found.map((f) => f.signalId),
      found.map((f) => f.sinceUs),
      found.map((f) => f.untilUs),
      found.map((f) => f.value),
      found.map((f) => f.expected),
      found.map((f) => f.closedReason),
    ],
  );
}

/** By when all that a partition of the log had at a moment of the cloud's clock has been read. */
export interface Look extends TopicPartition {
  readonly atUs: number;
}

/** Silent for longer than this when it is first looked at: nobody waits for it any more, or the log is read again. */
const FORGOTTEN = "INTERVAL '7 days'";

/**
 * Signals of these partitions that have been silent for too long by now, and silences that their definition ends: opens and closes the rows, and tells which.
 */
export async function sweepSilence(
  tx: Queryable,
  looks: readonly Look[],
): Promise<(SilenceFound & TopicPartition)[]> {
  const fields = `r.topic, r.partition, signal_id AS "signalId", ${us('since')} AS "sinceUs", ${us('until')} AS "untilUs", value, expected, closed_reason AS "closedReason"`;
  return tx.query(
    `WITH looks AS (SELECT topic, partition, ${ts('u.at')} AS at FROM unnest($1::text[], $2::int[], $3::bigint[]) u(topic, partition, at)),
     heard AS (
       SELECT r.signal_id, r.heard_at, r.present_from IS NOT NULL AS awaited, l.at, coalesce((s.anomalies->>'enabled')::boolean, true) AS enabled,
              coalesce((s.anomalies->>'noDataS')::float8, r.patience_us / 1e6) AS allowed
       FROM signal_arrival r JOIN looks l ON l.topic = r.topic AND l.partition = r.partition
       CROSS JOIN LATERAL (SELECT definition->'anomalies' AS anomalies FROM signal WHERE id = r.signal_id) s),
     opened AS (
       INSERT INTO anomaly AS a (signal_id, kind, metric, since, value, expected)
       SELECT signal_id, '${NO_DATA}', '', heard_at, extract(epoch FROM at - heard_at)::float8, allowed FROM heard
       WHERE awaited AND enabled AND allowed > 0 AND heard_at + allowed * INTERVAL '1 second' < at
         AND heard_at + allowed * INTERVAL '1 second' > at - ${FORGOTTEN}
       ON CONFLICT (signal_id, kind, metric, since) DO NOTHING RETURNING signal_id, since, until, value, expected, closed_reason),
     closed AS (
       UPDATE anomaly a SET state = 'closed', until = h.at, closed_reason = 'definition', changed_at = now() FROM heard h
       WHERE a.signal_id = h.signal_id AND a.kind = '${NO_DATA}' AND a.state = 'open'
         AND (NOT h.enabled OR h.allowed = 0)
       RETURNING a.signal_id, a.since, a.until, a.value, a.expected, a.closed_reason)
     SELECT ${fields} FROM (SELECT * FROM opened UNION ALL SELECT * FROM closed) f JOIN signal_arrival r USING (signal_id)`,
    [looks.map((l) => l.topic), looks.map((l) => l.partition), looks.map((l) => l.atUs)],
  );
}
