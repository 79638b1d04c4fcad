import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { openPg } from '@loadcycle/database/pg/index';
import type { Database } from '@loadcycle/database/port';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder, until } from './bridge-helpers.ts';
import { letsIn, startComposeMosquitto } from './cloud-broker.ts';
import {
  type ComposeService,
  composeServices,
  finished,
  makeVolumes,
  ROOT,
  type RunningService,
  ready,
  runService,
} from './cloud-compose.ts';
import { LiveStream } from './live-stream.ts';
import { EdgeNode } from './sparkplug-node.ts';
import { type RunningKafka, startKafka } from './support/kafka.ts';
import type { RunningMosquitto } from './support/mosquitto.ts';
import { freePort } from './support/ports.ts';
import { createDatabase } from './support/server-database.ts';

/**
 * The cloud as processes: real Mosquitto, Kafka and TimescaleDB, and every service with the command and the
 * environment that docker-compose.yml gives it. The tests go on from each other: one deployment, one story.
 */
const run = promisify(execFile);
const SERVICES = ['bridge', 'landing', 'cycles', 'notify', 'maintenance', 'api'] as const;
vi.setConfig({ testTimeout: 150_000 });
const SIGNAL = '/v1/sites/plant1/devices/motor1/signals/motor-voltage';

let lack: string | null = null;
let folder: string;
let remove: () => void;
let compose: Record<string, ComposeService>;
let mosquitto: RunningMosquitto | null = null;
let kafka: RunningKafka | null = null;
let database: { url: string; drop(): Promise<void> } | null = null;
let store: Database | null = null;
let observer: ChildProcess | null = null;
let replace: (readonly [string, string])[];
const running = new Map<string, RunningService>();
const heard: { topic: string; payload: string }[] = [];
/** what the webhook was posted */
const posted: { body: string; signature: unknown }[] = [];
let webhook: Server | null = null;
let api: string;
let token: string;

const start = (name: string, more?: Parameters<typeof runService>[2]): RunningService => {
  const service = runService(compose[name]!, replace, more);
  running.set(name, service);
  return service;
};

async function lacks(): Promise<string | null> {
  const url = process.env['LOADCYCLE_TEST_DATABASE_URL'] ?? '';
  if (url === '') return 'LOADCYCLE_TEST_DATABASE_URL names no server with TimescaleDB';
  const probe = await openPg({ url, poolSize: 1, applicationName: 'loadcycle-tests' });
  const [found] = await probe.query(`SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'`);
  await probe.close();
  if (found === undefined) return 'the server of LOADCYCLE_TEST_DATABASE_URL has no TimescaleDB';
  for (const [command, flag] of [
    ['kcat', '-V'],
    ['mosquitto_sub', '--help'],
    ['psql', '--version'],
  ] as const) {
    const missing = await run(command, [flag]).then(
      () => false,
      (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
    );
    if (missing) return `${command} is not installed`;
  }
  return null;
}

beforeAll(async () => {
  ({ folder, remove } = temporaryFolder());
  lack = await lacks();
  if (lack !== null) return;
  compose = composeServices();
  makeVolumes(folder);
  const secrets = join(folder, 'secrets');
  replace = [
    ['/run/loadcycle', secrets],
    ['/var/lib/loadcycle', join(folder, 'lib')],
  ];
  await finished('init', runService(compose['init']!, replace));

  kafka = await startKafka({ folder, onLack: (why) => (lack = why) });
  if (kafka === null) return;
  const broker = await startComposeMosquitto({
    folder: join(folder, 'mosquitto'),
    here: (text) => text.replaceAll('/run/loadcycle/', `${secrets}/`),
  });
  if (broker === null) {
    lack = 'mosquitto is not installed';
    return;
  }
  mosquitto = broker.mosquitto;
  const { services } = broker;
  database = await createDatabase(process.env['LOADCYCLE_TEST_DATABASE_URL']!);
  const at = new URL(database.url);
  // the server is not the compose file's: whoever may make databases there is its superuser
  writeFileSync(join(secrets, 'store/superuser-password'), decodeURIComponent(at.password) || 'trusted');
  const httpPort = await freePort();
  api = `http://127.0.0.1:${httpPort}`;
  replace.push(
    ['mosquitto:8883', `127.0.0.1:${broker.mosquitto.port}`],
    ['mosquitto:8885', `127.0.0.1:${services}`],
    ['kafka:9092', kafka.brokers],
    ['http://api:8080', api],
    ['0.0.0.0', '127.0.0.1'],
  );
  const hook = await openWebhook();
  const dead = await freePort();
  for (const [name, service] of Object.entries(compose)) {
    const environment = { ...service.environment };
    if (environment['LOADCYCLE_DATABASE_HOST'] !== undefined) {
      environment['LOADCYCLE_DATABASE_HOST'] = at.hostname;
      environment['LOADCYCLE_DATABASE_PORT'] = at.port || '5432';
      environment['LOADCYCLE_DATABASE_NAME'] = at.pathname.slice(1);
    }
    if (name === 'migrate') environment['LOADCYCLE_DATABASE_USER'] = decodeURIComponent(at.username);
    // bridge and landing
    if ('LOADCYCLE_SPARKPLUG' in environment) environment['LOADCYCLE_SPARKPLUG'] = 'true';
    if (name === 'api') environment['LOADCYCLE_HTTP_PORT'] = String(httpPort);
    if (name === 'notify')
      environment['LOADCYCLE_WEBHOOKS'] = `ops=${hook}/s3cret,dead=http://127.0.0.1:${dead}/s3cret`;
    compose[name] = { ...service, environment };
  }
  await finished('migrate', runService(compose['migrate']!, replace));
  store = await openPg({ url: database.url, poolSize: 1, applicationName: 'loadcycle-tests' });

  // as docs/operations.md has it
  const own = join(secrets, 'broker');
  const sub = spawn('mosquitto_sub', [
    '-h',
    'localhost',
    '-p',
    String(broker.mosquitto.port),
    '--cafile',
    `${own}/ca.crt`,
    '-u',
    'loadcycle-observer',
    '-P',
    readFileSync(`${own}/observer-password`, 'utf8').trim(),
    '-q',
    '1',
    '-t',
    'loadcycle/#',
    '-v',
  ]);
  observer = sub;
  createInterface({ input: sub.stdout }).on('line', (line) => {
    const space = line.indexOf(' ');
    heard.push({ topic: line.slice(0, space), payload: line.slice(space + 1) });
  });
});

async function openWebhook(): Promise<string> {
  webhook = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => {
      body += data.toString();
    });
    request.on('end', () => {
      posted.push({ body, signature: request.headers['x-loadcycle-signature'] });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => webhook!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(webhook.address() as AddressInfo).port}`;
}

beforeEach((context) => {
  if (lack !== null) context.skip(lack);
});

afterAll(async () => {
  observer?.kill();
  webhook?.close();
  webhook?.closeAllConnections();
  for (const service of running.values()) await service.stop('SIGKILL');
  await store?.close();
  await database?.drop();
  if (database !== null) await dropRoles();
  await mosquitto?.stop();
  await kafka?.stop();
  remove();
});

/** Roles belong to the server, not to the database that was dropped. */
async function dropRoles(): Promise<void> {
  const server = await openPg({ url: process.env['LOADCYCLE_TEST_DATABASE_URL']!, poolSize: 1 });
  for (const name of ['landing', 'cycles', 'notify', 'api', 'grafana', 'owner']) {
    await server.exec(`DROP ROLE IF EXISTS loadcycle_${name}`).catch(() => {});
  }
  await server.close();
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers };
  const answer = await fetch(`${api}${path}`, { ...init, headers });
  const text = await answer.text();
  // who asks until something is there may ask too often for the limit of a deployment: the API says when to come again
  if (answer.status === 429) {
    await new Promise((resolve) => setTimeout(resolve, Number(answer.headers.get('retry-after')) * 1000));
    return ask(path, init);
  }
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return JSON.parse(text) as T;
}

test('every service becomes ready with the command and the environment of the compose file', async () => {
  for (const name of SERVICES) start(name);
  await Promise.all(SERVICES.map((name) => ready(name, running.get(name)!)));
  await until('the API answers', () =>
    fetch(`${api}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    ),
  );
});

test('`docker compose run --rm cli token` prints a token and nothing else', async () => {
  const output = await finished('cli', runService(compose['cli']!, replace, { args: ['token'] }));
  token = output.trim();
  expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  await ask('/v1/sites');
});

test('the simulated motor’s samples and cycles come out of the API, through kills of bridge and landing', async () => {
  start('simulator');
  await until('samples', async () => {
    type Page = { samples: unknown[] };
    return await ask<Page>(`${SIGNAL}/samples?limit=10`).then(
      (page) => page.samples.length > 0,
      () => false,
    );
  });
  for (const name of ['bridge', 'landing', 'cycles']) {
    await running.get(name)!.stop('SIGKILL');
    await ready(name, start(name));
  }
  await until('cycles', async () => {
    const page = await ask<{ cycles: unknown[] }>(`${SIGNAL}/cycles?limit=10`);
    return page.cycles.length >= 3;
  });
});

test('an anomaly reaches MQTT and a webhook that knows it by its signature, while another webhook is dead', async () => {
  // every cycle's top level is beyond this limit
  const { definition } = await ask<{ definition: object }>(SIGNAL);
  const anomalies = { limits: { topLevel: { max: -1_000 } } };
  await ask(SIGNAL, { method: 'PUT', body: JSON.stringify({ ...definition, anomalies }) });
  const topic = 'loadcycle/v1/plant1/motor1/anomalies/motor-voltage';
  await until('it is published', () => heard.some((m) => m.topic === topic));
  await until('it is posted', () => posted.length > 0);
  const { payload } = heard.find((m) => m.topic === topic)!;
  expect(JSON.parse(payload)).toMatchObject({
    site: 'plant1',
    kind: 'limit',
    metric: 'topLevel',
    state: 'open',
  });
  expect(posted[0]!.body).toBe(payload);
  const key = readFileSync(join(folder, 'secrets/notify/webhook-secret'), 'utf8').trim();
  const signature = createHmac('sha256', key).update(posted[0]!.body).digest('hex');
  expect(posted[0]!.signature).toBe(`sha256=${signature}`);
  await until('the pipeline counts what was told to whom', async () => {
    type Target = { consumer: string; delivered: number };
    type Pipeline = { notify: Target[]; broker: { dropped: number | null } };
    const { notify, broker } = await ask<Pipeline>('/v1/pipeline');
    // what the API's own user may hear of the broker
    if (broker.dropped !== 0) return false;
    const told = notify.map((t) => `${t.consumer} ${t.delivered > 0}`).join();
    return told === 'notify-mqtt true,notify-webhook-dead false,notify-webhook-ops true';
  });
  const metrics = await fetch(`${running.get('notify')!.healthUrl()}/metrics`).then((r) => r.text());
  expect(metrics).toMatch(/loadcycle_notify_target_up\{target="notify-webhook-dead",.*\} 0/);
  expect(metrics).toMatch(/loadcycle_notify_target_up\{target="notify-mqtt",.*\} 1/);
  expect(running.get('notify')!.output()).not.toContain('s3cret');
});

test('a target that the API makes is taken up by notify, which opens what the API has sealed', async () => {
  const url = `http://127.0.0.1:${(webhook!.address() as AddressInfo).port}/made`;
  const signingSecret = 'of the target';
  const body = JSON.stringify({ kind: 'webhook', name: 'made', grants: ['plant1'], url, signingSecret });
  const { id } = await ask<{ id: number }>('/v1/notify/targets', { method: 'POST', body });
  await until('notify runs it', async () => {
    const { state } = await ask<{ state: string }>(`/v1/notify/targets/${id}`);
    return state === 'ok';
  });
  const answer = await ask<object>(`/v1/notify/targets/${id}/test`, { method: 'POST' });
  expect(answer).toEqual({ taken: true, code: null, detail: 'HTTP 204' });
  const last = posted.at(-1)!;
  expect(JSON.parse(last.body)).toMatchObject({ test: true, target: 'made' });
  const signature = createHmac('sha256', signingSecret).update(last.body).digest('hex');
  expect(last.signature).toBe(`sha256=${signature}`);
  const [kept] = await store!.query<{ secret: string }>('SELECT secret FROM notify_definition');
  expect(kept!.secret).toMatch(/^sealed\./);
});

test('a command from the API stops the device, and its answer comes back', async () => {
  const operation = await ask<{ id: string }>('/v1/pipeline/stop', { method: 'POST' });
  await until('the operation is done', async () => {
    const now = await ask<{ state: string }>(`/v1/operations/${operation.id}`);
    return !/pending|running|accepted/.test(now.state);
  });
  const results = heard.filter((m) => m.topic.endsWith('/commands/results'));
  expect(results.map((m) => (JSON.parse(m.payload) as { outcome: string }).outcome)).toContain('done');
  await until('the outbox is empty', () => {
    const last = heard.findLast((m) => m.topic.endsWith('/motor1/status'));
    const status = JSON.parse(last?.payload ?? '{}') as { sampling?: boolean; outbox?: { batches: number } };
    return status.sampling === false && status.outbox?.batches === 0;
  });
});

test('the API gives a device its password at the broker, and takes it back', async () => {
  const path = '/v1/sites/hall/devices/press/credentials';
  const login = await ask<{ username: string; password: string }>(path, { method: 'PUT' });
  const ca = readFileSync(join(folder, 'secrets/broker/ca.crt'), 'utf8');
  const accepted = (): Promise<boolean> => letsIn(`mqtts://127.0.0.1:${mosquitto!.port}`, { ...login, ca });
  await until('the broker knows it', accepted);
  const answer = await fetch(`${api}${path}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${token}` },
  });
  expect(answer.status).toBe(204);
  await until('the broker refuses it', async () => !(await accepted()));
});

interface Message {
  session: string;
  seq: number;
  values: (number | null)[];
}
/** Batches by their name, each once. */
function batchesOf(payloads: readonly string[]): Map<string, Message> {
  const batches = payloads.map((p) => JSON.parse(p) as Message);
  return new Map(batches.map((b) => [`${b.session} ${b.seq}`, b]));
}
const countAndSum = (batches: Iterable<Message>): { count: number; sum: number } => {
  let count = 0;
  let sum = 0;
  for (const { values } of batches) {
    count += values.length;
    for (const value of values) sum += value ?? 0;
  }
  return { count, sum };
};

test('mosquitto_sub, kcat, psql and the API agree: every sample once, nowhere one more', async () => {
  const published = batchesOf(heard.filter((m) => m.topic.includes('/samples/')).map((m) => m.payload));
  const args = ['-C', '-q', '-b', kafka!.brokers, '-t', 'loadcycle.samples', '-e', '-o', 'beginning'];
  const { stdout } = await run('kcat', args, { maxBuffer: 1 << 28 });
  const logged = batchesOf(stdout.split('\n').filter((line) => line !== ''));
  expect([...logged.keys()].sort()).toEqual([...published.keys()].sort());
  const expected = countAndSum(logged.values());
  expect(expected.count).toBeGreaterThan(1_000);

  const sql = `SELECT count(*), round(sum(value)::numeric, 2) FROM sample`;
  let rows = '';
  await until('all have landed', async () => {
    rows = (await run('psql', [database!.url, '-Atc', sql])).stdout.trim();
    return Number(rows.split('|')[0]) >= expected.count;
  });
  const [count, sum] = rows.split('|').map(Number) as [number, number];
  expect(count).toBe(expected.count);
  expect(sum).toBeCloseTo(expected.sum, 1);

  const headers = { authorization: `Bearer ${token}`, accept: 'application/x-ndjson' };
  const range = 'from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z';
  const answer = await fetch(`${api}${SIGNAL}/samples?${range}`, { headers });
  const lines = (await answer.text()).split('\n').filter((line) => line !== '');
  const values = lines.map((line) => (JSON.parse(line) as { value: number | null }).value);
  expect(values.length).toBe(expected.count);
  expect(values.reduce<number>((total, v) => total + (v ?? 0), 0)).toBeCloseTo(expected.sum, 1);
});

test('each service’s login has the rights of its work and no more', async () => {
  const secret = (name: string): string =>
    readFileSync(join(folder, 'secrets', name, 'database-password'), 'utf8').trim();
  const as = (name: string): string => {
    const url = new URL(database!.url);
    url.username = `loadcycle_${name}`;
    url.password = secret(name);
    return url.href;
  };
  const attempt = (name: string, sql: string): Promise<string> =>
    run('psql', [as(name), '-v', 'ON_ERROR_STOP=1', '-Atc', sql]).then(
      ({ stdout }) => stdout.trim(),
      ({ stderr }: { stderr: string }) => stderr,
    );
  expect(Number(await attempt('grafana', 'SELECT count(*) FROM sample'))).toBeGreaterThan(0);
  expect(await attempt('grafana', 'DELETE FROM sample')).toContain('permission denied');
  expect(await attempt('landing', 'SET ROLE loadcycle_writer; DROP TABLE sample')).toContain('must be owner');
  expect(await attempt('landing', 'SET ROLE loadcycle_control')).toContain('permission denied');
  expect(await attempt('api', 'SET ROLE loadcycle_reader; DELETE FROM sample')).toContain(
    'permission denied',
  );
  expect(await attempt('notify', 'SET ROLE loadcycle_notifier; SELECT count(*) FROM sample')).toContain(
    'permission denied',
  );
  expect(await attempt('notify', 'SET ROLE loadcycle_writer')).toContain('permission denied');
  const superusers = await store!.query(
    `SELECT rolname FROM pg_roles WHERE rolname LIKE 'loadcycle%' AND rolsuper`,
  );
  expect(superusers).toEqual([]);
});

test('Grafana’s panels ask the store for what is there', async () => {
  for (const name of ['signals']) {
    const dashboard = parse(readFileSync(join(ROOT, `deploy/grafana/dashboards/${name}.json`), 'utf8')) as {
      templating: { list: { query: string }[] };
      panels: { title: string; targets: { rawSql: string }[] }[];
    };
    const [variable] = await store!.query<{ __value: number }>(dashboard.templating.list[0]!.query);
    for (const { title, targets } of dashboard.panels) {
      for (const { rawSql } of targets) {
        const sql = rawSql
          .replaceAll('$signal', String(variable!.__value))
          .replaceAll(/\$__timeFilter\((\w+)\)/g, "$1 > now() - interval '1 hour'");
        expect((await store!.query(sql)).length, title).toBeGreaterThan(0);
      }
    }
  }
});

test('a Sparkplug node with a device’s password: lost births are asked for, and its values are seen live', async () => {
  const path = '/v1/sites/hall/devices/gateway/credentials';
  const login = await ask<{ username: string; password: string }>(path, { method: 'PUT' });
  const ca = readFileSync(join(folder, 'secrets/broker/ca.crt'), 'utf8');
  const url = `mqtts://127.0.0.1:${mosquitto!.port}`;
  await until('the broker knows it', () => letsIn(url, { ...login, ca }));
  const node = new EdgeNode(1, 'hall', 'gateway');
  await node.connect(url, { ...login, ca });
  await node.born();
  await until('its births are in the store', async () => {
    const rows = await store!.query(`SELECT 1 FROM signal_path WHERE device = 'gateway--press'`);
    return rows.length > 0;
  });
  const call = (at: string, { token: _, ...request }: RequestInit & { token?: string | null } = {}) => {
    const headers = { ...(request.headers as object), authorization: `Bearer ${token}` };
    return fetch(`${api}${at}`, { ...request, headers });
  };
  const query = 'event=samples&rate=10000&signal=hall/gateway--press/pressure';
  const live = await new LiveStream({ call }, query).hello();
  await node.data('DDATA', 2, 6);
  await until('a value by its alias', () => live.points().some(([, v]) => v === 6));
  await node.data('DDATA', 2, 7, true);
  await node.data('DDATA', 2, 8);
  await until('landing asks', () => node.asked > 0);
  await node.data('DDATA', 2, 9);
  await until('the value after its births', () => live.points().some(([, v]) => v === 9));
  expect(live.points().map(([, v]) => v)).not.toContain(8);
  live.close();
  await node.end();
});

test('all end in order when asked', async () => {
  for (const [name, service] of [...running].reverse()) {
    expect(await service.stop('SIGTERM'), `${name}:\n${service.output().slice(-2_000)}`).toBe(0);
  }
});
