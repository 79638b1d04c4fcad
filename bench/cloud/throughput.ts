/** 500 samples a message, as fast as it goes: MQTT → Kafka → queryable row, beside the bare COPY of the same store. */
import { setTimeout as delay } from 'node:timers/promises';
import { CopyEncoder, SAMPLE_COLUMNS } from '@loadcycle/database/copy-encoder';
import { cpuS, memoryMb } from '../bridge/processes.ts';
import {
  against,
  type Engines,
  endService,
  type LogKind,
  load,
  prepareLoad,
  seconds,
  startBridgeProcess,
  startLandingProcess,
  storeCpuS,
  whole,
} from './engines.ts';

const LEAST_SAMPLES_PER_S = 1_000_000;
const LEAST_RATIO = 0.55;
const MOST_CPU_S = 0.6;
const SAMPLES = 500;
const DEVICES = 4;
const COMMIT = 40_000;

/** Rows/s of direct-compress COPY, rows encoded before: what the store takes from anybody. */
export async function bareCopy({ store }: Engines, rows: number): Promise<number> {
  const encoder = new CopyEncoder();
  const t0Us = Date.now() * 1000 - 5 * 86_400_000_000;
  let spent = 0;
  for (let done = 0; done < rows; done += COMMIT) {
    const each = COMMIT / DEVICES;
    for (let d = 0; d < DEVICES; d++) {
      const values = Float64Array.from(
        { length: each },
        () => Math.round((230 + 3 * Math.random()) * 1000) / 1000,
      );
      const at = t0Us + (done / DEVICES) * 1000;
      encoder.samples({ signalId: 101 + d, t0Us: at, dtUs: 1000, offsetsUs: null, values, quality: 0 });
    }
    const data = encoder.finish();
    const started = performance.now();
    await store.db.transaction((tx) => tx.copyIn('sample', SAMPLE_COLUMNS, data, { sorted: true }));
    spent += seconds(started);
  }
  return rows / spent;
}

export async function throughput(engines: Engines, kind: LogKind, millions: number): Promise<void> {
  const { mosquitto, kafka, store } = engines;
  const bridge = await startBridgeProcess(engines, kind);
  const landing = startLandingProcess(engines, kind);
  const landed = async (): Promise<number> =>
    (await store.db.query<{ n: number }>('SELECT coalesce(sum(count), 0)::bigint AS n FROM batch'))[0]!.n;
  const send = async (samples: number, hoursAgo: number) => {
    const publisher = await prepareLoad({
      url: mosquitto.url,
      devices: DEVICES,
      messages: samples / SAMPLES / DEVICES,
      samples: SAMPLES,
      dtUs: 1000,
      t0Us: Date.now() * 1000 - hoursAgo * 3_600_000_000,
      window: 250,
      everyMs: null,
    });
    const had = await landed();
    const names = ['Mosquitto', 'bridge', 'Kafka', 'landing'] as const;
    const cpu = () => [mosquitto.pid, bridge.pid, kafka.pid(), landing.pid].map(cpuS);
    const before = cpu();
    const storeBefore = await storeCpuS(engines, 'loadcycle-landing');
    const started = performance.now();
    const sending = publisher.send();
    while ((await landed()) - had < samples) await delay(25);
    const took = seconds(started);
    const used = cpu().map((c, i) => (c - before[i]!) / (samples / 1e6));
    const storeUsed = ((await storeCpuS(engines, 'loadcycle-landing')) ?? 0) - (storeBefore ?? 0);
    const sent = await sending;
    const each = names.map((name, i) => `${name} ${used[i]!.toFixed(2)}`);
    each.unshift(`publisher ${(sent.cpuS / (samples / 1e6)).toFixed(2)}`);
    each.push(storeBefore === null ? 'store elsewhere' : `store ${(storeUsed / (samples / 1e6)).toFixed(2)}`);
    return { rate: samples / took, ours: used[1]! + used[3]!, each };
  };
  try {
    const warm = await send(1e6, 30);
    await bareCopy(engines, 400_000);
    const bare = await bareCopy(engines, 2e6);
    const { rate, ours, each } = await send(millions * 1e6, 6);
    const bareAfter = await bareCopy(engines, 2e6);
    const [rows] = await store.db.query<{ n: number }>(
      'SELECT count(*) AS n FROM sample WHERE signal_id < 100',
    );
    const expected = millions * 1e6 + 1e6;
    if (rows!.n !== expected) throw new Error(`${rows!.n} rows, not ${expected}`);
    const ratio = rate / ((bare + bareAfter) / 2);
    console.log(
      `  ${kind}: ${against(rate, LEAST_SAMPLES_PER_S, 'least', 0)} samples/s to queryable rows (cold ${whole(warm.rate)}); ` +
        `bare COPY ${whole(bare)} before, ${whole(bareAfter)} after: ${against(ratio, LEAST_RATIO, 'least', 2)}`,
    );
    console.log(
      `    bridge + landing ${against(ours, MOST_CPU_S, 'most', 2)} CPU-seconds a million samples; each: ${each.join(', ')}; ` +
        `memory: bridge ${memoryMb(bridge.pid).toFixed(0)}, landing ${memoryMb(landing.pid).toFixed(0)} MB; ${load()}`,
    );
  } finally {
    await endService(bridge);
    await endService(landing);
  }
}
