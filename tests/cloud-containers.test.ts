import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { temporaryFolder } from './bridge-helpers.ts';
import { composeServices } from './cloud-compose.ts';
import { dockerLacks, makeStandIns, type RunningDocker, startDocker } from './support/docker.ts';

/**
 * The cloud as containers: a real Docker engine builds our image and brings the compose file up. The base images
 * are stand-ins made of Debian packages; the store has none, so it is left out unless LOADCYCLE_TEST_TIMESCALE_IMAGE
 * names an archive of it (`docker save`), and Grafana likewise has none.
 */
const STORE_IMAGE = process.env['LOADCYCLE_TEST_TIMESCALE_IMAGE'] ?? '';
const MINUTES = 60_000;
vi.setConfig({ testTimeout: 10 * MINUTES, hookTimeout: 20 * MINUTES });

const compose = composeServices();
const WITHOUT_STORE = ['init', 'mosquitto', 'kafka', 'bridge', 'simulator', 'prometheus'];
/** they say what they wait for */
const WAITING = ['landing', 'cycles', 'notify', 'maintenance', 'api'];

let lack: string | null = null;
let folder: string;
let remove: () => void;
let engine: RunningDocker | null = null;

interface Container {
  State: { Status: string; ExitCode: number; Health?: { Status: string; Log: { Output: string }[] } };
  Config: { User: string };
  HostConfig: {
    ReadonlyRootfs: boolean;
    CapDrop: string[];
    SecurityOpt: string[];
    Memory: number;
    PidsLimit: number;
  };
}
const inspect = async (service: string): Promise<Container> =>
  (JSON.parse(await engine!.docker('inspect', `loadcycle_${service}_1`)) as Container[])[0]!;
const within = async (service: string, ...command: string[]): Promise<string> =>
  await engine!.docker('exec', `loadcycle_${service}_1`, ...command);
const up = async (...services: string[]): Promise<void> => {
  await engine!.compose('--profile', 'simulator', 'up', '-d', '--no-deps', ...services);
};

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 8 * MINUTES; !(await condition()); ) {
    if (Date.now() > end) throw new Error(`not within 8 minutes: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
const healthy = (service: string): Promise<void> =>
  until(`${service} is healthy`, async () => (await inspect(service)).State.Health?.Status === 'healthy');

beforeAll(async () => {
  ({ folder, remove } = temporaryFolder());
  lack = await dockerLacks();
  if (lack !== null) return;
  const started = await startDocker(join(folder, 'docker'));
  if (typeof started === 'string') {
    lack = started;
    return;
  }
  engine = started;
  const images = new Set(
    Object.values(compose)
      .filter((s) => s.build === undefined)
      .map((s) => s.image),
  );
  const missing = await makeStandIns(engine, ['node:24.21.0-bookworm-slim', ...images], folder);
  expect(missing.sort()).toEqual([compose['grafana']!.image, compose['store']!.image].sort());
  const registry = (await promisify(execFile)('npm', ['config', 'get', 'registry'])).stdout.trim();
  const { image } = compose['bridge']!;
  const args = ['--network', 'host', '--build-arg', `NPM_CONFIG_REGISTRY=${registry}`];
  await engine.docker('build', '-q', ...args, '-t', image, '-f', 'deploy/Dockerfile', '.');
  if (STORE_IMAGE !== '') await engine.docker('load', '-i', STORE_IMAGE);
});

beforeEach((context) => {
  if (lack !== null) context.skip(lack);
});

afterAll(async () => {
  if (engine !== null) {
    await engine
      .compose('--profile', 'simulator', '--profile', 'tools', 'down', '-v', '-t', '2')
      .catch(() => {});
    await engine.stop();
  }
  remove();
});

test('docker-compose takes the file', async () => {
  expect(await engine!.compose('config', '--services')).toContain('bridge');
});

test('init makes every secret once, each readable only where it is used', async () => {
  await up('init');
  await until('init has ended', async () => (await inspect('init')).State.Status === 'exited');
  const first = await engine!.logs('loadcycle_init_1');
  expect((await inspect('init')).State.ExitCode, first).toBe(0);
  expect(first).toContain('made:');
  const again = await engine!.compose('run', '--rm', '--no-deps', '-T', 'init');
  expect(again).toContain('every secret is there');
});

test('broker, log, bridge, device and Prometheus become healthy', async () => {
  await up('mosquitto', 'kafka');
  await Promise.all(['mosquitto', 'kafka'].map(healthy));
  await up('bridge', 'simulator', 'prometheus');
  await Promise.all(['bridge', 'simulator', 'prometheus'].map(healthy));
});

describe.each(WITHOUT_STORE)('%s', (service) => {
  test('runs as a user without rights on a read-only file system, within limits', async () => {
    const { Config, HostConfig } = await inspect(service);
    expect(Config.User).toMatch(/^[1-9]\d*:\d+$/);
    expect(HostConfig.ReadonlyRootfs).toBe(true);
    expect(HostConfig.CapDrop).toEqual(['ALL']);
    expect(HostConfig.SecurityOpt).toContain('no-new-privileges:true');
    expect(HostConfig.Memory).toBeGreaterThan(0);
    expect(HostConfig.PidsLimit).toBeGreaterThan(0);
    if (service === 'init') return;
    const status = await within(service, 'cat', '/proc/1/status');
    expect(status).toMatch(/CapEff:\s+0000000000000000/);
    expect(status).toMatch(/NoNewPrivs:\s+1/);
    await expect(within(service, 'sh', '-c', 'echo x > /etc/x')).rejects.toThrow(/Read-only file system/);
  });
});

test('a service sees its own secrets and nobody else’s', async () => {
  expect(await within('bridge', 'ls', '/run/loadcycle/bridge')).toContain('mqtt-password');
  expect(await within('bridge', 'ls', '/run/loadcycle/api')).toBe('');
  expect(await within('bridge', 'ls', '/run/loadcycle/authority')).toBe('');
});

test('the observer that `init` makes hears every device, and may say nothing', async () => {
  const password = (await within('mosquitto', 'cat', '/run/loadcycle/broker/observer-password')).trim();
  const login = ['-h', 'localhost', '-p', '8883', '--cafile', '/run/loadcycle/broker/ca.crt'];
  login.push('-u', 'loadcycle-observer', '-P', password);
  const heard = await within(
    'mosquitto',
    'mosquitto_sub',
    ...login,
    '-t',
    'loadcycle/#',
    '-F',
    '%t',
    '-C',
    '3',
  );
  expect(heard).toMatch(/^loadcycle\/v1\/plant1\/motor1\//m);
  const say = ['mosquitto_pub', ...login, '-V', '5', '-q', '1', '-t', 'loadcycle/v1/plant1/motor1/commands'];
  const answer = await within('mosquitto', 'sh', '-c', '"$@" 2>&1 || :', 'sh', ...say, '-m', '{}');
  expect(answer).toMatch(/not authori[sz]ed/i);
});

test('MQTT over TLS reaches Kafka, and the receipts come back', async () => {
  const metric = async (service: string, name: string): Promise<number> => {
    const read = `fetch('http://127.0.0.1:9464/metrics').then(r => r.text()).then(t => console.log(t))`;
    const text = await within(service, 'node', '-e', read);
    const lines = text.split('\n').filter((l) => l.startsWith(`${name}{`) || l.startsWith(`${name} `));
    return lines.reduce((sum, l) => sum + Number(l.split(' ').at(-1)), 0);
  };
  await until(
    'messages go into the log',
    async () => (await metric('bridge', 'loadcycle_bridge_append_seconds_count')) > 20,
  );
  expect(await metric('bridge', 'loadcycle_bridge_receipts_total')).toBeGreaterThan(0);
  const script = `import { openKafkaJs } from '@loadcycle/event-log/kafkajs/index';
    import { silentLogger } from '@loadcycle/contract';
    const log = await openKafkaJs({ brokers: ['kafka:9092'], log: silentLogger });
    console.log((await log.ends(['loadcycle.samples'])).reduce((n, p) => n + p.end, 0));
    await log.close();`;
  const logged = Number(await within('bridge', 'node', '--input-type=module', '-e', script));
  expect(logged).toBeGreaterThan(20);
});

test('Prometheus finds the bridge and its rules', async () => {
  const query = async (expression: string): Promise<string> =>
    await within('prometheus', 'promtool', 'query', 'instant', 'http://localhost:9090', expression);
  await until('the bridge is scraped', async () => (await query('up{service="bridge"}')).includes('=> 1'));
  await within('prometheus', 'promtool', 'check', 'config', '/etc/loadcycle/prometheus.yml');
});

/** Waits until the broker lets hall/press in with this password. */
const letsIn = async (password: string): Promise<void> => {
  const login = ['--cafile', '/run/loadcycle/broker/ca.crt', '-u', 'hall/press', '-P', password];
  const topic = ['-t', 'loadcycle/v1/hall/press/commands', '-E'];
  await until('the broker knows it', () =>
    within('mosquitto', 'mosquitto_sub', '-h', 'localhost', '-p', '8883', ...login, ...topic).then(
      () => true,
      () => false,
    ),
  );
};

test('enrol gives a device a folder, and the broker lets it in', async () => {
  const args = ['run', '--rm', '--no-deps', '-T', 'enrol', '--site', 'hall', '--device', 'press'];
  const archive = await engine!.compose(...args);
  for (const name of ['ca.crt', 'client.key', 'password', 'agent.json']) expect(archive).toContain(name);
  const password = /[\w-]{32}(?=\n)/.exec(archive.slice(archive.indexOf('./password')))![0];
  await letsIn(password);
});

test('the API’s container may write devices’ passwords, and sees nobody else’s', async () => {
  const script = `import { DevicePasswords } from '@loadcycle/cloud-api/device-passwords';
    import { existsSync } from 'node:fs';
    const passwords = await DevicePasswords.open(process.env.LOADCYCLE_DEVICE_PASSWORDS_DIR);
    await passwords.set('hall/press', 'from the API');
    console.log(existsSync('/run/loadcycle/broker/passwd'), existsSync('/run/loadcycle/authority/ca.key'));`;
  const command = ['node', '--input-type=module', '-e', script];
  const seen = await engine!.compose('run', '--rm', '--no-deps', '-T', 'api', ...command);
  expect(seen.trim()).toBe('false false');
  await letsIn('from the API');
  await expect(within('mosquitto', 'sh', '-c', 'echo x > /run/loadcycle/devices/hall.saw')).rejects.toThrow(
    /Read-only file system/,
  );
});

test('what needs the store says that it waits for it', async (context) => {
  if (STORE_IMAGE !== '') return context.skip('the store is there');
  await up(...WAITING);
  for (const service of WAITING) {
    await until(`${service} says what it waits for`, async () =>
      /store\.unavailable|timeout expired/.test(await engine!.logs(`loadcycle_${service}_1`)),
    );
  }
});

test('with the store, everything becomes healthy and `cli token` prints a token', async (context) => {
  if (STORE_IMAGE === '')
    return context.skip('the store has no stand-in: LOADCYCLE_TEST_TIMESCALE_IMAGE names no archive');
  await up('store');
  await healthy('store');
  await up('migrate');
  await until('migrate has ended', async () => (await inspect('migrate')).State.Status === 'exited');
  expect((await inspect('migrate')).State.ExitCode).toBe(0);
  await up(...WAITING);
  await Promise.all(WAITING.map(healthy));
  const token = await engine!.compose('run', '--rm', '--no-deps', '-T', 'cli', 'token');
  expect(token.trim()).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
});
