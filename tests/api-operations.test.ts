import { startApi } from '@loadcycle/cloud-api/server';
import { LoadcycleError } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { Health } from '@loadcycle/service';
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

// Operations: their list, and answers that come while something is away.

let t: TestApi;
let broker: TestBroker;
let storeAway = false;
beforeAll(async () => {
  broker = await openBroker();
  t = await openTestApi({ mqtt: { url: broker.url }, roles: (db, role) => breakable(asRole(db, role)) });
  await seed(t.db);
  await until(async () => (await jsonOf(t.call('/readyz'))).checks.broker.state === 'ok');
});
afterAll(async () => {
  await t.close();
  await broker.close();
});

/** A store that can be away. */
function breakable(db: Database): Database {
  return new Proxy(db, {
    get: (target, name) => {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      if (name !== 'query' && name !== 'transaction') return member.bind(target);
      return (...args: unknown[]) =>
        storeAway
          ? Promise.reject(new LoadcycleError('store.unavailable', 'away'))
          : (member as (...a: unknown[]) => unknown).apply(target, args);
    },
  });
}

interface Device {
  readonly got: { id: string }[];
  answer(id: string, outcome: string, more?: object): Promise<void>;
  online(): Promise<void>;
  close(): Promise<void>;
}

async function device(name: string, heard: (d: Device, id: string) => void = () => {}): Promise<Device> {
  const root = `loadcycle/v1/plant1/${name}`;
  const client: MqttClient = await mqtt.connectAsync(broker.url);
  const d: Device = {
    got: [],
    answer: async (id, outcome, more = {}) => {
      const result = { id, outcome, at: Date.now() * 1000, ...more };
      await client.publishAsync(`${root}/commands/results`, JSON.stringify(result), { qos: 1 });
    },
    online: async () => {
      const status = { state: 'online', at: Date.now() * 1000 };
      await client.publishAsync(`${root}/status`, JSON.stringify(status), { qos: 1, retain: true });
    },
    close: async () => {
      await client.publishAsync(`${root}/status`, '', { qos: 1, retain: true });
      await client.endAsync();
    },
  };
  client.on('message', (_, payload) => {
    const command = JSON.parse(payload.toString());
    d.got.push(command);
    heard(d, command.id);
  });
  await client.subscribeAsync(`${root}/commands`, { qos: 1 });
  return d;
}

const begin = async (action: string, body: object): Promise<string> => {
  const response = await t.call(`/v1/pipeline/${action}`, post(body));
  expect(response.status).toBe(202);
  return (await jsonOf(response)).id;
};
const stateOf = async (
  id: string,
): Promise<{ state: string; code: string | null; detail: string | null; attempts: number }> =>
  (await jsonOf(t.call(`/v1/operations/${id}`))).devices[0];

describe('an answer', () => {
  it('of any text is taken as far as it can be kept', async () => {
    const d = await device('motor1', (self, id) => {
      void self.answer(id, 'failed', { code: 'source.unavailable', detail: `pin \0 17 ${'x'.repeat(5000)}` });
    });
    const id = await begin('start', { devices: ['plant1/motor1'] });
    const answered = await until(async () => {
      const c = await stateOf(id);
      return c.state === 'failed' ? c : null;
    });
    expect(answered.detail).toMatch(/^pin \uFFFD 17 x+$/);
    expect(answered.detail).toHaveLength(1000);
    await d.close();
  });

  it('that came while the store was away is taken when it is back', async () => {
    const d = await device('motor1');
    const id = await begin('stop', { devices: ['plant1/motor1'] });
    await until(() => d.got.length === 1);
    await until(async () => (await stateOf(id)).state === 'sent');
    storeAway = true;
    await d.answer(d.got[0]!.id, 'accepted');
    await d.answer(d.got[0]!.id, 'done');
    // the API has heard it: what it hears is in order
    const probe = await mqtt.connectAsync(broker.url);
    await probe.subscribeAsync('loadcycle/v1/plant1/motor1/commands/results');
    const heard = new Promise((resolve) => probe.once('message', resolve));
    await d.answer('00000000-0000-4000-8000-000000000000', 'done');
    await heard;
    storeAway = false;
    await until(async () => (await stateOf(id)).state === 'done');
    await probe.endAsync();
    await d.close();
  });

  it('that came while the API was away is asked for again', async () => {
    const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const options = {
      reader: asRole(t.db, 'reader'),
      control: asRole(t.db, 'control'),
      eventLog: t.eventLog,
      mqtt: { url: broker.url },
      http: { host: '127.0.0.1', port: 0 },
      log: silent,
      health: new Health(),
    };
    // this one's API only listens to its own broker
    const own = await openBroker();
    const first = await startApi({ ...options, mqtt: { url: own.url } });
    const answers = new Map<string, string>();
    const client = await mqtt.connectAsync(own.url);
    const root = 'loadcycle/v1/plant1/motor2';
    const tell = (id: string): Promise<unknown> =>
      client.publishAsync(
        `${root}/commands/results`,
        JSON.stringify({ id, outcome: answers.get(id), at: 0 }),
        { qos: 1 },
      );
    client.on('message', (_, payload) => {
      const { id } = JSON.parse(payload.toString());
      // each id is carried out once, and answered again
      if (!answers.has(id)) answers.set(id, 'accepted');
      void tell(id);
    });
    await client.subscribeAsync(`${root}/commands`, { qos: 1 });
    const status = JSON.stringify({ state: 'online', at: 0 });
    await client.publishAsync(`${root}/status`, status, { qos: 1, retain: true });
    const call = (url: string, path: string, request: RequestInit = {}): Promise<Response> =>
      fetch(`${url}${path}`, {
        ...request,
        headers: { authorization: `Bearer ${t.admin}`, 'content-type': 'application/json' },
      });
    const body = JSON.stringify({ devices: ['plant1/motor2'], expiresInS: 600 });
    const made = await until(async () => {
      const r = await call(first.url, '/v1/pipeline/start', { method: 'POST', body });
      return r.status === 202 ? jsonOf(r) : null;
    });
    await until(async () => (await stateOf(made.id)).state === 'accepted');
    await first.close();
    for (const id of answers.keys()) {
      answers.set(id, 'done');
      await tell(id);
    }
    const second = await startApi({ ...options, mqtt: { url: own.url } });
    await until(async () => (await stateOf(made.id)).state === 'done');
    await second.close();
    await client.endAsync();
    await own.close();
  });
});

describe('operations', () => {
  it('are listed, the latest first, page by page, as far as the grants reach', async () => {
    const made: string[] = [];
    for (let i = 0; i < 7; i++) {
      const devices = i % 2 === 0 ? ['plant1/motor1', 'plant2/pump1'] : ['plant1/motor2'];
      made.unshift(
        await begin(i === 3 ? 'configure' : 'stop', {
          devices,
          expiresInS: i === 0 ? 1 : 600,
          ...(i === 3 ? { changes: [{ rateHz: 10 }] } : {}),
        }),
      );
    }
    const list = async (
      query: string,
      token = t.admin,
    ): Promise<{ id: string; devices: Record<string, number> }[]> => {
      const all = [];
      let cursor = '';
      do {
        const page = await jsonOf(t.call(`/v1/operations?limit=2${query}${cursor}`, { token }));
        all.push(...page.operations);
        cursor = page.next === null ? '' : `&cursor=${page.next}`;
      } while (cursor !== '');
      return all;
    };
    const all = await list('');
    expect(all.slice(0, 7).map((o) => o.id)).toEqual(made);
    expect(all[0]).toMatchObject({ action: 'stop', state: 'running', clientId: 'admin' });
    expect(Object.values(all[0]!.devices).reduce((a, b) => a + b)).toBe(2);
    expect((await list('&action=configure')).map((o) => o.id)).toEqual([made[3]]);
    await until(async () => (await list(''))[6]!.devices['expired'] === 2);
    expect((await list(''))[6]).toMatchObject({ state: 'failed' });
    const token = await t.token(['pipeline:control'], ['plant2']);
    const mine = await list('', token);
    expect(mine.map((o) => o.id)).toEqual(made.filter((_, i) => (6 - i) % 2 === 0));
    expect(Object.values(mine[0]!.devices).reduce((a, b) => a + b)).toBe(1);
    expect(await list('', await t.token(['samples:read'], ['plant9']))).toEqual([]);
    for (const query of ['cursor=x', 'limit=0', 'limit=1001', 'action=fly', 'state=done']) {
      expect((await t.call(`/v1/operations?${query}`)).status).toBe(400);
    }
  });
});
