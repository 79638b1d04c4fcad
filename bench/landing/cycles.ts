/**
 * Samples/s of the cycles worker from log records in: cut, states and offsets in one transaction; and its memory.
 * `LOADCYCLE_TEST_DATABASE_URL` names a server; without it the embedded store is measured.
 *
 *   node bench/landing/cycles.ts [signals] [batches of 100 samples for each]
 */
import { setTimeout as delay } from 'node:timers/promises';
import { startCycles } from '@loadcycle/processors/cycles-worker/index';
import { onBench, recordOf } from './bench.ts';

const PER_BATCH = 100;

export interface CyclesFigures {
  readonly samplesPerS: number;
  readonly cycles: number;
  readonly rssMb: number;
}

export async function run(signals = 1_000, batches = 20): Promise<CyclesFigures> {
  return onBench(async (bench) => {
    for (let seq = 0; seq < batches; seq++) {
      await bench.eventLog.append(
        Array.from({ length: signals }, (_, device) => {
          const t0Us = 1_790_000_000_000_000 + seq * PER_BATCH * 10_000;
          const values = Float64Array.from({ length: PER_BATCH }, (_, i) => {
            const at = (seq * PER_BATCH + i + device) % 100;
            return (at < 40 ? 270 : 230) + ((i * 7 + seq) % 11) / 10;
          });
          return recordOf({ device, seq, t0Us, dtUs: 10_000, values });
        }),
      );
    }
    const total = signals * batches;
    const started = performance.now();
    const worker = await startCycles(bench);
    while (worker.stats().records < total) await delay(5);
    const seconds = (performance.now() - started) / 1000;
    const { cycles } = worker.stats();
    const rssMb = process.memoryUsage().rss / 1e6;
    await worker.close();
    return { samplesPerS: (total * PER_BATCH) / seconds, cycles, rssMb };
  });
}

if (import.meta.main) {
  const [signals, batches] = process.argv.slice(2).map(Number);
  const f = await run(signals, batches);
  console.log(
    `cycles worker, ${signals ?? 1_000} signals: ${Math.round(f.samplesPerS).toLocaleString('en')} samples/s, ${f.cycles} cycles, ${Math.round(f.rssMb)} MB`,
  );
}
