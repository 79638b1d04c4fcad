import type { Queryable, Transaction } from '@loadcycle/database/port';
import { ts } from '@loadcycle/database/sql';
import type { LogRecord } from '@loadcycle/event-log/port';
import { anomalyKey, type ToldEvent } from './event.ts';
import { isSilenced } from './silences.ts';

/**
 * What a target knows of an anomaly that is open: `told`; `waiting`, it is to be told later (silenced, or by escalation);
 * `unknown`, it has not heard of it.
 */
export type Known = 'told' | 'waiting' | 'unknown';

export interface Standing {
  readonly known: Known;
  /** a silence covers it now */
  readonly silenced: boolean;
}

/** An event, as it is to be kept. */
export interface Entry {
  readonly record: LogRecord;
  readonly event: ToldEvent;
  readonly silenced: boolean;
}

const NAME = 'site, device, signal, kind, metric, since';
const JOIN = (a: string, b: string): string =>
  NAME.split(', ')
    .map((c) => `${a}.${c} = ${b}.${c}`)
    .join(' AND ');

/** Arrays of names for the parameters from `n` on, as rows `e` with an ordinal. */
const namesFrom = (n: number): string =>
  `(SELECT u.site, u.device, u.signal, u.kind, u.metric, ${ts('u.us')} AS since, u.n
    FROM unnest($${n}::text[], $${n + 1}::text[], $${n + 2}::text[], $${n + 3}::text[], $${n + 4}::text[], $${n + 5}::bigint[])
      WITH ORDINALITY u(site, device, signal, kind, metric, us, n)) e`;

const nameArrays = (events: readonly ToldEvent[]): (string[] | number[])[] => [
  events.map((e) => e.site),
  events.map((e) => e.device),
  events.map((e) => e.signal),
  events.map((e) => e.kind),
  events.map((e) => e.metric ?? ''),
  events.map((e) => e.sinceUs),
];

/** How a target stands to the anomalies of these events, by {@link anomalyKey}. */
export async function standings(
  db: Queryable,
  consumer: string,
  events: readonly ToldEvent[],
): Promise<Map<string, Standing>> {
  if (events.length === 0) return new Map();
  const rows = await db.query<Standing & { n: number }>(
    `SELECT e.n, ${isSilenced('e')} AS silenced,
       CASE WHEN a.consumer IS NULL THEN 'unknown' WHEN a.told_at IS NULL THEN 'waiting' ELSE 'told' END AS known
     FROM ${namesFrom(2)} LEFT JOIN notify_anomaly a ON a.consumer = $1 AND ${JOIN('a', 'e')}`,
    [consumer, ...nameArrays(events)],
  );
  return new Map(rows.map(({ n, ...standing }) => [anomalyKey(events[n - 1]!), standing]));
}

/** Keeps what a target was told (`told`) or is to be told; of an anomaly that is there the event is replaced. */
export async function keep(
  tx: Queryable,
  consumer: string,
  entries: readonly Entry[],
  told: boolean,
  afterS: number,
): Promise<void> {
  if (entries.length === 0) return;
  const of = <T>(pick: (e: Entry) => T): T[] => entries.map(pick);
  await tx.query(
    `INSERT INTO notify_anomaly (consumer, ${NAME}, topic, partition, "offset", event, after_s, silenced, due_at, told_at)
     SELECT t.consumer, e.site, e.device, e.signal, e.kind, e.metric, e.since, r.topic, r.partition, r."offset", decode(r.event, 'hex'),
       $8::int, r.silenced, ${ts('r.at_us')} + make_interval(secs => $8::int), CASE WHEN $9::boolean THEN now() END
     FROM ${namesFrom(2)}
       JOIN unnest($10::text[], $11::int[], $12::bigint[], $13::text[], $14::boolean[], $15::bigint[])
         WITH ORDINALITY r(topic, partition, "offset", event, silenced, at_us, n) ON r.n = e.n
       JOIN notify_target t ON t.consumer = $1
     ON CONFLICT (consumer, ${NAME}) DO UPDATE SET event = excluded.event, topic = excluded.topic,
       partition = excluded.partition, "offset" = excluded."offset", told_at = coalesce(notify_anomaly.told_at, excluded.told_at)`,
    [
      consumer,
      ...nameArrays(of((e) => e.event)),
      afterS,
      told,
      of((e) => e.record.topic),
      of((e) => e.record.partition),
      of((e) => e.record.offset),
      of((e) => Buffer.from(e.record.value).toString('hex')),
      of((e) => e.silenced),
      of((e) => Math.round(e.record.timestampMs * 1000)),
    ],
  );
}

/** Forgets anomalies that are over. */
export async function forget(tx: Queryable, consumer: string, events: readonly ToldEvent[]): Promise<void> {
  if (events.length === 0) return;
  await tx.query(
    `DELETE FROM notify_anomaly a USING ${namesFrom(2)} WHERE a.consumer = $1 AND ${JOIN('a', 'e')}`,
    [consumer, ...nameArrays(events)],
  );
}

/**
 * Silences that began or ended since the last look: what is silenced waits; what is no longer is due from now on, after the
 * target's own time.
 */
export async function followSilences(db: Queryable): Promise<void> {
  await db.query(
    `UPDATE notify_anomaly a SET silenced = NOT a.silenced,
       due_at = CASE WHEN a.silenced THEN now() + make_interval(secs => a.after_s) ELSE a.due_at END
     WHERE a.told_at IS NULL AND a.silenced <> ${isSilenced('a')}`,
  );
}

/** SQL: `a` waits no longer, is open in the store, and, where it waited for an acknowledgement, has none. */
const DUE = `a.told_at IS NULL AND NOT a.silenced AND a.due_at <= now() AND EXISTS (
    SELECT FROM signal_path p JOIN anomaly o ON o.signal_id = p.signal_id
    WHERE p.site = a.site AND p.device = a.device AND p.signal = a.signal AND o.kind = a.kind AND o.metric = a.metric
      AND o.since = a.since AND o.state = 'open' AND (a.after_s = 0 OR o.acknowledged_at IS NULL))
  AND NOT ${isSilenced('a')}`;

/** Consumers, with the partitions of the log, of which something is due. */
export async function whoIsDue(db: Queryable): Promise<Map<string, Set<number>>> {
  const rows = await db.query<{ consumer: string; partitions: number[] }>(
    `SELECT a.consumer, array_agg(DISTINCT a.partition) AS partitions FROM notify_anomaly a WHERE ${DUE} GROUP BY 1`,
  );
  return new Map(rows.map((r) => [r.consumer, new Set(r.partitions)]));
}

/** The records of what is due, the oldest first. */
export async function dueRecords(
  db: Queryable,
  consumer: string,
  partitions: readonly number[],
  limit: number,
): Promise<LogRecord[]> {
  const rows = await db.query<Omit<LogRecord, 'headers'>>(
    `SELECT topic, partition, "offset", site || '/' || device || '/' || signal AS key, event AS value,
       (extract(epoch FROM noted_at) * 1000)::float8 AS "timestampMs"
     FROM notify_anomaly a WHERE a.consumer = $1 AND a.partition = ANY($2::int[]) AND ${DUE}
     ORDER BY due_at LIMIT $3`,
    [consumer, partitions, limit],
  );
  return rows.map((r) => ({ ...r, headers: {} }));
}

export async function markTold(
  tx: Transaction,
  consumer: string,
  events: readonly ToldEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await tx.query(
    `UPDATE notify_anomaly a SET told_at = coalesce(told_at, now()) FROM ${namesFrom(2)}
     WHERE a.consumer = $1 AND ${JOIN('a', 'e')}`,
    [consumer, ...nameArrays(events)],
  );
}

/** Removes what has been closed in the store for a day without an event of that: the log has lost it. */
export async function pruneLedger(db: Queryable): Promise<void> {
  await db.query(
    `DELETE FROM notify_anomaly a WHERE a.noted_at < now() - interval '1 day' AND NOT EXISTS (
       SELECT FROM signal_path p JOIN anomaly o ON o.signal_id = p.signal_id
       WHERE p.site = a.site AND p.device = a.device AND p.signal = a.signal AND o.kind = a.kind AND o.metric = a.metric
         AND o.since = a.since AND (o.state = 'open' OR o.changed_at > now() - interval '1 day'))`,
  );
}
