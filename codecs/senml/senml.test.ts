import { sampleTimeUs } from '@loadcycle/contract';
import { parseUnit } from '@loadcycle/contract/units/ucum';
import { expect, test } from 'vitest';
import { legalName, sessionOf } from '../identity.ts';
import { decodeSenml } from './senml.ts';
import { senmlUnit } from './units.ts';

const TOPIC = { site: 'plant-1', device: 'motor-7', signal: 'pack' };
const MQTT = 'loadcycle/v1/plant-1/motor-7/samples/pack/senml';
const NOW = 1_790_000_000_000_000;
const bytes = (text: string) => new TextEncoder().encode(text);
const decode = (pack: unknown, receivedAtUs = NOW) =>
  decodeSenml(bytes(typeof pack === 'string' ? pack : JSON.stringify(pack)), TOPIC, MQTT, receivedAtUs);
const seen = (pack: unknown) =>
  decode(pack).map(({ path, batch }) => ({
    signal: path.signal,
    unit: batch.unit,
    samples: Array.from(batch.values, (v, i) => [sampleTimeUs(batch, i), v]),
  }));

// the examples of RFC 8428, section 5.1
test('a single value without a time is now', () => {
  expect(seen('[{"n":"urn:dev:ow:10e2073a01080063:temp","u":"Cel","v":23.1}]')).toStrictEqual([
    { signal: 'temp', unit: 'Cel', samples: [[NOW, 23.1]] },
  ]);
});

test('several values, relative times and base fields', () => {
  expect(
    seen(`[
      {"bn":"urn:dev:ow:10e2073a01080063:","bt":1.276020076001e+09,"bu":"A","bver":10,"n":"voltage","u":"V","v":120.1},
      {"n":"current","t":-5,"v":1.2},
      {"n":"current","t":-4,"v":1.3},
      {"n":"current","t":-3,"v":1.4},
      {"n":"current","t":-2,"v":1.5},
      {"n":"current","t":-1,"v":1.6},
      {"n":"current","v":1.7}
    ]`),
  ).toStrictEqual([
    { signal: 'voltage', unit: 'V', samples: [[1_276_020_076_001_000, 120.1]] },
    {
      signal: 'current',
      unit: 'A',
      samples: [1.2, 1.3, 1.4, 1.5, 1.6, 1.7].map((v, i) => [1_276_020_071_001_000 + i * 1_000_000, v]),
    },
  ]);
});

test('a negative time without a base is before now', () => {
  expect(
    seen([
      { n: 'x', t: -10, v: 1 },
      { n: 'x', v: 2 },
    ])[0]!.samples,
  ).toStrictEqual([
    [NOW - 10_000_000, 1],
    [NOW, 2],
  ]);
});

test('base value, base-only records, booleans, other fields, records out of order', () => {
  expect(
    seen([
      { bn: 'motor-7:', bt: 1.7e9, bv: 20, bu: 'Cel' },
      { n: 'temp', t: 2, v: 0.5, colour: 'red' },
      { n: 'temp', t: 1, v: -0.25 },
      { n: 'running', u: '/', vb: true },
      { bv: 0, n: 'temp', t: 3, v: 7 },
    ]),
  ).toStrictEqual([
    {
      signal: 'temp',
      unit: 'Cel',
      samples: [
        [1_700_000_001_000_000, 19.75],
        [1_700_000_002_000_000, 20.5],
        [1_700_000_003_000_000, 7],
      ],
    },
    { signal: 'running', unit: '1', samples: [[1_700_000_000_000_000, 1]] },
  ]);
});

test('regular times become a period, irregular ones offsets', () => {
  const at = (...times: number[]) => decode(times.map((t) => ({ n: 'x', bt: 1.7e9, t, v: 1 })))[0]!.batch;
  expect(at(0, 0.001, 0.002)).toMatchObject({ dtUs: 1000, offsetsUs: null });
  expect(at(0, 0.001, 0.003)).toMatchObject({ dtUs: null, offsetsUs: Float64Array.of(0, 1000, 3000) });
  expect(at(5)).toMatchObject({ dtUs: null, offsetsUs: Float64Array.of(0) });
});

test('microseconds survive sums of seconds', () => {
  const batch = decode(
    Array.from({ length: 1000 }, (_, i) => ({ n: 'x', bt: 1_790_000_000.123457, t: i / 1e6, v: 1 })),
  )[0]!.batch;
  expect([batch.t0Us, batch.dtUs]).toStrictEqual([1_790_000_000_123_457, 1]);
});

test('names', () => {
  const signal = (n: string) => decode([{ n, v: 1 }])[0]!.path.signal;
  expect(
    ['voltage', 'motor-7:voltage', 'plant-1/motor-7/voltage', 'plant-1:motor-7:voltage'].map(signal),
  ).toStrictEqual(Array(4).fill('voltage'));
  expect(decode([{ v: 1 }])[0]!.path).toStrictEqual(TOPIC);
  expect(signal('Temp')).toBe(legalName('Temp'));
  expect(legalName('Temp')).not.toBe(legalName('TEMP'));
  expect(legalName('Motor/Speed')).toMatch(/^motor-speed-[0-9a-f]{4}$/);
  expect(legalName('ü'.repeat(300))).toMatch(/^[0-9a-f]{4}$/);
  expect(legalName('X'.repeat(300))).toMatch(/^x{59}-[0-9a-f]{4}$/);
});

test('the same pack is the same batch; with relative times only at the same time', () => {
  const absolute = [{ n: 'x', t: 1.7e9, v: 1 }];
  expect(decode(absolute, NOW + 5)[0]!.batch).toStrictEqual(decode(absolute, NOW)[0]!.batch);
  const relative = [{ n: 'x', v: 1 }];
  expect(decode(relative, NOW)[0]!.batch).toStrictEqual(decode(relative, NOW)[0]!.batch);
  expect(decode(relative, NOW + 5)[0]!.batch.session).not.toBe(decode(relative, NOW)[0]!.batch.session);
  expect(decode(absolute)[0]!.batch.session).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  expect(sessionOf('ab', 'c')).not.toBe(sessionOf('a', 'bc'));
});

test('units of the registry become UCUM codes that read', () => {
  for (const unit of 'm kg g s A K cd mol Hz rad sr N Pa J W C V F Ohm S Wb T H Cel lm lx Bq Gy Sv kat m2 m3 l m/s m/s2 m3/s l/s W/m2 cd/m2 bit bit/s lat lon pH dB dBW Bspl count / %RH %EL EL 1/s 1/min beat/min beats S/m B VA VAs var vars J/m kg/m3 deg NTU ms min h MHz kW kVA kvar Ah Wh kWh varh kvarh kVAh Wh/km KiB GB Mbit/s B/s MB/s mV mA dBm ug/m3 mm/h m/h ppm /100 /1000 hPa mm cm km km/h'.split(
    ' ',
  )) {
    const ucum = senmlUnit(unit);
    expect(ucum, unit).not.toBeNull();
    if (!ucum!.startsWith('dB[W]')) expect(parseUnit(ucum!), unit).not.toBeNull();
  }
  expect(senmlUnit('bar')).toBe('bar');
  expect(senmlUnit('furlong')).toBeNull();
});

test.each<[string, unknown, string, string]>([
  ['an object', {}, 'senml.invalid', ''],
  ['empty', [], 'message.no-values', ''],
  ['base fields only', [{ bn: 'x' }], 'message.no-values', ''],
  ['a number for a record', [1], 'senml.invalid', '/0'],
  ['a text value', [{ n: 'x', vs: 'on' }], 'senml.invalid', '/0/vs'],
  ['data', [{ n: 'x', vd: 'AA' }], 'senml.invalid', '/0/vd'],
  ['a sum', [{ n: 'x', v: 1, s: 5 }], 'senml.invalid', '/0/s'],
  ['no value', [{ n: 'x' }], 'senml.invalid', '/0/v'],
  ['two values', [{ n: 'x', v: 1, vb: true }], 'senml.invalid', '/0/vb'],
  ['a value as text', [{ n: 'x', v: '1' }], 'senml.invalid', '/0/v'],
  ['null', [{ n: 'x', v: null }], 'senml.invalid', '/0/v'],
  ['an overflow', '[{"n":"x","v":1e999}]', 'senml.invalid', '/0/v'],
  ['a base overflow', [{ n: 'x', bv: 1.7e308, v: 1.7e308 }], 'senml.invalid', '/0/v'],
  ['another version', [{ bver: 11, n: 'x', v: 1 }], 'senml.invalid', '/0/bver'],
  ['a field that must be understood', [{ n: 'x', v: 1, alarm_: 1 }], 'senml.invalid', '/0/alarm_'],
  ['an unknown unit', [{ n: 'x', u: 'furlong', v: 1 }], 'senml.invalid', '/0/u'],
  [
    'two units',
    [
      { n: 'x', u: 'V', v: 1 },
      { n: 'x', u: 'A', t: 1, v: 1 },
    ],
    'senml.invalid',
    '/1/u',
  ],
  [
    'a time twice',
    [
      { n: 'x', v: 1 },
      { n: 'x', v: 2 },
    ],
    'message.timestamp-order',
    '/1',
  ],
  ['a time past all', [{ n: 'x', t: 1e300, v: 1 }], 'senml.invalid', '/0/t'],
  [
    'too long a span',
    [
      { n: 'x', t: 1e9, v: 1 },
      { n: 'x', t: 1.7e9, v: 1 },
    ],
    'message.invalid-field',
    '/1',
  ],
  ['another device', [{ n: 'motor-8:x', v: 1 }], 'message.topic-mismatch', '/0/n'],
  ['another site', [{ n: 'plant-2:motor-7:x', v: 1 }], 'message.topic-mismatch', '/0/n'],
  ['too many parts', [{ n: 'a:plant-1:motor-7:x', v: 1 }], 'message.topic-mismatch', '/0/n'],
  ['a name of nothing', [{ n: 'motor-7:', v: 1 }], 'senml.invalid', '/0/n'],
  ['an illegal name', [{ n: 'ä', v: 1 }], 'senml.invalid', '/0/n'],
  ['a field twice', '[{"n":"x","v":1,"v":2}]', 'message.duplicate-field', '/0/v'],
  ['no JSON', '[', 'message.not-json', ''],
])('refuses %s', (_name, pack, code, pointer) => {
  expect(() => decode(pack)).toThrow(expect.objectContaining({ code, pointer, kind: 'poison' }));
});
