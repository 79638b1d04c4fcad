import { LOG_TOPICS } from '@loadcycle/contract';
import type { Database, Transaction } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import type { PartitionEnds } from '@loadcycle/event-log/port';
import { CYCLES } from '../cycles-worker/settings.ts';
import { LANDING } from '../landing/settings.ts';

/** The log behind a topic as it is now. */
export interface PresentLog {
  readonly topic: string;
  readonly identity: string | null;
  readonly ends: readonly PartitionEnds[];
}

/** One consumer's place in the log that is lost. */
export interface PlaceInOldLog {
  readonly consumer: string;
  readonly partition: number;
  readonly next: number;
  readonly logId: string | null;
}

export interface Replacement {
  readonly id: number;
  readonly topic: string;
  readonly oldLog: string | null;
  readonly newLog: string | null;
  readonly consumers: readonly (PlaceInOldLog & { readonly goesOnAt: number })[];
}

/** Topics of what is told to somebody: what is still there of a log that lost its newest records was told before. */
const TOLD: readonly string[] = [LOG_TOPICS.cycles, LOG_TOPICS.anomalies];

type Place = Omit<PlaceInOldLog, 'consumer'>;

export const isOfAnother = ({ logId }: Place, { identity }: PresentLog): boolean =>
  identity !== null && logId !== null && logId !== identity;

/** Does this place mean nothing in the present log? */
export function isElsewhere(at: Place, log: PresentLog): boolean {
  return isOfAnother(at, log) || at.next > (log.ends.find((e) => e.partition === at.partition)?.end ?? 0);
}

/**
 * The log was lost and made anew, or has lost its newest records: every consumer of the topic whose place means nothing
 * any more goes on at the beginning, in one transaction, and it is noted. What comes again from there is stopped by
 * the ledger; what was in the lost log only is a hole in seq, whose reason the note is. Null: another worker was first.
 */
export async function startAnew(db: Database, log: PresentLog): Promise<Replacement | null> {
  return await db.transaction((tx) => inTransaction(tx, log), { priority: 'write' });
}

async function inTransaction(tx: Transaction, log: PresentLog): Promise<Replacement | null> {
  const { topic, identity, ends } = log;
  const places = await tx.query<PlaceInOldLog & { movedAtUs: number }>(
    `SELECT consumer, partition, next, log_id AS "logId", ${us('moved_at')} AS "movedAtUs" FROM consumer_offset
     WHERE topic = $1 ORDER BY consumer, partition FOR UPDATE`,
    [topic],
  );
  const first = places.find((p) => isElsewhere(p, log));
  if (first === undefined) return null;
  /** the same log, without its newest records */
  const shrunk = first.logId === identity;
  const told = TOLD.includes(topic);
  const elsewhere = places.filter((p) => isElsewhere(p, log) || (!shrunk && p.logId !== identity));
  const end = (partition: number): PartitionEnds =>
    ends.find((e) => e.partition === partition) ?? { topic, partition, begin: 0, end: 0 };
  const consumers = elsewhere.map(({ consumer, partition, next, logId }) => {
    const at = end(partition);
    return { consumer, partition, next, logId, goesOnAt: shrunk && told ? at.end : at.begin };
  });
  const [noted] = await tx.query<{ id: number }>(
    `INSERT INTO log_replacement (topic, old_log, new_log, noticed_at, consumers)
     VALUES ($1, $2, $3, clock_timestamp(), $4::jsonb) RETURNING id`,
    [topic, first.logId, identity, JSON.stringify(consumers)],
  );
  await tx.query(
    `UPDATE consumer_offset o SET next = v.next, log_id = $2, moved_at = now()
     FROM unnest($3::text[], $4::int[], $5::bigint[]) v(consumer, partition, next)
     WHERE o.topic = $1 AND o.consumer = v.consumer AND o.partition = v.partition`,
    [
      topic,
      identity,
      consumers.map((c) => c.consumer),
      consumers.map((c) => c.partition),
      consumers.map((c) => c.goesOnAt),
    ],
  );
  if (shrunk && !told)
    await tx.query(FREE_PLACES, [topic, ends.map((e) => e.partition), ends.map((e) => e.end)]);
  if (topic === LOG_TOPICS.samples) {
    // nothing will ever come to the records that these wait for
    await tx.query(
      `UPDATE repair SET topic = NULL, partition = NULL, "offset" = NULL, cycles_offset = NULL
       WHERE topic = $1 AND state IN ('waiting', 'running')`,
      [topic],
    );
    if (landingWasAhead(places)) {
      const moved = places.filter((p) => p.consumer === CYCLES).map((p) => p.movedAtUs);
      await tx.query(CUT_AGAIN, [Math.min(...moved)]);
    }
  }
  return { id: noted!.id, topic, oldLog: first.logId, newLog: identity, consumers };
}

/** Other records will stand where lost ones stood: their dead letters must not be taken for the same. */
const FREE_PLACES = `
  UPDATE dead_letter d SET log_id = d.log_id || ' until ' || now()
  FROM unnest($2::int[], $3::bigint[]) e(partition, "end")
  WHERE d.topic = $1 AND d.partition = e.partition AND d."offset" >= e."end"`;

function landingWasAhead(places: readonly PlaceInOldLog[]): boolean {
  const at = (consumer: string, partition: number): number | undefined =>
    places.find((p) => p.consumer === consumer && p.partition === partition)?.next;
  return places.some(
    (p) => p.consumer === LANDING && p.next > (at(CYCLES, p.partition) ?? Number.POSITIVE_INFINITY),
  );
}

/**
 * What has landed and the cycles worker had not come to will not come to it any more: it is cut from the rows in the
 * store, from where each signal's segmenter stands, with an hour for what came late.
 */
const CUT_AGAIN = `
  INSERT INTO repair (signal_id, from_ts, to_ts, reason)
  SELECT b.signal_id, least(min(b.t0), min(s.seen_to)), max(b.t_end), 'late'
  FROM batch b LEFT JOIN segmenter_state s ON s.signal_id = b.signal_id
  WHERE b.landed_at >= ${ts('$1')} - interval '1 hour'
  GROUP BY b.signal_id`;
