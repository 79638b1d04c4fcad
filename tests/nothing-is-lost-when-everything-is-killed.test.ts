import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readSettings } from '@loadcycle/contract';
import { openEmbedded } from '@loadcycle/database/embedded/open';
import { deviceSources } from '@loadcycle/local/device';
import { localSettings } from '@loadcycle/local/settings';
import { storeFolder } from '@loadcycle/local/store';
import mqtt from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Waveform } from '../edge-agent/sources/waveform.ts';
import { type LocalProcess, startLocal, waitFor } from './support/local-process.ts';

const KILLS = 4;

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'loadcycle-killed-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const name = (b: { session: string; seq: number }): string => `${b.session}/${b.seq}`;

/** An independent client at the broker: notes every batch that it sees go by. */
async function witness(port: number, seen: Map<string, number[]>): Promise<mqtt.MqttClient> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
  client.on('message', (topic, payload) => {
    if (!topic.includes('/samples/')) return;
    const batch = JSON.parse(payload.toString()) as { session: string; seq: number; values: number[] };
    seen.set(name(batch), batch.values);
  });
  client.on('error', () => {});
  await client.subscribeAsync('loadcycle/#', { qos: 1 });
  return client;
}

/** What the device has on its disk and nobody has confirmed, read from the file as the SIGKILL left it. */
function waitingInOutbox(dataDir: string): string[] {
  const db = new DatabaseSync(join(dataDir, 'agent', 'outbox.plant1.motor1.db'));
  try {
    const rows = db.prepare('SELECT s.session, b.seq FROM batch b JOIN stream s ON s.id = b.stream').all();
    return (rows as { session: string; seq: number }[]).map(name);
  } finally {
    db.close();
  }
}

/** `POST /v1/pipeline/stop`, and wait until no batch is on its way any more. */
async function stopDevices(system: LocalProcess): Promise<void> {
  const headers = { authorization: `Bearer ${await system.token()}` };
  const stop = await fetch(`${system.httpUrl}/v1/pipeline/stop`, { method: 'POST', headers });
  expect(stop.status).toBe(202);
  const operation = new URL(stop.headers.get('location')!, system.httpUrl);
  const get = async <T>(url: string | URL): Promise<T> => (await (await fetch(url, { headers })).json()) as T;
  await waitFor('the device to have stopped', async () =>
    JSON.stringify(await get(operation)).includes('"done"'),
  );
  await waitFor('empty outbox and no lag', async () => {
    const { devices, consumers } = await get<PipelineAnswer>(`${system.httpUrl}/v1/pipeline`);
    const [device] = devices.list;
    const idle = device?.status.sampling === false && device.status.outbox.batches === 0;
    return idle && consumers.every((c) => c.lag === 0);
  });
}

interface PipelineAnswer {
  devices: { list: { status: { sampling: boolean; outbox: { batches: number } } }[] };
  consumers: { consumer: string; lag: number }[];
}

describe('the whole process, killed again and again in mid-stream', () => {
  it('has every sample exactly once, equal to what the source made, and no batch missing', async () => {
    const args = ['--rate-hz', '2000', '--seed', '7'];
    const seen = new Map<string, number[]>();
    const onDisk = new Set<string>();
    for (let kill = 0; kill < KILLS; kill++) {
      const system = await startLocal(folder, args);
      const client = await witness(system.mqttPort, seen);
      const before = seen.size;
      // far enough into the stream, and at another place each time
      await waitFor('batches on the stream', () => seen.size >= before + 4 + 3 * kill);
      await system.kill();
      client.end(true);
      for (const batch of waitingInOutbox(folder)) onDisk.add(batch);
    }
    // one last life, to deliver what is left: the device is told to stop, and its outbox runs empty
    const system = await startLocal(folder, args);
    await stopDevices(system);
    expect(await system.stop()).toBe(0);
    expect(waitingInOutbox(folder)).toEqual([]);

    const store = await openEmbedded({ folder: storeFolder(folder) });
    try {
      const batches = await store.query<{ session: string; seq: number; t0: number; count: number }>(
        `SELECT session, seq, count FROM batch ORDER BY session, seq`,
      );
      const ledger = new Map(batches.map((b) => [name(b), b]));
      expect(ledger.size).toBe(batches.length);
      for (const batch of [...seen.keys(), ...onDisk]) expect(ledger.has(batch), batch).toBe(true);

      // every row belongs to a batch: no sample stands twice, none is missing within a batch
      const [rows] = await store.query<{ rows: number; times: number }>(
        'SELECT count(*) AS rows, count(DISTINCT ts) AS times FROM sample',
      );
      const counted = batches.reduce((n, b) => n + b.count, 0);
      expect(rows).toEqual({ rows: counted, times: counted });

      // session by session: no hole in seq, and the values are the waveform's own, from its first sample on
      const settings = readSettings(localSettings, args, {})!;
      const [source] = deviceSources(settings, folder);
      if (source?.kind !== 'simulate') throw new Error('the device simulates');
      const sessions = [...new Set(batches.map((b) => b.session))];
      expect(sessions.length).toBeGreaterThanOrEqual(KILLS + 1);
      for (const session of sessions) {
        const own = batches.filter((b) => b.session === session);
        expect(own.map((b) => b.seq)).toEqual(own.map((_, i) => i));
        const values = await store.query<{ value: number }>(
          `SELECT s.value FROM batch b JOIN sample s ON s.signal_id = b.signal_id AND s.ts BETWEEN b.t0 AND b.t_end
           WHERE b.session = $1 ORDER BY s.ts`,
          [session],
        );
        const waveform = new Waveform({ ...source.waveform, sampleRateHz: settings.rateHz }, settings.seed);
        const made = Array.from(waveform.next(values.length).values, (v) => Math.round(v * 1000) / 1000);
        expect(values.map((v) => v.value)).toEqual(made);
      }
      // and the witness saw what the store has
      expect(seen.size).toBeGreaterThan(4 * KILLS);
    } finally {
      await store.close();
    }
  }, 480_000);
});
