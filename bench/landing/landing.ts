/**
 * Rows/s of landing, from log records in, beside a bare binary COPY of the same rows into the same hypertable in
 * the same run. `LOADCYCLE_TEST_DATABASE_URL` names a server; without it the embedded store is measured.
 *
 *   node bench/landing/landing.ts [million samples] [samples a message] [signals]
 */
import { setTimeout as delay } from 'node:timers/promises';
import { LOG_TOPICS } from '@loadcycle/contract';
import { CopyEncoder, SAMPLE_COLUMNS } from '@loadcycle/database/copy-encoder';
import type { Database } from '@loadcycle/database/port';
import type { EventLog } from '@loadcycle/event-log/port';
import { startLanding } from '@loadcycle/processors/landing/index';
import { onBench, recordOf } from './bench.ts';

const DT_US = 1000;
const T0 = 1_790_000_000_000_000;
const GROUP = 40_000;

export interface LandingFigures {
  copyRowsPerS: number;
  landingRowsPerS: number;
  /** of the bare COPY */
  ratio: number;
  /** CPU-seconds of the whole process (the embedded store's thread included) for a million rows */
  cpuSPerMillion: number;
  /** … of which decode, validation and encoding */
  ownCpuSPerMillion: number;
}

function valuesOf(count: number, seq: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    const load = (seq * count + i) % 2000 < 800 ? 190 : 230;
    return Math.round((load + Math.sin(i * 12.9898 + seq) * 2) * 100) / 100;
  });
}

async function bareCopy(
  db: Database,
  millions: number,
  perMessage: number,
  signals: number,
): Promise<number> {
  const encoder = new CopyEncoder();
  const total = millions * 1e6;
  let seq = 0;
  let rows = 0;
  let spent = 0;
  while (rows < total) {
    const each = GROUP / signals;
    for (let s = 1; s <= signals; s++) {
      for (let i = 0; i < each; i += perMessage) {
        const t0Us = T0 + (seq * each + i) * DT_US;
        encoder.samples({
          signalId: s,
          t0Us,
          dtUs: DT_US,
          offsetsUs: null,
          values: valuesOf(perMessage, i),
          quality: 0,
        });
      }
    }
    seq++;
    rows += encoder.rows;
    const data = encoder.finish();
    const started = performance.now();
    await db.transaction((tx) => tx.copyIn('sample', SAMPLE_COLUMNS, data, { sorted: true }));
    spent += performance.now() - started;
  }
  return (rows / spent) * 1000;
}

async function fill(
  eventLog: EventLog,
  millions: number,
  perMessage: number,
  signals: number,
): Promise<void> {
  const messages = Math.ceil((millions * 1e6) / perMessage / signals);
  for (let seq = 0; seq < messages; seq++) {
    const values = valuesOf(perMessage, seq);
    const t0Us = T0 + 86_400_000_000 * 20 + seq * perMessage * DT_US;
    await eventLog.append(
      Array.from({ length: signals }, (_, device) => recordOf({ device, seq, t0Us, dtUs: DT_US, values })),
    );
  }
}

export async function run(millions = 2, perMessage = 500, signals = 4): Promise<LandingFigures> {
  return onBench(async (bench) => {
    const { database: db, eventLog } = bench;
    await fill(eventLog, millions, perMessage, signals);
    await bareCopy(db, 0.2, perMessage, signals);
    const copyRowsPerS = await bareCopy(db, millions, perMessage, signals);
    const [end] = await eventLog.ends([LOG_TOPICS.samples]);
    const cpu = process.cpuUsage();
    const started = performance.now();
    const landing = await startLanding(bench);
    while (landing.stats().records < end!.end) await delay(2);
    const seconds = (performance.now() - started) / 1000;
    const used = process.cpuUsage(cpu);
    const { rows, busyMs } = landing.stats();
    await landing.close();
    const landingRowsPerS = rows / seconds;
    return {
      copyRowsPerS,
      landingRowsPerS,
      ratio: landingRowsPerS / copyRowsPerS,
      cpuSPerMillion: (used.user + used.system) / rows,
      ownCpuSPerMillion: (busyMs * 1000) / rows,
    };
  });
}

if (import.meta.main) {
  const [millions, perMessage, signals] = process.argv.slice(2).map(Number);
  const f = await run(millions, perMessage, signals);
  const k = (n: number): string => `${Math.round(n / 1000).toLocaleString('en')},000 rows/s`;
  console.log(`bare binary COPY   ${k(f.copyRowsPerS)}`);
  console.log(`landing            ${k(f.landingRowsPerS)}   ${f.ratio.toFixed(2)} of the bare COPY`);
  console.log(
    `CPU                ${f.cpuSPerMillion.toFixed(2)} s for a million rows, ${f.ownCpuSPerMillion.toFixed(2)} of it decode, validate, encode`,
  );
}
