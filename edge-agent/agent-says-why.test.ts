/** Why a broker does not take an agent: said once, by name and with what to do, and tried again ever more slowly. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { LoadcycleError, Logger } from '@loadcycle/contract';
import { Backoff } from '@loadcycle/service';
import mqttPacket, { type Packet } from 'mqtt-packet';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type RunningAgent, startAgent } from './agent.ts';
import type { MqttSettings } from './link.ts';
import { removeFolder, startAedes, type TestBroker, temporaryFolder, until } from './test-support.ts';

interface Line {
  readonly code: string | undefined;
  readonly text: string;
}

let folder: string;
let broker: TestBroker;
let agents: RunningAgent[];

beforeEach(async () => {
  folder = temporaryFolder();
  broker = await startAedes();
  agents = [];
});

afterEach(async () => {
  for (const agent of agents) await agent.close();
  await broker.close();
  removeFolder(folder);
  vi.restoreAllMocks();
});

async function start(name: string, mqtt: Partial<MqttSettings> = {}, maxBackoffMs = 100) {
  const lines: Line[] = [];
  const say = (fields: object, text: string): void => {
    lines.push({ code: (fields as { code?: string }).code, text });
  };
  const log: Logger = { debug() {}, info() {}, warn: say, error: say };
  const agent = await startAgent({
    ...{ site: 'plant', device: 'press', outboxDir: join(folder, name), maxBackoffMs, log },
    mqtt: { url: broker.url, ...mqtt },
    sources: [{ kind: 'simulate', signal: 'v', rateHz: 100 }],
  });
  agents.push(agent);
  return { agent, lines };
}

const refuse = (code: number, message: string) => Object.assign(new Error(message), { returnCode: code });
/** so often has the agent come */
function visits(): () => number {
  let n = 0;
  broker.aedes.on('connackSent', () => n++);
  return () => n;
}
const brokerOf = (agent: RunningAgent): LoadcycleError | null => agent.stats().broker;

test('a wrong password: once, with the user and what to do', async () => {
  const come = visits();
  broker.aedes.authenticate = (_client, _user, _password, done) => done(refuse(4, 'bad') as never, false);
  const { agent, lines } = await start('a', { username: 'plant/press', password: 'wrong' });
  await until(() => come() >= 5);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ code: 'broker.forbidden' });
  expect(lines[0]!.text).toContain('plant/press');
  expect(lines[0]!.text).toContain('password file');
  expect(brokerOf(agent)?.code).toBe('broker.forbidden');
});

test('a refused topic: once, by its name', async () => {
  const come = visits();
  broker.aedes.authorizePublish = (_client, packet, done) => done(new Error(`not ${packet.topic}`));
  const { agent, lines } = await start('a');
  await until(() => come() >= 6);
  const said = lines.filter((l) => l.code === 'broker.topic-refused');
  expect(said).toHaveLength(1);
  expect(said[0]!.text).toContain('loadcycle/v1/plant/press/status');
  expect(said[0]!.text).toContain('device:enrol -- --site plant --device press');
  // and before it was sure, once that the connection has ended
  expect(lines.length).toBeLessThanOrEqual(2);
  expect(agent.stats().error).toContain('status');
});

test('a refused subscription: once, by its name', async () => {
  const come = visits();
  broker.aedes.authorizeSubscribe = (_client, sub, done) =>
    done(null, sub.topic.endsWith('/commands') ? null : sub);
  const { lines } = await start('a');
  await until(() => come() >= 4);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ code: 'broker.topic-refused' });
  expect(lines[0]!.text).toContain('loadcycle/v1/plant/press/commands');
  expect(lines[0]!.text).not.toContain('receipts');
});

test('a twin at a broker that only hangs up: both say so, as what it probably is', async () => {
  const one = await start('a', {}, 1_000);
  const other = await start('b', {}, 1_000);
  const twin = (lines: Line[]) => lines.filter((l) => l.code === 'device.duplicate-identity');
  await until(() => twin(one.lines).length > 0 && twin(other.lines).length > 0);
  expect(twin(one.lines)).toHaveLength(1);
  expect(twin(one.lines)[0]!.text).toMatch(/probably.*loadcycle-plant-press.*plant\/press.*stop one/);
});

test('the reason code of MQTT 5 is believed at once: a session that was taken over', async () => {
  // no broker here sends it (Mosquitto 2.0.11 and aedes do not): bytes on a real socket
  const server = createServer((socket) => {
    const options = { protocolVersion: 5 } as const;
    const parser = mqttPacket.parser(options);
    const answer = (packet: object): void => void socket.write(mqttPacket.generate(packet as never, options));
    parser.on('packet', (p: Packet) => {
      if (p.cmd === 'connect') answer({ cmd: 'connack', reasonCode: 0, sessionPresent: false });
      else if (p.cmd === 'subscribe') answer({ cmd: 'suback', messageId: p.messageId, granted: [1, 1] });
      else if (p.cmd === 'publish') {
        answer({ cmd: 'disconnect', reasonCode: 0x8e });
        socket.end();
      }
    });
    socket.on('data', (bytes) => parser.parse(bytes));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { agent, lines } = await start('a', { url, protocolVersion: 5 });
    await until(() => lines.length > 0);
    expect(lines[0]).toMatchObject({ code: 'device.duplicate-identity' });
    expect(lines[0]!.text).toMatch(/the broker says.*taken over.*stop one/);
    await agent.close();
  } finally {
    server.close();
  }
});

test('a broker that lets it in and throws it out is asked ever more slowly', async () => {
  const waits: number[] = [];
  vi.spyOn(Backoff.prototype, 'wait').mockImplementation(async function (this: Backoff) {
    waits.push(this.next());
    await new Promise((resolve) => setImmediate(resolve));
  });
  broker.aedes.authorizePublish = (_client, _packet, done) => done(new Error('no'));
  await start('a', {}, 60_000);
  await until(() => waits.length >= 9);
  expect(waits[0]).toBeGreaterThanOrEqual(500);
  expect(waits[0]).toBeLessThanOrEqual(1_000);
  // 64 s without the limit; half of it is jitter
  expect(waits.slice(6, 9).every((w) => w >= 30_000 && w <= 60_000)).toBe(true);
});

test('a restart of the broker is no reason for alarm, and the agent is soon back', async () => {
  const { agent, lines } = await start('a');
  await until(() => agent.stats().connected);
  const { port } = broker;
  await broker.close();
  await until(() => !agent.stats().connected);
  broker = await startAedes(port);
  await until(() => agent.stats().connected);
  expect(lines.every((l) => l.code === 'broker.unavailable')).toBe(true);
  expect(brokerOf(agent)).toBeNull();
});
