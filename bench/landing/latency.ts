/**
 * From the append to the log until the rows can be read, at 10,000 samples/s: 10 signals, 10 batches a second each.
 * `LOADCYCLE_TEST_DATABASE_URL` names a server; without it the embedded store is measured.
 *
 *   node bench/landing/latency.ts [seconds]
 */
import { setTimeout as delay } from 'node:timers/promises';
import { startLanding } from '@loadcycle/processors/landing/index';
import { onBench, recordOf } from './bench.ts';

const SIGNALS = 10;
const PER_BATCH = 100;

export interface LatencyFigures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly batches: number;
}

export async function run(seconds = 8): Promise<LatencyFigures> {
  return onBench(async (bench) => {
    const landing = await startLanding(bench);
    const sent: number[] = [];
    const waits: number[] = [];
    let done = false;
    const watching = (async () => {
      // records of one partition land in order
      while (!done || waits.length < sent.length) {
        const { records } = landing.stats();
        const now = performance.now();
        while (waits.length < records) waits.push(now - sent[waits.length]!);
        await delay(1);
      }
    })();
    const values = Float64Array.from({ length: PER_BATCH }, (_, i) => 230 + (i % 7) / 10);
    const started = performance.now();
    for (let n = 0; n < seconds * 10 * SIGNALS; n++) {
      await delay(Math.max(0, started + (n * 100) / SIGNALS - performance.now()));
      const seq = Math.floor(n / SIGNALS);
      const t0Us = 1_790_000_000_000_000 + seq * 100_000;
      sent.push(performance.now());
      void bench.eventLog.append([recordOf({ device: n % SIGNALS, seq, t0Us, dtUs: 1000, values })]);
    }
    done = true;
    await watching;
    await landing.close();
    // the first second makes chunks and registers signals
    const settled = waits.slice(10 * SIGNALS).sort((a, b) => a - b);
    const at = (share: number): number => settled[Math.floor(settled.length * share)]!;
    return { p50Ms: at(0.5), p99Ms: at(0.99), batches: settled.length };
  });
}

if (import.meta.main) {
  const { p50Ms, p99Ms, batches } = await run(Number(process.argv[2] ?? 8));
  console.log(
    `log to queryable row at 10,000 samples/s: p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms (${batches} batches)`,
  );
}
