import { expect, test } from 'vitest';
import { away, type ConnectionEnd, Disconnects } from './disconnects.ts';

const WHO = {
  site: 'plant1',
  device: 'pump2',
  clientId: 'loadcycle-plant1-pump2',
  username: null,
  certificate: false,
};
const STATUS = 'loadcycle/v1/plant1/pump2/status';
const bare: ConnectionEnd = { upMs: 1_000, acknowledged: 5, owed: null, error: null, reason: null };

const codes = (d: Disconnects, ...ends: Partial<ConnectionEnd>[]) =>
  ends.map((e) => d.explain({ ...bare, ...e }).code);

test('MQTT 5 says it, and is believed at once', () => {
  const d = new Disconnects(WHO, 120_000);
  expect(
    codes(d, { reason: 0x8e }, { reason: 0x87, owed: STATUS }, { reason: 0x95 }, { reason: 0x8b }),
  ).toEqual(['device.duplicate-identity', 'broker.topic-refused', 'broker.too-large', 'broker.unavailable']);
});

test('three short lives in a row are a twin, probably', () => {
  const d = new Disconnects(WHO, 120_000);
  expect(codes(d, {}, {}, {}, {})).toEqual([
    'broker.unavailable',
    'broker.unavailable',
    'device.duplicate-identity',
    'device.duplicate-identity',
  ]);
  const { message, hint } = d.explain(bare);
  expect(message).toContain('probably');
  expect(message).toContain('loadcycle-plant1-pump2');
  expect(hint).toContain('stop one');
});

test('a broker that is away in between, a long life or a broken network are none', () => {
  const refused = { upMs: null, error: away('connect ECONNREFUSED') };
  for (const other of [refused, { upMs: 130_000 }, { error: away('read ECONNRESET') }]) {
    const d = new Disconnects(WHO, 120_000);
    expect(new Set(codes(d, {}, {}, other, {}, {}, other, {}, {}))).toEqual(new Set(['broker.unavailable']));
  }
});

test('hanging up on the same first message again is a refused topic, by name, with what to do', () => {
  const d = new Disconnects(WHO, 120_000);
  const end = { ...bare, acknowledged: 0, owed: STATUS };
  expect(d.explain(end).code).toBe('broker.unavailable');
  const error = d.explain(end);
  expect(error.code).toBe('broker.topic-refused');
  expect(error.message).toContain(STATUS);
  expect(error.hint).toContain('device:enrol -- --site plant1 --device pump2');
});
