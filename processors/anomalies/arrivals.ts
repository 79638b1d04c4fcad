import { HEADERS, lastSampleUs } from '@loadcycle/contract';
import { anomalySettings } from '@loadcycle/contract/anomaly-settings';
import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import type { LogRecord } from '@loadcycle/event-log/port';
import type { JudgedBatch } from '../work/judge.ts';
import { receivedAtUs } from '../work/messages.ts';
import { type Age, type Arrival, ageOf, allowedSilenceUs, noteArrival } from './arrival.ts';
import { NO_DATA, type SilenceFound } from './rows.ts';

/** A batch of the group that came for the first time. */
export interface Arrived extends JudgedBatch {
  /** what it tells of: `live` is the present; a dead letter's second try is none */
  age: Age;
}

interface Row {
  readonly id: number;
  readonly clockOffsetUs: number;
  readonly heardUs: number | null;
  readonly sampleUs: number;
  readonly periodsUs: readonly number[];
  readonly patienceUs: number | null;
  readonly live: boolean;
  readonly leastLagUs: number;
  readonly debtUs: number;
  readonly presentFromUs: number | null;
  /** since when a `no-data` is open */
  readonly openUs: number | null;
}

/**
 * Writes down when signals were heard, in the transaction of their cycles, what each batch tells of, and ends their
 * silences. `presentFromUs`: from where on each signal tells of the present, null where it does not. A silence that nobody
 * saw while it lasted is found too, so that a log that is read again gives the same ones.
 */
export async function noteArrivals(
  tx: Queryable,
  arrived: readonly Arrived[],
): Promise<{ presentFromUs: Map<number, number | null>; found: SilenceFound[] }> {
  const presentFromUs = new Map<number, number | null>();
  const bySignal = Map.groupBy(arrived, (a) => a.known.id);
  if (bySignal.size === 0) return { presentFromUs, found: [] };
  const rows = await tx.query<Row>(
    `SELECT g.id, coalesce(c.offset_us, 0) AS "clockOffsetUs", ${us('a.heard_at')} AS "heardUs", ${us('a.sample_at')} AS "sampleUs",
            a.periods AS "periodsUs", a.patience_us AS "patienceUs", a.live, a.least_lag_us AS "leastLagUs", a.debt_us AS "debtUs",
            ${us('a.present_from')} AS "presentFromUs",
            (SELECT ${us('max(o.since)')} FROM anomaly o WHERE o.signal_id = g.id AND o.state = 'open' AND o.kind = '${NO_DATA}') AS "openUs"
     FROM signal g LEFT JOIN signal_arrival a ON a.signal_id = g.id LEFT JOIN device_clock c ON c.device_id = g.device_id
     WHERE g.id = ANY($1::int[])`,
    [[...bySignal.keys()]],
  );
  const changed: { id: number; record: LogRecord; arrival: Arrival }[] = [];
  const found: SilenceFound[] = [];
  for (const row of rows) {
    const settings = anomalySettings(bySignal.get(row.id)![0]!.known.definition.anomalies ?? {});
    const before: Arrival | null = row.heardUs === null ? null : { ...row, heardUs: row.heardUs };
    let arrival = before;
    let { openUs } = row;
    for (const arrived of bySignal.get(row.id)!) {
      const { known, batch, record } = arrived;
      // a dead letter's second try says nothing of now
      if (record.headers[HEADERS.replayed] === 'true') continue;
      const received = receivedAtUs(record);
      const lastUs = lastSampleUs(batch);
      const lagUs = received + row.clockOffsetUs - lastUs;
      const age = ageOf(lagUs, settings, known.definition);
      const spanUs = lastUs - batch.t0Us + (batch.dtUs ?? 0);
      const heard = { t0Us: batch.t0Us, lastUs, spanUs, receivedAtUs: received, lagUs, age };
      const next = noteArrival(arrival, heard, known.definition.expectedPeriodUs);
      const present = next?.presentFromUs ?? null;
      presentFromUs.set(row.id, present);
      const isPresent = present !== null && batch.t0Us >= present;
      arrived.age = age === 'ahead' ? age : isPresent ? 'live' : 'history';
      if (next === arrival) continue;
      const allowedUs = allowedSilenceUs(settings, arrival?.patienceUs ?? null);
      const sinceUs = openUs ?? arrival?.heardUs ?? 0;
      const awaited = arrival !== null && arrival.presentFromUs !== null;
      const silent = awaited && allowedUs !== null && received - arrival!.heardUs > allowedUs;
      if (openUs !== null || silent) {
        const rest = {
          untilUs: received,
          value: (received - sinceUs) / 1e6,
          expected: allowedUs === null ? null : allowedUs / 1e6,
        };
        found.push({ signalId: row.id, sinceUs, ...rest, closedReason: 'returned' });
        openUs = null;
      }
      arrival = next;
    }
    if (arrival === null || arrival === before) continue;
    changed.push({ id: row.id, record: bySignal.get(row.id)!.at(-1)!.record, arrival });
  }
  await save(tx, changed);
  return { presentFromUs, found };
}

async function save(
  tx: Queryable,
  all: readonly { id: number; record: LogRecord; arrival: Arrival }[],
): Promise<void> {
  if (all.length === 0) return;
  await tx.query(
    `INSERT INTO signal_arrival (signal_id, topic, partition, heard_at, sample_at, periods, patience_us, live, least_lag_us, debt_us,
       present_from)
     SELECT v.id, v.topic, v.partition, ${ts('v.heard')}, ${ts('v.sample')},
            ARRAY(SELECT jsonb_array_elements_text(v.periods::jsonb)::bigint), v.patience, v.live, v.lag, v.debt, ${ts('v.present')}
     FROM unnest($1::int[], $2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::text[], $7::bigint[], $8::boolean[], $9::bigint[],
       $10::bigint[], $11::bigint[]) v(id, topic, partition, heard, sample, periods, patience, live, lag, debt, present)
     ON CONFLICT (signal_id) DO UPDATE SET topic = excluded.topic, partition = excluded.partition, heard_at = excluded.heard_at,
       sample_at = excluded.sample_at, periods = excluded.periods, patience_us = excluded.patience_us, live = excluded.live,
       least_lag_us = excluded.least_lag_us, debt_us = excluded.debt_us, present_from = excluded.present_from`,
    [
      all.map((a) => a.id),
      all.map((a) => a.record.topic),
      all.map((a) => a.record.partition),
      all.map((a) => a.arrival.heardUs),
      all.map((a) => a.arrival.sampleUs),
      all.map((a) => JSON.stringify(a.arrival.periodsUs)),
      all.map((a) => (a.arrival.patienceUs === null ? null : Math.round(a.arrival.patienceUs))),
      all.map((a) => a.arrival.live),
      all.map((a) => Math.round(a.arrival.leastLagUs)),
      all.map((a) => Math.round(a.arrival.debtUs)),
      all.map((a) => a.arrival.presentFromUs),
    ],
  );
}
