import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cli, cliWith } from './cli-support.ts';
import { type LocalProcess, startLocal, waitFor } from './support/local-process.ts';

/** From a catalogue file and MQTT messages to what the command line and the topic of anomalies say, in one running system. */
const folder = mkdtempSync(join(tmpdir(), 'loadcycle-rules-'));
const dataDir = join(folder, 'data');
const cli: Cli = cliWith({
  env: { XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder, LOADCYCLE_DATA_DIR: dataDir },
  cwd: folder,
});
let system: LocalProcess;
let watcher: MqttClient;
let device: MqttClient;
const told: { signal: string; kind: string; metric: string; state: string; reason: string }[] = [];

beforeAll(async () => {
  system = await startLocal(dataDir);
  const url = `mqtt://127.0.0.1:${system.mqttPort}`;
  watcher = await mqtt.connectAsync(url);
  await watcher.subscribeAsync('loadcycle/v1/plant1/gearbox/anomalies/#', { qos: 1 });
  const enrolled = await cli.json('enrol', 'plant1/gearbox');
  const [username, password] = ['username', 'password'].map((name) =>
    readFileSync(join(enrolled.folder, name), 'utf8').trimEnd(),
  );
  device = await mqtt.connectAsync(url, { username: username!, password: password! });
  watcher.on('message', (_, payload) => {
    const event = JSON.parse(payload.toString());
    // no rule's: on a machine that is held up the device is silent for a minute
    if (event.kind !== 'no-data') told.push(event);
  });
});

afterAll(async () => {
  await device?.endAsync(true);
  await watcher?.endAsync(true);
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const CATALOGUE = `sites:
  plant1:
    gearbox:
      oil:
        unit: Cel
        cycles: off
        deadband: 2
        rules:
          high: { limit: 80, onDelay: 1s }
          frozen: { type: stuck-value, after: 5s, band: 0 }
          hot-and-slow: { type: condition, all: [{ above: 80 }, { signal: speed, below: 100 }] }
      speed: { unit: r/min, quantity: speed }
`;

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const list = (...more: string[]) => cli.json('anomalies', 'list', 'plant1/gearbox/oil', ...more);

it('a file of rules is refused where it is wrong, and taken where it is right', async () => {
  const wrong = await cli(
    'apply',
    file('wrong.yaml', CATALOGUE.replace('80, onDelay: 1s', 'hot, onDelay: 1')),
    '--yes',
  );
  expect(wrong.code).not.toBe(0);
  expect(wrong.err).toMatch(/oil.rules.high.limit: line 9, column 19: /);
  const applied = await cli.json('apply', file('rules.yaml', CATALOGUE), '--yes');
  expect(applied.created).toEqual(['plant1/gearbox/oil', 'plant1/gearbox/speed']);
  const again = await cli.json('apply', join(folder, 'rules.yaml'), '--yes');
  expect(again).toMatchObject({ created: [], changed: [], unchanged: applied.created });
  const shown = await cli.json('signals', 'show', 'plant1/gearbox/oil');
  expect(shown).toMatchObject({ cycleState: 'off', definition: { cycles: 'off', deadband: 2 } });
  expect(shown.definition.rules.high).toEqual({ limit: 80, onDelay: '1s' });
  // what the API answers is what it takes
  const url = `${system.httpUrl}/v1/sites/plant1/devices/gearbox/signals/oil`;
  const headers = { authorization: `Bearer ${await system.token()}`, 'content-type': 'application/json' };
  const body = JSON.stringify(shown.definition);
  const put = await fetch(url, { method: 'PUT', headers, body });
  expect(put.status).toBe(200);
  expect(await put.json()).toMatchObject({ version: 1, definition: shown.definition });
});

const session = '01990000-0000-7000-8000-0000000a11e5';
// each signal is heard as its samples are taken: a value each 100 ms
const t0 = Date.now() * 1000 - 12_000_000;
const publish = (signal: string, unit: string, seq: number, values: number[]): Promise<unknown> => {
  const message = { session, seq, unit, t0: t0 + seq * 2_000_000, dt: 100_000, values };
  return device.publishAsync(`loadcycle/v1/plant1/gearbox/samples/${signal}`, JSON.stringify(message), {
    qos: 1,
  });
};
const values = (of: (i: number) => number): number[] => Array.from({ length: 20 }, (_, i) => of(i));

it('what is beyond is told in words, over MQTT as well, and again when it is back', async () => {
  await publish(
    'speed',
    'r/min',
    0,
    values(() => 1450),
  );
  await publish(
    'speed',
    'r/min',
    1,
    values(() => 40),
  );
  await publish(
    'oil',
    'Cel',
    0,
    values((i) => 70 + i),
  );
  await publish(
    'oil',
    'Cel',
    1,
    values((i) => 90 + i / 10),
  );
  const open = await waitFor('both are open', async () => {
    const { anomalies } = await list('--state', 'open');
    return anomalies.length === 2 ? anomalies : null;
  });
  const high = open.find((a: { kind: string }) => a.kind === 'high');
  expect(high).toMatchObject({ metric: 'high', expected: 80, closedReason: null });
  expect(high.reason).toMatch(/^is \d.* Cel, above 80 Cel \(high\) for 1 s$/);
  const condition = open.find((a: { kind: string }) => a.kind === 'condition');
  expect(condition.reason).toBe('oil 81 Cel, above 80 Cel; speed 40 r/min, below 100 r/min');
  // its limit is in the definition
  const refused = await cli('anomalies', 'accept', String(high.id));
  expect(refused).toMatchObject({ code: expect.any(Number), err: expect.stringContaining('rules.high') });
  expect(refused.code).not.toBe(0);
  const known = await cli.json('anomalies', 'acknowledge', String(high.id), '--note', 'the fan');
  expect(known).toMatchObject([{ note: 'the fan', state: 'open' }]);

  await publish(
    'speed',
    'r/min',
    2,
    values(() => 40),
  );
  await publish(
    'oil',
    'Cel',
    2,
    values((i) => 70 + (i % 2)),
  );
  const closed = await waitFor('both are over', async () => {
    const { anomalies } = await list('--state', 'closed');
    return anomalies.length === 2 ? anomalies : null;
  });
  expect(closed.map((a: { closedReason: string }) => a.closedReason)).toEqual(['returned', 'returned']);
  expect(closed.find((a: { kind: string }) => a.kind === 'high').reason).toMatch(/; back below 78 Cel$/);
  await waitFor('all is told', async () => told.filter((e) => e.state === 'closed').length >= 2 || null);
  expect(new Set(told.map((e) => `${e.kind} ${e.metric} ${e.state}`))).toEqual(
    new Set([
      'high high open',
      'high high closed',
      'condition hot-and-slow open',
      'condition hot-and-slow closed',
    ]),
  );
  const { out } = await cli('cycles', 'plant1/gearbox/oil');
  expect(out).toContain('0 cycles: cycles are off in its definition');
});

it('what is silenced is told to nobody, and of what is shelved once it was told the end alone', async () => {
  told.length = 0;
  const silence = await cli.json('silence', 'add', 'plant1/gearbox', '--kind', 'condition', '--for', '1h');
  const send = async (seq: number, oil: (i: number) => number): Promise<void> => {
    await publish(
      'speed',
      'r/min',
      seq,
      values(() => 40),
    );
    await publish('oil', 'Cel', seq, values(oil));
  };
  await send(3, (i) => 90 + i / 10);
  const open = await waitFor('both are open again', async () => {
    const { anomalies } = await list('--state', 'open');
    return anomalies.length === 2 ? anomalies : null;
  });
  const [high, condition] = ['high', 'condition'].map((k) =>
    open.find((a: { kind: string }) => a.kind === k),
  );
  expect([high.silencedUntil, condition.silencedUntil]).toEqual([null, silence.until]);
  await waitFor('one is told', async () => told.some((e) => e.state === 'open') || null);
  const shelved = await cli.json('anomalies', 'shelve', String(high.id), '--for', '30m');
  const shown = await cli.json('anomalies', 'show', String(high.id));
  expect(shown).toMatchObject({ silencedUntil: shelved.until });
  await send(4, (i) => 70 + (i % 2));
  await waitFor('its end is told', async () => told.some((e) => e.state === 'closed') || null);
  expect(told.map((e) => `${e.kind} ${e.metric} ${e.state}`)).toEqual(['high high open', 'high high closed']);
});
