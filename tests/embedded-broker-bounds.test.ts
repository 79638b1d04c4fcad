/** One client of the embedded broker, whatever it sends, keeps, opens or leaves unread, does not stop the others. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { samplesTopic, statusTopic } from '@loadcycle/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from './bridge-helpers.ts';
import { BrokerUnderTest, connectPacket, fixedHeader, happens } from './embedded-broker-support.ts';

const DEVICE = { site: 'plant1', device: 'pump2' };
const SAMPLES = samplesTopic({ ...DEVICE, signal: 's' });
const COMMANDS = 'loadcycle/v1/plant1/pump2/commands';
const MIB = 1_048_576;

let t: BrokerUnderTest;
afterEach(() => t.close());

/** Writes as much of `bytes` as the broker takes until it hangs up; returns how much went into the socket. */
async function pour(socket: Socket, bytes: number): Promise<number> {
  const chunk = Buffer.alloc(65_536);
  const closed = happens(socket, 'close');
  let sent = 0;
  while (sent < bytes && !socket.destroyed) {
    sent += chunk.length;
    if (!socket.write(chunk)) await Promise.race([happens(socket, 'drain'), closed]);
  }
  await closed;
  return sent;
}

describe('packets', () => {
  it('100 MB before CONNECT are refused at the first byte', async () => {
    t = await BrokerUnderTest.start();
    const socket = await t.socket();
    const before = process.memoryUsage().rss;
    socket.write(fixedHeader(0x32, 100 * MIB));
    expect(await pour(socket, 100 * MIB)).toBeLessThan(20 * MIB);
    expect(process.memoryUsage().rss - before).toBeLessThan(60 * MIB);
  });

  it('200 MB after CONNECT are refused at their header', async () => {
    t = await BrokerUnderTest.start({}, 'publish');
    const socket = await t.socket();
    socket.write(connectPacket('large'));
    await once(socket, 'data');
    const before = process.memoryUsage().rss;
    socket.write(fixedHeader(0x32, 200 * MIB));
    expect(await pour(socket, 200 * MIB)).toBeLessThan(20 * MIB);
    expect(process.memoryUsage().rss - before).toBeLessThan(60 * MIB);
  });

  it('a CONNECT of 100 MB is refused too', async () => {
    t = await BrokerUnderTest.start();
    const socket = await t.socket();
    socket.write(fixedHeader(0x10, 100 * MIB));
    expect(await pour(socket, 100 * MIB)).toBeLessThan(20 * MIB);
  });

  it('the largest batch passes', async () => {
    t = await BrokerUnderTest.start();
    const bridge = await t.client('loadcycle-bridge');
    await bridge.subscribeAsync('loadcycle/v1/+/+/samples/#', { qos: 1 });
    const came = happens(bridge, 'message');
    const device = await t.client('plant1/pump2');
    await device.publishAsync(SAMPLES, Buffer.alloc(MIB), { qos: 1 });
    const [, payload] = await came;
    expect((payload as Buffer).length).toBe(MIB);
  });

  it('SUBSCRIBE with more filters than a client may have: the first ones are granted, at once', async () => {
    t = await BrokerUnderTest.start({ mqttSubscriptions: 10 });
    const device = await t.client('loadcycle-observer', { clientId: 'o', clean: false });
    const filters = Array.from({ length: 700 }, (_, i) => `loadcycle/v1/a/b/${i}`);
    const granted: number[] = [];
    device.on('packetreceive', (p) => {
      if (p.cmd === 'suback') granted.push(...(p.granted as number[]));
    });
    await device.subscribeAsync(filters, { qos: 1 }).catch(() => {});
    expect(granted.filter((q) => q < 128)).toHaveLength(10);
    // and none of the refused ones is in the session
    await device.endAsync();
    const api = await t.client('plant1/pump2');
    await api.publishAsync(SAMPLES, 'x', { qos: 1 });
    expect(t.broker.state().queuedBytes).toBe(0);
  });

  it('a topic longer than any that there is ends the connection', async () => {
    t = await BrokerUnderTest.start();
    const device = await t.client('plant1/pump2');
    const closed = happens(device, 'close');
    device.publish(`${SAMPLES}/${'x'.repeat(5_000)}`, '{}', { qos: 1 });
    await closed;
  });
});

describe('connections', () => {
  it('one that says nothing is closed', async () => {
    t = await BrokerUnderTest.start({ mqttConnectTimeout: 100_000 });
    const silent = await t.socket();
    silent.resume();
    const slow = await t.socket();
    slow.resume();
    slow.write(connectPacket('slow').subarray(0, 5));
    await Promise.all([happens(silent, 'close'), happens(slow, 'close')]);
  });

  it('beyond the limit of one address nobody gets in but a service', async () => {
    t = await BrokerUnderTest.start({ mqttConnectionsPerAddress: 3 });
    for (let i = 0; i < 3; i++) await t.client(null, { clientId: `c${i}` });
    await expect(t.client('plant1/pump2')).rejects.toThrow(/unavailable/i);
    await t.client('loadcycle-bridge');
  });

  it('many that never sign in do not keep a device out', async () => {
    t = await BrokerUnderTest.start({ mqttConnectTimeout: 60_000_000 });
    const sockets = [];
    for (let i = 0; i < 200; i++) sockets.push(await t.socket());
    await t.client('plant1/pump2');
    await until('the oldest are closed', () => t.broker.state().connections <= 130);
  });
});

describe('what is kept', () => {
  it('a session’s queue ends at its bytes, and the process’s at all of them', async () => {
    t = await BrokerUnderTest.start({ mqttQueuedBytes: 20_000, mqttQueuedBytesTotal: 30_000 });
    for (const user of ['plant1/pump2', 'plant1/press3']) {
      const device = await t.client(user, { clientId: 'd', clean: false });
      await device.subscribeAsync(`loadcycle/v1/${user}/commands`, { qos: 1 });
      await device.endAsync();
    }
    const api = await t.client('loadcycle-api');
    for (let i = 0; i < 40; i++) await api.publishAsync(COMMANDS, Buffer.alloc(1_000), { qos: 1 });
    expect(t.broker.state().queuedBytes).toBeGreaterThan(15_000);
    expect(t.broker.state().queuedBytes).toBeLessThanOrEqual(20_000);
    for (let i = 0; i < 40; i++) {
      await api.publishAsync('loadcycle/v1/plant1/press3/commands', Buffer.alloc(1_000), { qos: 1 });
    }
    expect(t.broker.state().queuedBytes).toBeLessThanOrEqual(30_000);
    expect(t.broker.state().droppedMessages).toBeGreaterThan(40);
    // what was kept comes, in order, and leaves room
    const device = await t.client('plant1/pump2', { clientId: 'd', clean: false });
    let got = 0;
    device.on('message', () => got++);
    await until('the queue is empty', () => t.broker.state().queuedBytes <= 15_000 && got > 10);
  });

  it('a publisher waits for a bridge that is behind, and nothing is lost', async () => {
    t = await BrokerUnderTest.start({ mqttQueuedBytes: 100_000 });
    const session = { clientId: 'bridge-0', clean: false } as const;
    const bridge = await t.client('loadcycle-bridge', session);
    await bridge.subscribeAsync('loadcycle/v1/+/+/samples/#', { qos: 1 });
    await bridge.endAsync();
    const device = await t.client('plant1/pump2');
    let acknowledged = 0;
    const all = Array.from({ length: 60 }, (_, i) =>
      device.publishAsync(SAMPLES, Buffer.alloc(20_000, i), { qos: 1 }).then(() => acknowledged++),
    );
    await until('the queue is full', () => t.broker.state().queuedBytes >= 100_000);
    expect(acknowledged).toBeLessThan(20);
    const got: number[] = [];
    const back = await t.client('loadcycle-bridge', session);
    back.on('message', (_, payload) => got.push(payload[0]!));
    await Promise.all(all);
    await until('all have come', () => new Set(got).size === 60);
    expect(t.broker.state().droppedMessages).toBe(0);
  });

  it('of one user only so many sessions, and none for longer than their age', async () => {
    t = await BrokerUnderTest.start({ mqttSessionsPerUser: 3, mqttSessionAge: 50_000 });
    const online = await t.client('plant1/pump2', { clientId: 'online', clean: false });
    for (let i = 0; i < 10; i++) {
      const c = await t.client('plant1/pump2', { clientId: `s${i}`, clean: false });
      await c.subscribeAsync(COMMANDS, { qos: 1 });
      await c.endAsync();
      expect(t.broker.state().sessions).toBeLessThanOrEqual(4);
    }
    await until('they have expired', () => t.broker.state().sessions === 1);
    expect(online.connected).toBe(true);
  });

  it('of retained messages each device has a few', async () => {
    t = await BrokerUnderTest.start();
    const device = await t.client('plant1/pump2');
    for (let i = 0; i < 100; i++) {
      await device.publishAsync(`${SAMPLES}-${i}`, 'x', { qos: 1, retain: true });
    }
    expect(t.broker.state().retainedMessages).toBe(16);
    const other = await t.client('plant1/press3');
    const status = statusTopic({ site: 'plant1', device: 'press3' });
    await other.publishAsync(status, '{}', { qos: 1, retain: true });
    expect(t.broker.state().retainedMessages).toBe(17);
    await other.publishAsync(status, '', { qos: 1, retain: true });
    expect(t.broker.state().retainedMessages).toBe(16);
  });
});

it('a reader that does not read is cut off, and holds up nobody', async () => {
  t = await BrokerUnderTest.start({ mqttSlowReaderBytes: 262_144 });
  const socket = await t.socket();
  socket.write(connectPacket('stopped'));
  await once(socket, 'data');
  const filter = Buffer.from('loadcycle/#');
  const body = Buffer.concat([Buffer.from([0, 1, 0, filter.length]), filter, Buffer.from([0])]);
  socket.write(Buffer.concat([fixedHeader(0x82, body.length), body]));
  await once(socket, 'data');
  socket.pause();
  const bridge = await t.client('loadcycle-bridge');
  await bridge.subscribeAsync('loadcycle/v1/+/+/samples/#', { qos: 1 });
  let got = 0;
  bridge.on('message', () => got++);
  const device = await t.client('plant1/pump2');
  // more than the kernel's buffers and the limit take together; the drain time-out of 10 s would show
  const began = performance.now();
  for (let i = 0; i < 100; i++) await device.publishAsync(SAMPLES, Buffer.alloc(200_000), { qos: 1 });
  await until('the bridge has all', () => got === 100);
  expect(performance.now() - began).toBeLessThan(8_000);
  await until('the reader is gone', () => t.broker.state().refusals >= 1);
});
