/**
 * Samples/s of the cycles worker from log records in: cut, states and offsets in one transaction; and its memory.
 * `LOADCYCLE_TEST_DATABASE_URL` names a server; without it the embedded store is measured.
 *
 *   node bench/landing/cycles.ts [signals] [batches of 100 samples for each]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeBatch, HEADERS, LOG_TOPICS, samplesTopic, signalKey, silentLogger } from '@loadcycle/contract';
import { openSqliteLog } from '@loadcycle/event-log/sqlite/index';
import { startCycles } from '@loadcycle/processors/cycles-worker/index';
import { Health } from '@loadcycle/service';
import { openTestDatabase } from '../../tests/support/database.ts';

const PER_BATCH = 100;

export interface CyclesFigures {
  readonly samplesPerS: number;
  readonly cycles: number;
  readonly rssMb: number;
}

export async function run(signals = 1_000, batches = 20): Promise<CyclesFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-bench-'));
  const store = await openTestDatabase({ folder: join(folder, 'store') });
  const eventLog = await openSqliteLog({ folder: join(folder, 'log') });
  try {
    await eventLog.ensureTopics(
      Object.values(LOG_TOPICS).map((topic) => ({ topic, partitions: 1, retentionMs: null })),
    );
    for (let seq = 0; seq < batches; seq++) {
      await eventLog.append(
        Array.from({ length: signals }, (_, s) => {
          const path = { site: 'bench', device: `d${s}`, signal: 'voltage' };
          const t0Us = 1_790_000_000_000_000 + seq * PER_BATCH * 10_000;
          const values = Float64Array.from({ length: PER_BATCH }, (_, i) => {
            const at = (seq * PER_BATCH + i + s) % 100;
            return (at < 40 ? 270 : 230) + ((i * 7 + seq) % 11) / 10;
          });
          const session = '01990000-0000-7000-8000-000000000000';
          return {
            topic: LOG_TOPICS.samples,
            key: signalKey(path),
            value: encodeBatch({ session, seq, unit: 'V', t0Us, dtUs: 10_000, offsetsUs: null, values }),
            headers: {
              [HEADERS.mqttTopic]: samplesTopic(path),
              [HEADERS.receivedAt]: String(t0Us + 1_000_000),
            },
          };
        }),
      );
    }
    const total = signals * batches;
    const started = performance.now();
    const common = { eventLog, database: store.db, health: new Health(), log: silentLogger };
    const worker = await startCycles(common);
    while (worker.stats().records < total) await delay(5);
    const seconds = (performance.now() - started) / 1000;
    const { cycles } = worker.stats();
    const rssMb = process.memoryUsage().rss / 1e6;
    await worker.close();
    return { samplesPerS: (total * PER_BATCH) / seconds, cycles, rssMb };
  } finally {
    await eventLog.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const [signals, batches] = process.argv.slice(2).map(Number);
  const f = await run(signals, batches);
  console.log(
    `cycles worker, ${signals ?? 1_000} signals: ${Math.round(f.samplesPerS).toLocaleString('en')} samples/s, ${f.cycles} cycles, ${Math.round(f.rssMb)} MB`,
  );
}
