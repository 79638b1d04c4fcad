/**
 * Rows/s of landing, from log records in, beside a bare binary COPY of the same rows into the same hypertable in
 * the same run. `LOADCYCLE_TEST_DATABASE_URL` names a server; without it the embedded store is measured.
 *
 *   node bench/landing/landing.ts [million samples] [samples a message] [signals]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeBatch, HEADERS, LOG_TOPICS, samplesTopic, signalKey, silentLogger } from '@loadcycle/contract';
import { CopyEncoder, SAMPLE_COLUMNS } from '@loadcycle/database/copy-encoder';
import type { Database } from '@loadcycle/database/port';
import type { EventLog } from '@loadcycle/event-log/port';
import { openSqliteLog } from '@loadcycle/event-log/sqlite/index';
import { startLanding } from '@loadcycle/processors/landing/index';
import { Health } from '@loadcycle/service';
import { openTestDatabase } from '../../tests/support/database.ts';

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
    await eventLog.append(
      Array.from({ length: signals }, (_, s) => {
        const path = { site: 'bench', device: `d${s}`, signal: 'voltage' };
        const t0Us = T0 + 86_400_000_000 * 20 + seq * perMessage * DT_US;
        const session = '01990000-0000-7000-8000-000000000000';
        return {
          topic: LOG_TOPICS.samples,
          key: signalKey(path),
          value: encodeBatch({ session, seq, unit: 'V', t0Us, dtUs: DT_US, offsetsUs: null, values }),
          headers: {
            [HEADERS.mqttTopic]: samplesTopic(path),
            [HEADERS.contentType]: '',
            [HEADERS.receivedAt]: String(t0Us + 1_000_000),
          },
        };
      }),
    );
  }
}

export async function run(millions = 2, perMessage = 500, signals = 4): Promise<LandingFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-bench-'));
  const store = await openTestDatabase({ folder: join(folder, 'store') });
  const eventLog = await openSqliteLog({ folder: join(folder, 'log') });
  try {
    const { db } = store;
    await eventLog.ensureTopics(
      Object.values(LOG_TOPICS).map((topic) => ({ topic, partitions: 1, retentionMs: null })),
    );
    await fill(eventLog, millions, perMessage, signals);
    await bareCopy(db, 0.2, perMessage, signals);
    const copyRowsPerS = await bareCopy(db, millions, perMessage, signals);
    const [end] = await eventLog.ends([LOG_TOPICS.samples]);
    const cpu = process.cpuUsage();
    const started = performance.now();
    const landing = await startLanding({ eventLog, database: db, health: new Health(), log: silentLogger });
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
  } finally {
    await eventLog.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
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
