import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBatch } from '@loadcycle/codecs';
import { samplesTopic } from '@loadcycle/contract';
import { CYCLE_METRICS } from '@loadcycle/contract/cycle';
import { cutUnfinished } from '@loadcycle/processors/cycles/index';
import mqtt from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Waveform } from '../edge-agent/sources/waveform.ts';
import { startLocal, waitFor } from './support/local-process.ts';

const RATE_HZ = 500;
const DT_US = 1e6 / RATE_HZ;
const PER_BATCH = 100;
const BATCHES = 250;
const PATH = { site: 'lab', device: 'press', signal: 'voltage' };

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'loadcycle-twice-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A reproducible shuffle. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const out = [...items];
  let state = seed;
  for (let i = out.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = state % (i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

interface SampleRow {
  t: string;
  value: number;
  quality: string;
}

describe('a device that sends everything twice and out of order', () => {
  it('has each sample once, and the cycles of the whole recording, to the last bit', async () => {
    const t0Us = (Math.floor(Date.now() / 1000) - 600) * 1e6;
    const { values } = new Waveform({ sampleRateHz: RATE_HZ }, 5).next(BATCHES * PER_BATCH);
    const session = randomUUID();
    const payloads = Array.from({ length: BATCHES }, (_, seq) =>
      encodeBatch({
        session,
        seq,
        unit: 'V',
        t0Us: t0Us + seq * PER_BATCH * DT_US,
        dtUs: DT_US,
        offsetsUs: null,
        values: values.subarray(seq * PER_BATCH, (seq + 1) * PER_BATCH),
      }),
    );

    const system = await startLocal(folder, ['--device', 'false', '--mqtt-anonymous', 'publish']);
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${system.mqttPort}`);
    const order = shuffled([...payloads.keys(), ...payloads.keys()], 11);
    await Promise.all(
      order.map((seq) => client.publishAsync(samplesTopic(PATH), Buffer.from(payloads[seq]!), { qos: 1 })),
    );
    await client.endAsync();

    const headers = { authorization: `Bearer ${await system.token()}` };
    const get = async <T>(path: string): Promise<T> =>
      (await (await fetch(`${system.httpUrl}${path}`, { headers })).json()) as T;
    const base = `/v1/sites/${PATH.site}/devices/${PATH.device}/signals/${PATH.signal}`;
    const range = `from=${new Date(t0Us / 1000).toISOString()}&to=now`;

    const rows = await waitFor('every sample', async () => {
      const answer = await get<{ samples?: SampleRow[] }>(`${base}/samples?${range}&limit=100000`);
      return (answer.samples?.length ?? 0) >= values.length ? answer.samples : null;
    });
    expect(rows.map((r) => r.value)).toEqual(Array.from(values));
    expect(new Set(rows.map((r) => r.t)).size).toBe(values.length);
    expect(new Set(rows.map((r) => r.quality))).toEqual(new Set(['good']));

    // the whole recording in one piece, by the pure function
    const whole = cutUnfinished({ t0Us, dtUs: DT_US, offsetsUs: null, values }).cycles;
    expect(whole.length).toBeGreaterThan(15);
    const metricsOf = (cycle: Record<string, unknown>): unknown[] =>
      CYCLE_METRICS.map(({ name }) => (Number.isFinite(cycle[name]) ? cycle[name] : null));
    const wanted = whole.map((cycle) => [
      new Date(cycle.startedAtUs / 1000).toISOString().slice(0, 23),
      ...metricsOf(cycle as unknown as Record<string, unknown>),
    ]);
    const served = async (): Promise<unknown[][]> => {
      const { cycles } = await get<{ cycles: Record<string, unknown>[] }>(
        `${base}/cycles?${range}&limit=1000`,
      );
      return cycles.map((c) => [String(c['startedAt']).slice(0, 23), ...metricsOf(c)]);
    };
    // repairs run one after another; what they come to is what counts
    await waitFor(
      'the repaired cycles',
      async () => JSON.stringify(await served()) === JSON.stringify(wanted),
      60_000,
    ).catch(() => {});
    expect(await served()).toEqual(wanted);
    expect(await system.stop()).toBe(0);
  });
});
