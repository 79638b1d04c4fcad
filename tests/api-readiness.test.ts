import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { readSettings, silentLogger } from '@loadcycle/contract';
import { eventLogSettings, openEventLog } from '@loadcycle/event-log/open';
import { Health, Registry } from '@loadcycle/service';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBroker, openTestApi, SIGNAL, seed, type TestApi, until } from './api-support.ts';

/**
 * An instance is taken out of service for what its readers would miss, and for nothing else. (Without the store:
 * api-http.test.ts.)
 */
const health = new Health();
const registry = new Registry();
let broker: Awaited<ReturnType<typeof openBroker>>;
let kafka: Awaited<ReturnType<typeof openEventLog>>;
let t: TestApi;

/** A port of this machine where nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeAll(async () => {
  broker = await openBroker();
  // Kafka's own client, and no Kafka
  const settings = readSettings(
    eventLogSettings,
    ['--log-kind', 'platformatic', '--kafka-brokers', `127.0.0.1:${await closedPort()}`],
    {},
  )!;
  kafka = await openEventLog(settings, { log: silentLogger });
  t = await openTestApi({ mqtt: { url: broker.url }, eventLog: kafka, health, registry });
  await seed(t.db);
});
afterAll(async () => {
  await t.close();
  await kafka.close();
});

interface Ready {
  status: string;
  checks: Record<string, { state: string; code?: string }>;
  parts: Record<string, { state: string; code?: string }>;
}
const ready = async (): Promise<Ready & { http: number }> => {
  const answer = await t.call('/readyz', { token: null });
  return { http: answer.status, ...((await answer.json()) as Ready) };
};

test('without Kafka it is ready, and says what is missing', async () => {
  await until(async () => (await ready()).checks['broker']!.state === 'ok');
  const { http, status, checks } = await ready();
  expect([http, status]).toEqual([200, 'degraded']);
  expect(checks).toMatchObject({
    store: { state: 'ok' },
    control: { state: 'ok' },
    keys: { state: 'ok' },
    log: { state: 'failing', code: expect.stringMatching(/^(log\.unavailable|request\.timeout)$/) },
  });
  expect((await t.call(`${SIGNAL}/samples?from=2020-01-01T00:00:00Z&limit=5`)).status).toBe(200);
  // the health port, which Kubernetes and compose ask
  expect([health.ready, health.status]).toEqual([true, 'degraded']);
  expect(health.snapshot()['API: log']).toMatchObject({
    state: 'waiting',
    detail: 'no live stream; reads go on',
  });
});

test('without an MQTT broker as well', async () => {
  await broker.close();
  await until(async () => (await ready()).checks['broker']!.state === 'failing');
  const { http, status, checks } = await ready();
  expect([http, status]).toEqual([200, 'degraded']);
  expect(checks['broker']).toMatchObject({ code: 'broker.unavailable' });
  expect((await t.call('/v1/sites')).status).toBe(200);
  expect(health.ready).toBe(true);
  const metrics = await registry.metrics();
  expect(metrics).toContain('loadcycle_api_engine_up{engine="store"} 1');
  expect(metrics).toContain('loadcycle_api_engine_up{engine="log"} 0');
  expect(metrics).toContain('loadcycle_api_engine_up{engine="broker"} 0');
});

test('what else is not well in its process is told, without what it says', async () => {
  health.aside('maintenance: retention');
  health.set('maintenance: retention', 'failing', 'store.unavailable', 'out of shared memory at 10.1.2.3');
  const answer = await ready();
  expect([answer.http, answer.status]).toEqual([200, 'degraded']);
  expect(answer.parts).toEqual({ 'maintenance: retention': { state: 'failing', code: 'store.unavailable' } });
  health.set('maintenance: retention', 'ok');
});
