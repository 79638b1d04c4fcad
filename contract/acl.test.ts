import fc from 'fast-check';
import { expect, test } from 'vitest';
import { covers, identityOf, type MqttIdentity, mayPublish, maySubscribe, serviceUsername } from './acl.ts';

const press: MqttIdentity = { role: 'device', site: 'hall', device: 'press' };

test('a device publishes under its own topics only', () => {
  const own = 'loadcycle/v1/hall/press';
  for (const topic of ['samples/voltage', 'samples/voltage/senml', 'status', 'commands/results']) {
    expect(mayPublish(press, `${own}/${topic}`)).toBe(true);
    expect(mayPublish(press, `loadcycle/v1/hall/lathe/${topic}`)).toBe(false);
    expect(mayPublish(press, `loadcycle/v1/other/press/${topic}`)).toBe(false);
    expect(mayPublish(press, `loadcycle/v1/hall/press-2/${topic}`)).toBe(false);
  }
  for (const topic of [
    `${own}/receipts`,
    `${own}/commands`,
    own,
    'loadcycle/v1/hall/press/samples/+',
    '$SYS/x',
  ]) {
    expect(mayPublish(press, topic)).toBe(false);
  }
});

test('a device reads its own receipts and commands only, by no wildcard', () => {
  const own = 'loadcycle/v1/hall/press';
  expect(maySubscribe(press, `${own}/receipts`)).toBe(true);
  expect(maySubscribe(press, `${own}/commands`)).toBe(true);
  for (const filter of [
    '#',
    '+/#',
    `${own}/#`,
    `${own}/+`,
    `${own}/status`,
    `${own}/commands/results`,
    'loadcycle/v1/hall/+/receipts',
    'loadcycle/v1/hall/lathe/receipts',
    '$share/x/loadcycle/v1/hall/lathe/commands',
    '$share/bridge/loadcycle/v1/+/+/samples/#',
    '$share/+/loadcycle/v1/hall/press/#',
    '$share/x/#',
    '$share/#',
    '$share/x/',
    '$share/x',
    '$share',
    '$share/x/$share/y/loadcycle/v1/hall/press/commands',
    '$SYS/#',
  ]) {
    expect(maySubscribe(press, filter), filter).toBe(false);
  }
});

test('a device as a Sparkplug edge node: under its own group and name only', () => {
  for (const topic of ['NBIRTH/press', 'NDATA/press', 'NDEATH/press', 'DBIRTH/press/a', 'DDATA/press/A b']) {
    expect(mayPublish(press, `spBv1.0/hall/${topic}`), topic).toBe(true);
    expect(mayPublish(press, `spBv1.0/other/${topic}`), topic).toBe(false);
  }
  for (const topic of [
    'spBv1.0/hall/NDATA/lathe',
    'spBv1.0/hall/DDATA/lathe/press',
    'spBv1.0/hall/NCMD/press',
    'spBv1.0/hall/DCMD/press/a',
    'spBv1.0/hall/NDATA/press/a',
    'spBv1.0/STATE/host',
  ]) {
    expect(mayPublish(press, topic), topic).toBe(false);
  }
  for (const filter of ['spBv1.0/hall/NCMD/press', 'spBv1.0/hall/DCMD/press/+', 'spBv1.0/STATE/host']) {
    expect(maySubscribe(press, filter), filter).toBe(true);
  }
  for (const filter of ['spBv1.0/#', 'spBv1.0/hall/NCMD/+', 'spBv1.0/hall/NDATA/press', 'spBv1.0/hall/#']) {
    expect(maySubscribe(press, filter), filter).toBe(false);
  }
});

test('services have what their work needs', () => {
  expect(maySubscribe({ role: 'bridge' }, '$share/bridge/loadcycle/v1/+/+/samples/#')).toBe(true);
  expect(mayPublish({ role: 'bridge' }, 'loadcycle/v1/hall/press/receipts')).toBe(true);
  expect(mayPublish({ role: 'bridge' }, 'loadcycle/v1/hall/press/commands')).toBe(false);
  expect(mayPublish({ role: 'api' }, 'loadcycle/v1/hall/press/commands')).toBe(true);
  expect(mayPublish({ role: 'api' }, 'loadcycle/v1/hall/press/samples/voltage')).toBe(false);
  expect(mayPublish({ role: 'sparkplug' }, 'spBv1.0/hall/NCMD/gateway')).toBe(true);
  for (const topic of [
    'spBv1.0/hall/DCMD/gateway/press',
    'spBv1.0/hall/NBIRTH/gateway',
    'spBv1.0/STATE/host',
    'loadcycle/v1/hall/press/commands',
  ]) {
    expect(mayPublish({ role: 'sparkplug' }, topic)).toBe(false);
  }
  for (const filter of ['spBv1.0/#', 'spBv1.0/+/NCMD/+', 'loadcycle/#']) {
    expect(maySubscribe({ role: 'sparkplug' }, filter)).toBe(false);
  }
  expect(maySubscribe({ role: 'observer' }, 'loadcycle/#')).toBe(true);
  expect(mayPublish({ role: 'observer' }, 'loadcycle/v1/hall/press/status')).toBe(false);
});

test('user names: a service has no slash, a device exactly one', () => {
  expect(identityOf('hall/press')).toEqual(press);
  expect(identityOf(serviceUsername('bridge'))).toEqual({ role: 'bridge' });
  for (const name of [
    '',
    'hall',
    'hall/',
    'hall/press/x',
    'Hall/press',
    'hall/+',
    '#',
    'toString',
    '__proto__',
  ]) {
    expect(identityOf(name), name).toBeNull();
  }
});

test('a filter that covers another one matches whatever that matches', () => {
  const level = fc.constantFrom('a', 'b', '');
  const filter = fc
    .tuple(fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([levels, hash]) => [...levels, ...(hash ? ['#'] : [])].join('/'));
  const topic = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join('/'));
  fc.assert(
    fc.property(filter, filter, topic, (wide, narrow, t) => {
      if (covers(wide, narrow) && covers(narrow, t)) expect(covers(wide, t)).toBe(true);
    }),
  );
});
