import { isName, sampleTimeUs } from '@loadcycle/contract';
import fc from 'fast-check';
import sparkplug from 'sparkplug-payload';
import { expect, test } from 'vitest';
import type { DecodedBatch } from '../context.ts';
import { decodeSparkplug, type SparkplugResult, type SparkplugState } from './index.ts';
import { deviceName, engineeringUnit, pathOf } from './names.ts';

// an encoder that is not ours: Eclipse Tahu's
const { encodePayload, decodePayload } = sparkplug.get('spBv1.0')!;
type Payload = Parameters<typeof encodePayload>[0];
type Metric = NonNullable<Payload['metrics']>[number];

const T0 = 1_790_000_000_000; // ms
const metric = (name: string, type: Metric['type'], value: unknown, more: object = {}): Metric =>
  ({ name, type, value, timestamp: T0, ...more }) as Metric;

/** A host that keeps its state as JSON, as a worker does. */
class Host {
  state: SparkplugState | null = null;
  results: SparkplugResult[] = [];
  send(
    topic: string,
    payload: Payload | Uint8Array,
    receivedMs = T0 + 500,
    replayed = false,
  ): SparkplugResult {
    const bytes = payload instanceof Uint8Array ? payload : encodePayload(payload);
    const message = {
      mqttTopic: `spBv1.0/${topic}`,
      contentType: '',
      payload: bytes,
      receivedAtUs: receivedMs * 1000,
      replayed,
    };
    const frozen = JSON.stringify(this.state);
    const result = decodeSparkplug(this.state, message);
    expect(JSON.stringify(this.state)).toBe(frozen);
    this.state = JSON.parse(JSON.stringify(result.state));
    expect(this.state).toStrictEqual(result.state);
    this.results.push(result);
    return result;
  }
}
const birth = (metrics: Metric[], seq = 0, bdSeq = 3, timestamp = T0): Payload => ({
  timestamp,
  seq,
  metrics: [metric('bdSeq', 'Int64', bdSeq), metric('Node Control/Rebirth', 'Boolean', false), ...metrics],
});
const seen = (r: SparkplugResult) =>
  r.batches.map(({ path, batch }) => [
    `${path.site}/${path.device}/${path.signal}`,
    batch.seq,
    batch.unit,
    Array.from(batch.values, (v, i) => [sampleTimeUs(batch, i) - T0 * 1000, v]),
  ]);

test('births, data by name and by alias, of a node and of its device', () => {
  const h = new Host();
  const b = h.send(
    'plant/NBIRTH/gw1',
    birth([
      metric('voltage', 'Double', 231.5, {
        alias: 7,
        properties: { engUnit: { type: 'String', value: 'V' } },
      }),
    ]),
  );
  expect(b.error).toBeNull();
  expect(seen(b)).toStrictEqual([['plant/gw1/voltage', 0, 'V', [[0, 231.5]]]]);
  expect(b.effects).toStrictEqual([
    {
      kind: 'status',
      site: 'plant',
      device: 'gw1',
      wish: { site: 'plant', device: 'gw1' },
      state: 'online',
      atUs: (T0 + 500) * 1000,
    },
  ]);
  h.send('plant/DBIRTH/gw1/press', {
    timestamp: T0,
    seq: 1,
    metrics: [
      metric('Motor/Speed', 'UInt32', 3_000_000_000, {
        alias: 8,
        properties: { engUnit: { type: 'String', value: 'rpm' } },
      }),
    ],
  });
  expect(seen(h.results[1]!)).toStrictEqual([
    [`plant/gw1--press/${pathOf('', '', null, 'Motor/Speed').signal}`, 0, 'r/min', [[0, 3_000_000_000]]],
  ]);
  const d = h.send('plant/NDATA/gw1', {
    timestamp: T0 + 2,
    seq: 2,
    metrics: [
      metric('', 'Double', 232, { name: undefined, alias: 7, timestamp: T0 + 1 }),
      metric('voltage', 'Double', 233, { timestamp: undefined }),
    ],
  });
  expect(seen(d)).toStrictEqual([
    [
      'plant/gw1/voltage',
      1,
      'V',
      [
        [1000, 232],
        [2000, 233],
      ],
    ],
  ]);
  const dd = h.send('plant/DDATA/gw1/press', {
    timestamp: T0 + 3,
    seq: 3,
    metrics: [metric('', 'UInt32', 5, { name: undefined, alias: 8, timestamp: T0 + 3 })],
  });
  expect(seen(dd)).toStrictEqual([
    [`plant/gw1--press/${pathOf('', '', null, 'Motor/Speed').signal}`, 1, 'r/min', [[3000, 5]]],
  ]);
  const sessions = h.results.flatMap((r) => r.batches.map((x) => x.batch.session));
  expect(new Set(sessions).size).toBe(1);
  expect(sessions[0]).toMatch(/^[0-9a-f-]{13}-8/);
});

test('data types, null, and what is no number', () => {
  const types: [Metric['type'], unknown, number][] = [
    ['Int8', -5, -5],
    ['Int16', -300, -300],
    ['Int32', -70_000, -70_000],
    ['Int64', 2 ** 40, 2 ** 40],
    ['UInt8', 200, 200],
    ['UInt16', 60_000, 60_000],
    ['UInt32', 4_294_967_295, 4_294_967_295],
    ['UInt64', 2 ** 50, 2 ** 50],
    ['Float', 0.5, 0.5],
    ['Double', 0.1, 0.1],
    ['Boolean', true, 1],
    ['Double', null, Number.NaN],
    ['Double', Number.POSITIVE_INFINITY, Number.NaN],
  ];
  const h = new Host();
  const r = h.send(
    'g/NBIRTH/n',
    birth([
      ...types.map(([type, value], i) => metric(`m${i}`, type, value)),
      metric('s', 'String', 'on'),
      metric('d', 'DateTime', T0),
    ]),
  );
  expect(r.error).toBeNull();
  expect(r.batches.map((b) => b.batch.values[0])).toStrictEqual(types.map((t) => t[2]));
  expect(r.ignored).toBe(2);
  expect(r.batches[0]!.batch).toMatchObject({ unit: '1', unitStated: false });
});

test('a metric without a datatype has that of its birth', () => {
  const h = new Host();
  h.send('g/NBIRTH/n', birth([metric('x', 'Int8', 1, { alias: 1 })]));
  // alias 1, int_value 0xfb: -5 as an Int8 of a sender that does not widen it; written by hand
  const bytes = Uint8Array.of(0x12, 5, 0x10, 1, 0x50, 0xfb, 1, 0x18, 1);
  expect(decodePayload(bytes).metrics).toHaveLength(1);
  expect(h.send('g/NDATA/n', bytes).batches[0]!.batch.values[0]).toBe(-5);
});

test('without a birth nothing is read, and it is asked for, once in a while', () => {
  const h = new Host();
  const data: Payload = { timestamp: T0, seq: 5, metrics: [metric('x', 'Double', 1)] };
  const first = h.send('Plant A/NDATA/n', data);
  expect(first.error?.code).toBe('sparkplug.no-birth');
  expect(first.effects).toMatchObject([{ kind: 'rebirth', topic: 'spBv1.0/Plant A/NCMD/n' }]);
  const command = decodePayload((first.effects[0] as { payload: Uint8Array }).payload);
  expect(command.metrics).toMatchObject([{ name: 'Node Control/Rebirth', type: 'Boolean', value: true }]);
  expect(h.send('Plant A/NDATA/n', data, T0 + 1000).effects).toStrictEqual([]);
  expect(h.send('Plant A/NDATA/n', data, T0 + 11_000).effects).toHaveLength(1);
  h.send('Plant A/NBIRTH/n', birth([metric('x', 'Double', 1)]));
  expect(h.send('Plant A/NDATA/n', { ...data, seq: 1 }, T0 + 1).error).toBeNull();
  expect(h.send('Plant A/DDATA/n/d', { ...data, seq: 2 }, T0 + 1).error?.code).toBe('sparkplug.no-birth');
  expect(h.send('Plant A/NDATA/n', { seq: 3, metrics: [metric('y', 'Double', 1)] }).error).toMatchObject({
    code: 'sparkplug.no-birth',
    pointer: '/metrics/0',
  });
});

test('seq goes round; a gap stops reading until the next birth', () => {
  const h = new Host();
  h.send('g/NBIRTH/n', birth([metric('x', 'Double', 0)]));
  for (let i = 1; i <= 600; i++) {
    const r = h.send('g/NDATA/n', {
      timestamp: T0 + i,
      seq: i % 256,
      metrics: [metric('x', 'Double', i, { timestamp: T0 + i })],
    });
    expect(r.batches[0]!.batch.seq).toBe(i);
  }
  const late = {
    timestamp: T0 + 602,
    seq: 602 % 256,
    metrics: [metric('x', 'Double', 602, { timestamp: T0 + 602 })],
  };
  const gap = h.send('g/NDATA/n', late);
  expect([gap.error?.code, gap.effects.length, gap.batches.length]).toStrictEqual([
    'sparkplug.sequence-gap',
    1,
    0,
  ]);
  expect(h.send('g/NDATA/n', { ...late, seq: 603 % 256 }).error?.code).toBe('sparkplug.sequence-gap');
  const again = h.send(
    'g/NBIRTH/n',
    birth([metric('x', 'Double', 603, { timestamp: T0 + 603 })], 0, 3, T0 + 603),
  );
  expect(again.batches[0]!.batch).toMatchObject({ seq: 0, t0Us: (T0 + 603) * 1000 });
  expect(again.batches[0]!.batch.session).not.toBe(h.results[0]!.batches[0]!.batch.session);
});

test('a birth repeats no sample that is known', () => {
  const h = new Host();
  h.send('g/NBIRTH/n', birth([metric('x', 'Double', 1), metric('never', 'Double', 0, { timestamp: 0 })]));
  expect(h.results[0]!.batches.map((b) => b.path.signal)).toStrictEqual(['x']);
  h.send('g/NDATA/n', {
    timestamp: T0 + 5,
    seq: 1,
    metrics: [metric('x', 'Double', 2, { timestamp: T0 + 5 })],
  });
  const same = h.send('g/NBIRTH/n', birth([metric('x', 'Double', 2, { timestamp: T0 + 5 })], 0, 3, T0 + 9));
  expect([same.error, same.batches]).toStrictEqual([null, []]);
  const newer = h.send('g/NBIRTH/n', birth([metric('x', 'Double', 3, { timestamp: T0 + 8 })], 0, 4, T0 + 10));
  expect(newer.batches).toHaveLength(1);
});

test('a death counts for the births of its own connection only', () => {
  const h = new Host();
  h.send('g/NBIRTH/n', birth([metric('x', 'Double', 1)], 0, 3));
  h.send('g/DBIRTH/n/d', { timestamp: T0, seq: 1, metrics: [metric('y', 'Double', 1)] });
  expect(h.send('g/NDEATH/n', { metrics: [metric('bdSeq', 'Int64', 2)] }).effects).toStrictEqual([]);
  expect(
    h.send('g/NDATA/n', {
      seq: 2,
      timestamp: T0 + 1,
      metrics: [metric('x', 'Double', 1, { timestamp: T0 + 1 })],
    }).error,
  ).toBeNull();
  expect(h.send('g/DDEATH/n/d', { seq: 3, timestamp: T0 }).effects).toMatchObject([
    { device: 'n--d', state: 'offline' },
  ]);
  expect(h.send('g/DDATA/n/d', { seq: 4, timestamp: T0, metrics: [] }).error?.code).toBe(
    'sparkplug.no-birth',
  );
  h.send('g/DBIRTH/n/d', { timestamp: T0, seq: 5, metrics: [] });
  const death = h.send('g/NDEATH/n', { metrics: [metric('bdSeq', 'Int64', 3)] });
  expect(death.effects.map((e) => e.kind === 'status' && e.device)).toStrictEqual(['n', 'n--d']);
  expect(h.send('g/NDATA/n', { seq: 6, metrics: [] }).error?.code).toBe('sparkplug.no-birth');
});

test('historical values keep their own times, in a session of their own', () => {
  const h = new Host();
  h.send('g/NBIRTH/n', birth([metric('x', 'Double', 0)]));
  const r = h.send('g/NDATA/n', {
    timestamp: T0 + 9,
    seq: 1,
    metrics: [
      metric('x', 'Double', 1, { timestamp: T0 - 3_600_000, isHistorical: true }),
      metric('x', 'Double', 2, { timestamp: T0 - 3_599_000, isHistorical: true }),
      metric('x', 'Double', 3, { timestamp: T0 + 9 }),
    ],
  });
  expect(seen(r)).toStrictEqual([
    [
      'g/n/x',
      0,
      '1',
      [
        [-3_600_000_000, 1],
        [-3_599_000_000, 2],
      ],
    ],
    ['g/n/x', 1, '1', [[9000, 3]]],
  ]);
  expect(r.batches[0]!.batch.session).not.toBe(r.batches[1]!.batch.session);
});

test('values of one millisecond keep their order, within a message and across', () => {
  const h = new Host();
  h.send('g/NBIRTH/n', birth([metric('x', 'Double', 0)]));
  const at = (seq: number, ...values: number[]) =>
    h.send('g/NDATA/n', { timestamp: T0, seq, metrics: values.map((v) => metric('x', 'Double', v)) });
  expect(seen(at(1, 1, 2, 3))[0]![3]).toStrictEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  expect(seen(at(2, 4))[0]![3]).toStrictEqual([[4, 4]]);
});

test.each<[string, string, Payload | Uint8Array, string, string]>([
  ['bytes that are no protobuf', 'g/NDATA/n', Uint8Array.of(0xff, 0xff, 0xff), 'sparkplug.invalid', ''],
  ['a birth without seq', 'g/NBIRTH/n', { metrics: [] }, 'sparkplug.invalid', '/seq'],
  ['data without seq', 'g/NDATA/n', { metrics: [] }, 'sparkplug.invalid', '/seq'],
  ['a seq too large', 'g/NDATA/n', { seq: 256, metrics: [] }, 'sparkplug.invalid', '/seq'],
  [
    'a birth without names',
    'g/NBIRTH/n',
    birth([metric('', 'Double', 1)]),
    'sparkplug.invalid',
    '/metrics/2/name',
  ],
  [
    'a name twice',
    'g/NBIRTH/n',
    birth([metric('x', 'Double', 1), metric('x', 'Double', 1)]),
    'sparkplug.invalid',
    '/metrics/3/name',
  ],
  [
    'an alias twice',
    'g/NBIRTH/n',
    birth([metric('x', 'Double', 1, { alias: 1 }), metric('y', 'Double', 1, { alias: 1 })]),
    'sparkplug.invalid',
    '/metrics/3/alias',
  ],
  [
    'a name with NUL',
    'g/NBIRTH/n',
    birth([metric('a\0b', 'Double', 1)]),
    'sparkplug.invalid',
    '/metrics/2/name',
  ],
  [
    'a time past all',
    'g/NBIRTH/n',
    birth([metric('x', 'Double', 1, { timestamp: 2 ** 52 })]),
    'sparkplug.invalid',
    '/metrics/2/timestamp',
  ],
  [
    'a time far ahead',
    'g/NBIRTH/n',
    birth([metric('x', 'Double', 1, { timestamp: T0 + 90_000_000 })]),
    'message.timestamp-future',
    '',
  ],
  ['another topic', 'g/NCMD/n', { metrics: [] }, 'message.unknown-topic', ''],
  ['a host state', 'STATE/host', { metrics: [] }, 'message.unknown-topic', ''],
  ['a device in a node message', 'g/NDATA/n/d', { metrics: [] }, 'message.unknown-topic', ''],
])('refuses %s', (_name, topic, payload, code, pointer) => {
  const r = new Host().send(topic, payload);
  expect([r.error?.code, r.error?.pointer, r.batches.length]).toStrictEqual([code, pointer, 0]);
});

test('a birth that cannot be read ends what was known', () => {
  const h = new Host();
  h.send('g/NBIRTH/n', birth([metric('x', 'Double', 1, { alias: 1 })]));
  expect(h.send('g/NBIRTH/n', Uint8Array.of(255)).error?.code).toBe('sparkplug.invalid');
  expect(h.send('g/NDATA/n', { seq: 1, metrics: [metric('x', 'Double', 1)] }).error?.code).toBe(
    'sparkplug.no-birth',
  );
});

test('whatever is delivered again is recognised; read again from an older state it gives the same batches', () => {
  const value = fc.tuple(fc.constantFrom('x', 'y'), fc.nat(3), fc.boolean());
  const step = fc.record({ again: fc.nat(5), values: fc.array(value, { maxLength: 4 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(40), (steps, restart) => {
      const h = new Host();
      const sent: [string, Payload][] = [];
      const seqs = new Map<string, number[]>();
      const deliver = (topic: string, payload: Payload) => {
        const r = h.send(topic, payload);
        expect([r.error, r.repeated]).toStrictEqual([null, false]);
        for (const { path, batch } of r.batches) {
          const key = `${path.signal}/${batch.session}`;
          seqs.set(key, [...(seqs.get(key) ?? []), batch.seq]);
        }
        return r.batches;
      };
      let now = T0;
      let kept: { state: SparkplugState | null; from: number } = { state: null, from: 0 };
      const all: DecodedBatch[][] = [];
      const births = birth([metric('x', 'Double', 0), metric('y', 'Int32', 0)]);
      sent.push(['g/NBIRTH/n', births]);
      all.push([...deliver('g/NBIRTH/n', births)]);
      steps.forEach(({ again, values }, i) => {
        if (i === restart) kept = { state: h.state, from: sent.length };
        const metrics = values.map(([name, ms, historical]) =>
          metric(name, name === 'x' ? 'Double' : 'Int32', i, {
            timestamp: historical ? now - 10_000 : (now += ms),
            isHistorical: historical,
          }),
        );
        const next: [string, Payload] = ['g/NDATA/n', { timestamp: now, seq: (i + 1) % 256, metrics }];
        sent.push(next);
        all.push([...deliver(...next)]);
        const state = JSON.stringify(h.state);
        for (const old of sent.slice(-1 - again)) {
          expect(h.send(...old)).toMatchObject({ error: null, repeated: true, batches: [], effects: [] });
        }
        expect(JSON.stringify(h.state)).toBe(state);
      });
      // without holes, per signal and session
      for (const s of seqs.values()) expect(s).toStrictEqual(s.map((_, i) => i));
      const second = new Host();
      second.state = kept.state;
      const replayed = sent.slice(kept.from).map((m) => [...second.send(...m).batches]);
      expect(replayed).toStrictEqual(all.slice(kept.from));
    }),
    { numRuns: 150 },
  );
});

test('a dead letter sent again stands beside the stream, and twice is once', () => {
  const h = new Host();
  const births = birth([metric('x', 'Double', 1, { alias: 1 })]);
  h.send('g/NBIRTH/n', births);
  const named: Payload = {
    timestamp: T0 + 1,
    seq: 1,
    metrics: [metric('x', 'Double', 5, { timestamp: T0 + 1 })],
  };
  const aliased: Payload = {
    timestamp: T0 + 2,
    seq: 2,
    metrics: [metric('', 'Double', 6, { name: undefined, alias: 1, timestamp: T0 + 2 })],
  };
  for (const m of [named, aliased]) h.send('g/NDATA/n', m, T0 + 600);
  const state = JSON.stringify(h.state);
  const again = (p: Payload, topic = 'g/NDATA/n') => h.send(topic, p, T0 + 600, true);
  for (const [p, topic] of [[named], [aliased], [births, 'g/NBIRTH/n']] as [Payload, string?][]) {
    const first = again(p, topic);
    expect([first.error, first.batches.length, first.effects]).toStrictEqual([null, 1, []]);
    expect(again(p, topic).batches).toStrictEqual(first.batches);
  }
  expect(again(named).batches[0]!.batch.session).not.toBe(h.results[1]!.batches[0]!.batch.session);
  expect(again({ metrics: [] }, 'g/NDEATH/n').effects).toStrictEqual([]);
  expect(JSON.stringify(h.state)).toBe(state);
  h.send(
    'g/NBIRTH/n',
    birth([metric('x', 'Double', 7, { alias: 2, timestamp: T0 + 700 })], 0, 3, T0 + 700),
    T0 + 700,
  );
  expect(again(named).error).toBeNull();
  expect(again(aliased).error?.code).toBe('sparkplug.no-birth');
  expect(new Host().send('g/NDATA/n', named, T0, true)).toMatchObject({
    error: { code: 'sparkplug.no-birth' },
    effects: [],
  });
});

test('names are legal and never shared', () => {
  fc.assert(
    fc.property(fc.tuple(fc.string(), fc.string(), fc.option(fc.string()), fc.string()), ([g, n, d, m]) => {
      expect(Object.values(pathOf(g, n, d, m)).every(isName)).toBe(true);
    }),
  );
  const names = [
    ['gw1', 'press'],
    ['gw1--press', null],
    ['gw1', null],
    ['gw1-', 'press'],
    ['gw1', '-press'],
    ['GW1', 'press'],
    ['gw1/press', null],
  ] as const;
  expect(new Set(names.map(([n, d]) => deviceName(n, d))).size).toBe(names.length);
  expect(deviceName('gw1', 'press')).toBe('gw1--press');
});

test('engineering units', () => {
  const pairs = {
    V: 'V',
    '°C': 'Cel',
    rpm: 'r/min',
    'm³/h': 'm3/h',
    'm/s²': 'm/s2',
    psi: '[psi]',
    '%': '%',
    '%RH': '%',
    kWh: 'kW.h',
    µm: 'um',
    furlongs: null,
    '': null,
  };
  for (const [text, unit] of Object.entries(pairs))
    expect([text, engineeringUnit(text)]).toStrictEqual([text, unit]);
});
