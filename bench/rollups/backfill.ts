/**
 * A day of history that is imported while a live signal lands: how long landing takes, when each rollup has the day,
 * and what share of the buckets of a plot is right five seconds after the last row landed (no bucket may be wrong).
 * `LOADCYCLE_TEST_DATABASE_URL` names a server; without it the embedded store is measured.
 *
 *   node bench/rollups/backfill.ts [million samples] [hours of history] [minutes it may take]
 */
import { setTimeout as delay } from 'node:timers/promises';
import { downsample } from '@loadcycle/cloud-api/retrieval/downsample';
import { readSettings } from '@loadcycle/contract';
import { maintenanceSettings, runMaintenance } from '@loadcycle/database/maintenance';
import { applyPolicies } from '@loadcycle/database/policies';
import type { Database } from '@loadcycle/database/port';
import { ts } from '@loadcycle/database/sql';
import type { EventLog } from '@loadcycle/event-log/port';
import { startLanding } from '@loadcycle/processors/landing/index';
import { onBench, recordOf } from '../landing/bench.ts';

const HOUR_US = 3.6e9;
const LEVELS = ['sample_1s', 'sample_1m', 'sample_1h'] as const;
const PER_MESSAGE = 1_000;
const LIVE_MS = 100;
const [LIVE, HISTORY] = [0, 1];

export interface BackfillFigures {
  landingS: number;
  /** from the first row of history on, by level; null: not within the time */
  completeS: Record<string, number | null>;
  /** buckets of `points=2000` over the whole history that are right five seconds after landing */
  right: number;
  /** … and that are shown with other extremes than the rows have */
  wrong: number;
  points: number;
  queryMs: number;
}

/** A thousand samples a second of another device, as they are taken. */
async function live(eventLog: EventLog, signal: AbortSignal): Promise<void> {
  let t0Us = Math.floor(Date.now() / LIVE_MS) * LIVE_MS * 1000 - 15e6;
  for (let seq = 0; !signal.aborted; ) {
    const records = [];
    for (; t0Us + LIVE_MS * 1000 < Date.now() * 1000; t0Us += LIVE_MS * 1000, seq++) {
      records.push(recordOf({ device: LIVE, seq, t0Us, dtUs: 1000, values: new Float64Array(LIVE_MS) }));
    }
    if (records.length > 0) await eventLog.append(records);
    await delay(LIVE_MS, undefined, { signal }).catch(() => {});
  }
}

const sampleOf = (i: number): number =>
  Math.round((230 + 20 * Math.sin(i / 5_000) + (i % 97) / 10) * 1e3) / 1e3;

export async function run(samples = 1_870_000, hours = 24, minutes = 20): Promise<BackfillFigures> {
  return onBench(async (bench) => {
    const { database: db, eventLog } = bench;
    const settings = readSettings(maintenanceSettings, [], {})!;
    await applyPolicies(db, settings);
    const stop = new AbortController();
    const maintenance = runMaintenance(db, settings, { signal: stop.signal });
    const feed = live(eventLog, stop.signal);
    const landing = await startLanding(bench);
    try {
      const fromUs = Math.floor((Date.now() * 1000 - 86_400e6) / HOUR_US - hours) * HOUR_US;
      const toUs = fromUs + hours * HOUR_US;
      const dtUs = Math.floor((toUs - fromUs) / samples);
      while ((await edgeOf(db)) < Date.now() * 1000 - 60e6) await delay(200);
      const history = {
        fromUs,
        toUs,
        dtUs,
        count: Math.floor(samples / PER_MESSAGE) * PER_MESSAGE,
      };
      const started = performance.now();
      const since = (): number => (performance.now() - started) / 1000;
      await append(eventLog, history);
      const complete = watch(db, history, since, minutes * 60);
      const signalId = await landed(db, history.count);
      const landingS = since();
      await delay(5_000);
      const asked = performance.now();
      const plot = await downsample(db, { fromUs, toUs, signalId, quality: [] }, 2_000, 'minmax', null);
      const queryMs = performance.now() - asked;
      const share = compare(plot, history);
      const completeS = await complete;
      return { landingS, completeS, ...share, points: plot.atUs.length, queryMs };
    } finally {
      stop.abort();
      await Promise.all([maintenance, feed]);
      await landing.close();
    }
  });
}

interface History {
  readonly fromUs: number;
  readonly toUs: number;
  readonly dtUs: number;
  readonly count: number;
}

async function append(eventLog: EventLog, { fromUs, dtUs, count }: History): Promise<void> {
  for (let seq = 0; seq * PER_MESSAGE < count; ) {
    const records = [];
    for (let n = 0; n < 50 && seq * PER_MESSAGE < count; n++, seq++) {
      const values = Float64Array.from({ length: PER_MESSAGE }, (_, i) => sampleOf(seq * PER_MESSAGE + i));
      records.push(recordOf({ device: HISTORY, seq, t0Us: fromUs + seq * PER_MESSAGE * dtUs, dtUs, values }));
    }
    await eventLog.append(records);
  }
}

/**
 * When each level holds all of the history; null: not within the time. Looks at what waits for a refresh, which costs
 * nothing, and counts a level only once nothing does: its sums go through all that is not refreshed yet.
 */
async function watch(
  db: Database,
  { fromUs, toUs, count }: History,
  since: () => number,
  patienceS: number,
): Promise<BackfillFigures['completeS']> {
  const completeS: BackfillFigures['completeS'] = Object.fromEntries(LEVELS.map((l) => [l, null]));
  while (Object.values(completeS).includes(null) && since() < patienceS) {
    await delay(200);
    const [left] = await db.query<{ waits: boolean }>(
      `SELECT (SELECT coalesce(sum(b.count), 0) FROM batch b JOIN signal_path p USING (signal_id) WHERE p.device = 'd${HISTORY}') < $1
         OR EXISTS (SELECT FROM refresh_request WHERE root = 'sample' AND from_ts < ${ts('$3')} AND to_ts >= ${ts('$2')}) AS waits`,
      [count, fromUs, toUs],
    );
    if (left!.waits) continue;
    const at = since();
    for (const level of LEVELS.filter((l) => completeS[l] === null)) {
      const [row] = await db.query<{ n: number }>(
        `SELECT coalesce(sum(count), 0)::bigint AS n FROM ${level}
         WHERE signal_id = (SELECT signal_id FROM signal_path WHERE device = 'd${HISTORY}')
           AND bucket >= ${ts('$1')} AND bucket < ${ts('$2')}`,
        [fromUs, toUs],
      );
      if (row!.n === count) completeS[level] = at;
    }
  }
  return completeS;
}

/** Resolves to the signal's id once all of its rows have landed. */
async function landed(db: Database, count: number): Promise<number> {
  for (;;) {
    const [row] = await db.query<{ id: number; n: number }>(
      `SELECT p.signal_id AS id, coalesce(sum(b.count), 0)::bigint AS n FROM signal_path p JOIN batch b ON b.signal_id = p.signal_id
       WHERE p.device = $1 GROUP BY 1`,
      [`d${HISTORY}`],
    );
    if (row?.n === count) return row.id;
    await delay(100);
  }
}

async function edgeOf(db: Database): Promise<number> {
  const [row] = await db.query<{ at: number | null }>(
    `SELECT (extract(epoch from aggregated_to('sample_1s')) * 1000000)::bigint AS at`,
  );
  return row?.at ?? 0;
}

/** Each bucket's extremes, beside those of the samples that went in. */
function compare(
  plot: { bucketUs: number; atUs: readonly number[]; value: readonly number[] },
  { fromUs, dtUs, count }: History,
): { right: number; wrong: number } {
  const wanted = new Map<number, [number, number]>();
  const widen = (of: Map<number, [number, number]>, atUs: number, value: number): void => {
    const bucket = Math.floor(atUs / plot.bucketUs);
    const known = of.get(bucket);
    if (known === undefined) of.set(bucket, [value, value]);
    else of.set(bucket, [Math.min(known[0], value), Math.max(known[1], value)]);
  };
  for (let i = 0; i < count; i++) widen(wanted, fromUs + i * dtUs, sampleOf(i));
  const got = new Map<number, [number, number]>();
  for (const [i, at] of plot.atUs.entries()) widen(got, at, plot.value[i]!);
  let right = 0;
  for (const [bucket, [least, greatest]] of got) {
    const w = wanted.get(bucket);
    if (w !== undefined && w[0] === least && w[1] === greatest) right++;
  }
  return { right: right / wanted.size, wrong: got.size - right };
}

if (import.meta.main) {
  const [millions = 1.87, hours = 24, minutes = 20] = process.argv.slice(2).map(Number);
  const f = await run(millions * 1e6, hours, minutes);
  const s = (n: number | null): string => (n === null ? 'not yet' : `${n.toFixed(1)} s`);
  console.log(`landing            ${s(f.landingS)}, ${hours} h of history`);
  for (const level of LEVELS) {
    const at = f.completeS[level]!;
    const ratio =
      at === null
        ? ''
        : `, ${Math.round((hours * 3600) / at)} × real time, ${(at / f.landingS).toFixed(2)} × landing`;
    console.log(`${level} complete ${s(at)}${ratio}`);
  }
  console.log(
    `plot at +5 s       ${(f.right * 100).toFixed(1)} % of the buckets right, ${f.wrong} wrong, ${f.points} points in ${Math.round(f.queryMs)} ms`,
  );
}
