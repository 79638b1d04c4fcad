/** Nobody holds, takes over or reads another user's client id and session at the embedded broker. */
import { commandsTopic, samplesTopic } from '@loadcycle/contract';
import { afterEach, expect, it } from 'vitest';
import { BrokerUnderTest, happens } from './embedded-broker-support.ts';

const ID = 'loadcycle-plant1-pump2';
const DEVICE = { site: 'plant1', device: 'pump2' };
const COMMANDS = commandsTopic(DEVICE);

let t: BrokerUnderTest;
afterEach(() => t.close());

const persistent = { clientId: ID, clean: false } as const;

it.each([
  ['an anonymous client', null],
  ['another device', 'plant1/press3'],
  ['an observer', 'loadcycle-observer'],
])('%s that came first with a device’s client id does not keep the device out', async (_, other) => {
  t = await BrokerUnderTest.start();
  const first = await t.client(other, persistent);
  const device = await t.client('plant1/pump2', persistent);
  await device.publishAsync(samplesTopic({ ...DEVICE, signal: 's' }), '{}', { qos: 1 });
  expect(first.connected).toBe(true);
  await first.endAsync();
  // nor after it has left
  await device.endAsync();
  await t.client('plant1/pump2', persistent);
});

it.each([
  ['an anonymous client', null],
  ['another device', 'plant1/press3'],
])('%s that comes later neither takes over nor reads the session', async (_, other) => {
  t = await BrokerUnderTest.start();
  const device = await t.client('plant1/pump2', persistent);
  await device.subscribeAsync(COMMANDS, { qos: 1 });
  const later = await t.client(other, persistent);
  expect(device.connected).toBe(true);
  await device.endAsync();
  const got: string[] = [];
  later.on('message', (topic) => got.push(topic));
  const api = await t.client('loadcycle-api');
  await api.publishAsync(COMMANDS, 'for the device alone', { qos: 1 });
  await later.endAsync();
  const again = await t.client(other, persistent);
  again.on('message', (topic) => got.push(topic));
  const back = await t.client('plant1/pump2', { ...persistent, clean: false });
  const [, payload] = await happens(back, 'message');
  expect(String(payload)).toBe('for the device alone');
  expect(got).toEqual([]);
});

it('two devices whose names make the same client id do not meet', async () => {
  t = await BrokerUnderTest.start({}, 'observe');
  const a = await t.client('plant1/pump2', { clientId: 'loadcycle-a-b-c', clean: false });
  await t.client('plant1/press3', { clientId: 'loadcycle-a-b-c', clean: false });
  expect(a.connected).toBe(true);
});

it('an anonymous client has no session once it is gone', async () => {
  t = await BrokerUnderTest.start();
  const session = { clientId: 'x', clean: false } as const;
  const first = await t.client(null, session);
  await first.subscribeAsync('loadcycle/#', { qos: 1 });
  await first.endAsync();
  const device = await t.client('plant1/pump2');
  await device.publishAsync(samplesTopic({ ...DEVICE, signal: 's' }), '{}', { qos: 1 });
  expect(t.broker.state()).toMatchObject({ sessions: 0, queuedBytes: 0 });
  const again = await t.client(null, session);
  const got: string[] = [];
  again.on('message', (topic) => got.push(topic));
  await device.publishAsync(samplesTopic({ ...DEVICE, signal: 's' }), '{}', { qos: 1 });
  await again.subscribeAsync('loadcycle/v1/a/b/status', { qos: 1 });
  expect(got).toEqual([]);
});
