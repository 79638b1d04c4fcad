import { PipelineMonitor } from '@loadcycle/cloud-api/retrieval/pipeline';
import { type DeviceStatus, silentLogger } from '@loadcycle/contract';
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  asRole,
  jsonOf,
  openBroker,
  openTestApi,
  post,
  seed,
  type TestApi,
  type TestBroker,
  until,
} from './api-support.ts';

let t: TestApi;
let broker: TestBroker;
beforeAll(async () => {
  broker = await openBroker();
  t = await openTestApi({ mqtt: { url: broker.url } });
  await seed(t.db);
  await until(async () => (await jsonOf(t.call('/readyz'))).checks.broker.state === 'ok');
});
afterAll(async () => {
  await t.close();
  await broker.close();
});

type Answer = 'done' | 'failed' | 'silent' | 'accepts';

interface FakeDevice {
  readonly got: { id: string; action: string; changes?: unknown[] }[];
  say(state: DeviceStatus['state']): Promise<void>;
  close(): Promise<void>;
}

/** A device as the contract wants it: persistent session, status retained, each command answered. */
async function device(site: string, name: string, how: () => Answer): Promise<FakeDevice> {
  const root = `loadcycle/v1/${site}/${name}`;
  const client: MqttClient = await mqtt.connectAsync(broker.url, {
    clientId: `${site}-${name}`,
    clean: false,
  });
  const got: FakeDevice['got'] = [];
  client.on('message', (_topic, payload) => {
    const command = JSON.parse(payload.toString());
    got.push(command);
    const answer = (outcome: string, more = {}): void => {
      const result = { id: command.id, outcome, at: Date.now() * 1000, ...more };
      client.publish(`${root}/commands/results`, JSON.stringify(result), { qos: 1 });
    };
    const wanted = how();
    if (wanted === 'silent') return;
    answer('accepted');
    if (wanted === 'done') answer('done');
    if (wanted === 'failed')
      answer('failed', { code: 'source.unavailable', detail: 'the sensor is unplugged' });
  });
  await client.subscribeAsync(`${root}/commands`, { qos: 1 });
  return {
    got,
    say: async (state) => {
      const status = { state, at: Date.now() * 1000 };
      await client.publishAsync(`${root}/status`, JSON.stringify(status), { qos: 1, retain: true });
    },
    close: () => client.endAsync(),
  };
}

interface Operation {
  id: string;
  state: string;
  devices: { device: string; state: string; code: string | null; detail: string | null; attempts: number }[];
}
const operation = async (location: string): Promise<Operation> => jsonOf(t.call(location));

async function command(path: string, body?: unknown, token?: string): Promise<Response> {
  const request = body === undefined ? { method: 'POST' } : post(body);
  return t.call(path, token === undefined ? request : { ...request, token });
}

const finished = (location: string): Promise<Operation> =>
  until(async () => {
    const o = await operation(location);
    return o.state === 'running' ? null : o;
  });

describe('commands to devices', () => {
  it('go to each device that is meant, and the operation shows each answer', async () => {
    const one = await device('plant1', 'motor1', () => 'done');
    const two = await device('plant1', 'motor2', () => 'failed');
    const response = await command('/v1/pipeline/start', { devices: ['plant1/motor1', 'plant1/motor2'] });
    expect(response.status).toBe(202);
    const location = response.headers.get('location')!;
    expect(location).toMatch(/^\/v1\/operations\/[0-9a-f-]{36}$/);
    const done = await finished(location);
    expect(done).toMatchObject({
      action: 'start',
      state: 'failed',
      devices: [
        { device: 'motor1', state: 'done', code: null },
        { device: 'motor2', state: 'failed', code: 'source.unavailable', detail: 'the sensor is unplugged' },
      ],
    });
    expect(one.got.map((c) => c.action)).toEqual(['start']);
    await Promise.all([one.close(), two.close()]);
  });

  it('without a list mean every device that the token reaches', async () => {
    const pump = await device('plant2', 'pump1', () => 'done');
    const token = await t.token(['pipeline:control'], ['plant2']);
    const response = await command('/v1/pipeline/stop', undefined, token);
    expect(response.status).toBe(202);
    const done = await finished(response.headers.get('location')!);
    expect(done.devices.map((d) => d.device)).toEqual(['pump1']);
    expect(done.state).toBe('done');
    await pump.close();
  });

  it('reach a device that was away when it comes online, and it carries each out once', async () => {
    const away = await device('plant1', 'motor1', () => 'silent');
    await away.say('offline');
    const response = await command('/v1/pipeline/configure', {
      devices: ['plant1/motor1'],
      changes: [{ signal: 'motor-voltage', rateHz: 500 }],
      expiresInS: 3600,
    });
    const location = response.headers.get('location')!;
    await until(() => away.got.length === 1);
    await until(async () => (await operation(location)).devices[0]!.state === 'sent');
    await away.close();
    const back = await device('plant1', 'motor1', () => 'done');
    await back.say('online');
    const done = await finished(location);
    expect(done.devices[0]).toMatchObject({ state: 'done' });
    expect(done.devices[0]!.attempts).toBeGreaterThanOrEqual(2);
    expect(back.got[0]).toMatchObject({
      action: 'configure',
      changes: [{ signal: 'motor-voltage', rateHz: 500 }],
    });
    expect(new Set([...away.got, ...back.got].map((c) => c.id)).size).toBe(1);
    await back.close();
  });

  it('run out: an operation whose device never answers says expired', async () => {
    const response = await command('/v1/pipeline/stop', { devices: ['plant1/motor2'], expiresInS: 1 });
    const done = await finished(response.headers.get('location')!);
    expect(done).toMatchObject({ state: 'failed', devices: [{ state: 'expired' }] });
  });

  it('take no answer from a device for another one, nor a late accepted', async () => {
    const response = await command('/v1/pipeline/stop', { devices: ['plant1/motor1'], expiresInS: 600 });
    const location = response.headers.get('location')!;
    const [row] = await t.db.query<{ id: string }>('SELECT id FROM command WHERE operation_id = $1', [
      location.split('/').at(-1)!,
    ]);
    const liar = await mqtt.connectAsync(broker.url);
    const say = async (name: string, outcome: string): Promise<void> => {
      const result = { id: row!.id, outcome, at: 0 };
      await liar.publishAsync(`loadcycle/v1/plant1/${name}/commands/results`, JSON.stringify(result), {
        qos: 1,
      });
    };
    await say('motor2', 'done');
    await liar.publishAsync('loadcycle/v1/plant1/motor1/commands/results', 'not json', { qos: 1 });
    await say('motor1', 'done');
    const done = await finished(location);
    expect(done.state).toBe('done');
    await say('motor1', 'accepted');
    await say('motor1', 'failed');
    const probe = await command('/v1/pipeline/stop', { devices: ['plant1/motor2'], expiresInS: 1 });
    await finished(probe.headers.get('location')!);
    expect((await operation(location)).devices[0]!.state).toBe('done');
    await liar.endAsync();
  });

  it('are sent once for an Idempotency-Key', async () => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'stop-once' };
    const send = (body: unknown): Promise<Response> =>
      t.call('/v1/pipeline/stop', { method: 'POST', headers, body: JSON.stringify(body) });
    const body = { devices: ['plant1/motor2'], expiresInS: 1 };
    const first = await send(body);
    const again = await send(body);
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(await again.json()).toEqual(await first.json());
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const other = await send({ ...body, expiresInS: 2 });
    expect(other.status).toBe(422);
    const both = await Promise.all(
      [1, 2, 3].map(() =>
        t.call('/v1/pipeline/stop', {
          method: 'POST',
          headers: { ...headers, 'idempotency-key': 'race' },
          body: JSON.stringify(body),
        }),
      ),
    );
    expect(both.filter((r) => r.status === 202).length).toBeGreaterThanOrEqual(1);
    expect(both.every((r) => r.status === 202 || r.status === 409)).toBe(true);
    const made = new Set(both.flatMap((r) => r.headers.get('location') ?? []));
    expect(made.size).toBe(1);
  });

  it.each([
    [{ devices: ['plant1/nothing'] }, 422, '/devices/0'],
    [{ devices: [] }, 422, '/devices'],
    [{ devices: ['motor1'] }, 422, '/devices/0'],
    [{ devices: ['plant1/motor1'], site: 'plant1' }, 422, '/site'],
    [{ device: 'plant1/motor1' }, 422, ''],
    [{ expiresInS: 0 }, 422, '/expiresInS'],
    [{ expiresInS: 1e300 }, 422, '/expiresInS'],
    [[], 422, ''],
  ])('refuse %j', async (body, status, pointer) => {
    const response = await command('/v1/pipeline/start', body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code: 'request.unprocessable', errors: [{ pointer }] });
  });

  it('refuse bodies that are no JSON, of another type, or too large', async () => {
    const send = (body: string | Uint8Array<ArrayBuffer>, type = 'application/json'): Promise<Response> =>
      t.call('/v1/pipeline/start', { method: 'POST', body, headers: { 'content-type': type } });
    expect((await send('{')).status).toBe(400);
    expect((await send(new Uint8Array([0x22, 0xff, 0x22]))).status).toBe(400);
    expect((await send('devices: []', 'application/yaml')).status).toBe(415);
    expect((await send(`"${'x'.repeat(1_100_000)}"`)).status).toBe(413);
    const never = await t.call('/v1/pipeline/configure', { method: 'POST' });
    expect(never.status).toBe(415);
  });

  it('refuse what the grants do not reach, whether it exists or not', async () => {
    const token = await t.token(['pipeline:control'], ['plant1/motor1']);
    for (const devices of [['plant1/motor2'], ['plant1/nothing'], ['plant2/pump1']]) {
      expect((await command('/v1/pipeline/stop', { devices }, token)).status).toBe(403);
    }
    expect((await command('/v1/pipeline/stop', { site: 'plant1' }, token)).status).toBe(403);
    const reader = await t.token(['samples:read'], ['*']);
    expect((await command('/v1/pipeline/stop', undefined, reader)).status).toBe(403);
    const mine = await command('/v1/pipeline/stop', { expiresInS: 1 }, token);
    expect((await jsonOf(mine)).devices.map((d: { device: string }) => d.device)).toEqual(['motor1']);
    const other = await t.token(['pipeline:control'], ['plant2']);
    expect((await t.call(mine.headers.get('location')!, { token: other })).status).toBe(404);
  });

  it('answer 404 for an operation that is not there, 400 for what is no id', async () => {
    expect((await t.call('/v1/operations/00000000-0000-4000-8000-000000000000')).status).toBe(404);
    expect((await t.call('/v1/operations/1')).status).toBe(400);
  });
});

describe('a rate', () => {
  const ask = (changes: object[], devices = ['plant1/motor1', 'plant1/motor2']) =>
    t.call('/v1/pipeline/configure', post({ devices, changes, expiresInS: 1 }));

  it('is refused beyond what the device says that it can do, and, where it says nothing, beyond a setting', async () => {
    const signals = [
      { signal: 'current', unit: 'A', rateHz: 10, maxRateHz: 1000, seq: 0 },
      { signal: 'motor-voltage', unit: 'V', rateHz: 10, maxRateHz: 50_000, seq: 0 },
    ];
    const before = await t.db.query('SELECT id FROM command');
    await t.db.query(`UPDATE device SET status = $1::jsonb WHERE name = 'motor1'`, [
      JSON.stringify({ state: 'online', at: 1, signals }),
    ]);
    const most = await ask([{ rateHz: 10 }, { signal: 'current', rateHz: 1_000_000 }]);
    expect(most.status).toBe(422);
    expect((await jsonOf(most)).errors).toEqual([
      { pointer: '/changes/1/rateHz', detail: 'plant1/motor1 takes at most 1000 samples a second' },
      { pointer: '/changes/1/rateHz', detail: 'plant1/motor2 takes at most 10000 samples a second' },
    ]);
    // of all of its signals: the slowest counts
    expect((await ask([{ rateHz: 1001 }], ['plant1/motor1'])).status).toBe(422);
    expect((await ask([{ rateHz: 10_001 }], ['plant1/motor2'])).status).toBe(422);
    expect(await t.db.query('SELECT id FROM command')).toEqual(before);
    const fine = [
      { signal: 'motor-voltage', rateHz: 50_000 },
      { signal: 'current', rateHz: 1000 },
    ];
    expect((await ask(fine, ['plant1/motor1'])).status).toBe(202);
    await t.db.query(`UPDATE device SET status = NULL WHERE name = 'motor1'`);
  });
});

describe('GET /v1/pipeline', () => {
  it('shows devices, topics, and consumers with their lag', async () => {
    const value = new TextEncoder().encode('{}');
    await t.eventLog.append(
      Array.from({ length: 100 }, (_, i) => ({ topic: 'loadcycle.samples', key: `a/b/c${i}`, value })),
    );
    const ends = await t.eventLog.ends(['loadcycle.samples']);
    for (const e of ends) {
      await t.db.query(
        'INSERT INTO consumer_offset (consumer, topic, partition, next) VALUES ($1, $2, $3, $4)',
        ['landing', e.topic, e.partition, e.partition === 0 ? e.end : 0],
      );
    }
    await t.db.query(
      `INSERT INTO account (hour, signal_id, received, landed, samples) VALUES (date_trunc('hour', now()), 1, 5, 4, 4000)`,
    );
    // rates are means over the last seconds: what has just been appended counts as quick until they have passed
    await expect
      .poll(async () => (await jsonOf(t.call('/v1/pipeline'))).state, { interval: 200 })
      .toBe('behind');
    const state = await jsonOf(t.call('/v1/pipeline'));
    const behind = ends.filter((e) => e.partition !== 0).reduce((n, e) => n + e.end, 0);
    expect(state.consumers).toMatchObject([
      { consumer: 'landing', topic: 'loadcycle.samples', lag: behind, state: 'behind' },
    ]);
    expect(state.log.topics[0]).toMatchObject({ topic: 'loadcycle.samples', partitions: 2, records: 100 });
    expect(state.store.lastDay).toMatchObject({ samples: 4000, batches: 4 });
    expect(state.devices.list).toHaveLength(3);
    expect(state.state).toBe('behind');
    const token = await t.token(['samples:read'], ['plant2/pump1']);
    const mine = await jsonOf(t.call('/v1/pipeline', { token }));
    expect(mine.devices.list.map((d: { device: string }) => d.device)).toEqual(['pump1']);
    expect(mine.store.lastDay).toBeNull();
    expect(mine.bridge).toMatchObject({ state: 'ok' });
  });

  it('says when devices are online and nothing comes from them: the bridge or the broker is away', async () => {
    const status = JSON.stringify({ state: 'online', outbox: { batches: 3, bytes: 100 } });
    await t.db.query(`UPDATE device SET status = $1::jsonb WHERE name = 'motor1'`, [status]);
    const monitor = new PipelineMonitor(asRole(t.db, 'reader'), t.eventLog, silentLogger, 300);
    const bridge = async () => (await monitor.state()).bridge;
    expect((await bridge()).state).toBe('ok');
    await expect.poll(async () => (await bridge()).state).toBe('silent');
    const value = new TextEncoder().encode(status);
    await t.eventLog.append([{ topic: 'loadcycle.status', key: 'plant1/motor1', value }]);
    expect((await bridge()).state).toBe('ok');
    await expect.poll(async () => (await bridge()).state).toBe('silent');
    // where no agent says that it is online, silence is nothing to worry about
    await t.db.query(`UPDATE device SET status = NULL WHERE name = 'motor1'`);
    expect((await bridge()).state).toBe('ok');
  });
});
