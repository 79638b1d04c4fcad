/** Published → queryable at a steady 10,000 samples/s, seen by a client that asks the store every few ms. */
import { setTimeout as delay } from 'node:timers/promises';
import { us } from '@loadcycle/database/sql';
import { memoryMb } from '../bridge/processes.ts';
import {
  against,
  type Engines,
  endService,
  type LogKind,
  load,
  prepareLoad,
  startBridgeProcess,
  startLandingProcess,
} from './engines.ts';

const MOST_P50_MS = 50;
const MOST_P99_MS = 100;
const RATE_HZ = 10_000;
const DT_US = 1e6 / RATE_HZ;
const PROBE_MS = 2;
/** while everything warms up */
const LEFT_OUT_MS = 5_000;

export async function latency(
  engines: Engines,
  kind: LogKind,
  samples: number,
  lastsS: number,
): Promise<void> {
  const { mosquitto, store } = engines;
  const everyMs = (samples / RATE_HZ) * 1000;
  const messages = Math.ceil((lastsS * 1000 + LEFT_OUT_MS) / everyMs);
  const t0Us = Date.now() * 1000;
  const bridge = await startBridgeProcess(engines, kind);
  const landing = startLandingProcess(engines, kind);
  const load1 = { url: mosquitto.url, devices: 1, samples, dtUs: DT_US, window: 1000 };
  // a first message registers the signal
  await (await prepareLoad({ ...load1, messages: 1, t0Us: t0Us - 60e6, everyMs: null })).send();
  const newest = async (since: number): Promise<number | null> => {
    const [row] = await store.db.query<{ newest: number | null }>(
      `SELECT ${us('max(ts)')} AS newest FROM sample
       WHERE signal_id = 1 AND ts > timestamptz 'epoch' + $1 * interval '1 microsecond'`,
      [since],
    );
    return row?.newest ?? null;
  };
  let seen = t0Us - 60e6 - 1;
  while ((await newest(seen)) === null) await delay(20);
  const memory = (): string => [bridge, landing].map((p) => memoryMb(p.pid).toFixed(0)).join(' and ');
  const publisher = await prepareLoad({ ...load1, messages, t0Us, everyMs });
  const memories = [memory()];
  const sending = publisher.send();
  const seenMs: number[] = [];
  seen = t0Us - 1;
  // how late the client itself is woken says how much of a tail is the machine's
  const lateMs: number[] = [];
  let nextLook = performance.now() + (lastsS * 1000) / 3;
  while (seenMs.length < messages) {
    const at = await newest(seen);
    const nowMs = performance.timeOrigin + performance.now();
    if (at !== null) {
      seen = at;
      while (seenMs.length < Math.round((at - t0Us + DT_US) / (samples * DT_US))) seenMs.push(nowMs);
    }
    if (performance.now() > nextLook) {
      memories.push(memory());
      nextLook += (lastsS * 1000) / 3;
    }
    const asleep = performance.now();
    await delay(PROBE_MS);
    lateMs.push(performance.now() - asleep - PROBE_MS);
  }
  const { sentMs } = await sending;
  const sorted = (of: (i: number) => number): number[] =>
    seenMs
      .map((_, i) => of(i))
      .slice(Math.round(LEFT_OUT_MS / everyMs))
      .toSorted((x, y) => x - y);
  // the ledger knows when the bridge had each message, and when the transaction of its rows began
  const ledger = await store.db.query<{ received: number; landing: number }>(
    `SELECT ${us('received_at')} AS received, ${us('landed_at')} AS landing FROM batch
     WHERE signal_id = 1 AND t0 >= timestamptz 'epoch' + $1 * interval '1 microsecond' ORDER BY seq`,
    [t0Us],
  );
  const waits = sorted((i) => seenMs[i]! - sentMs[i]!);
  const parts = [
    ['to the bridge', sorted((i) => ledger[i]!.received / 1e3 - sentMs[i]!)],
    ['to landing’s transaction', sorted((i) => (ledger[i]!.landing - ledger[i]!.received) / 1e3)],
    ['to the reader', sorted((i) => seenMs[i]! - ledger[i]!.landing / 1e3)],
  ] as const;
  lateMs.sort((x, y) => x - y);
  const at = (q: number, of = waits): number => of[Math.min(of.length - 1, Math.floor(q * of.length))]!;
  const both = (of: number[]): string => `${at(0.5, of).toFixed(1)} / ${at(0.99, of).toFixed(1)}`;
  console.log(
    `  ${kind}, ${Math.round(1000 / everyMs)} messages/s of ${samples}: p50 ${against(at(0.5), MOST_P50_MS, 'most', 1)} ms, ` +
      `p99 ${against(at(0.99), MOST_P99_MS, 'most', 1)} ms, longest ${at(1).toFixed(0)} ms (a timer of the client: p99 ${at(0.99, lateMs).toFixed(1)}, at most ${at(1, lateMs).toFixed(0)} ms late); ` +
      `memory of bridge and landing over the run: ${memories.join(', ')} MB; ${load()}`,
  );
  console.log(
    `    p50 / p99 of each stretch: ${parts.map(([name, of]) => `${name} ${both(of)}`).join(', ')} ms`,
  );
  await endService(bridge);
  await endService(landing);
}
