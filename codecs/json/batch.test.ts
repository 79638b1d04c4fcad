import { BATCH_LIMITS, type Batch, LoadcycleError } from '@loadcycle/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBatch, encodeBatch } from './batch.ts';
import { decodeFast } from './fast.ts';
import { decodeStrict } from './strict.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const SESSION = '0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';
const json = (change: Record<string, unknown> = {}, base = good) =>
  bytes(JSON.stringify({ ...base, ...change }));
const good: Record<string, unknown> = {
  session: SESSION,
  seq: 42,
  unit: 'V',
  t0: 1_790_000_000_000_000,
  dt: 1000,
  values: [231.02, null, -0.5],
};

const batchArb: fc.Arbitrary<Batch> = fc
  .record({
    session: fc.uuid(),
    seq: fc.nat(),
    unit: fc.stringMatching(/^[!#-[\]-~]{1,32}$/),
    t0Us: fc.integer({ min: 0, max: 2_000_000_000_000_000 }),
    dtUs: fc.option(fc.integer({ min: 1, max: 1_000_000 })),
    steps: fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 40, maxLength: 40 }),
    values: fc.array(
      fc.oneof(fc.double({ noDefaultInfinity: true }), fc.integer(), fc.float({ noDefaultInfinity: true })),
      { minLength: 1, maxLength: 40 },
    ),
  })
  .map(({ session, seq, unit, t0Us, dtUs, steps, values }) => {
    let at = -1;
    const offsets = values.map((_, i) => (at += steps[i]!));
    return {
      session,
      seq,
      unit,
      t0Us,
      dtUs,
      offsetsUs: dtUs === null ? Float64Array.from(offsets) : null,
      values: Float64Array.from(values),
    };
  });

test('what is encoded comes back, bit for bit, on both roads', () => {
  fc.assert(
    fc.property(batchArb, (batch) => {
      const payload = encodeBatch(batch);
      expect(decodeFast(payload)).toStrictEqual(batch);
      expect(decodeStrict(payload)).toStrictEqual(batch);
    }),
    { numRuns: 2000 },
  );
});

test('any notation of a number gives the double that JSON.parse gives', () => {
  const notation = fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9][0-9]{0,20}$/)),
      fc.oneof(fc.constant(''), fc.stringMatching(/^\.[0-9]{1,26}$/)),
      fc.oneof(
        { weight: 3, arbitrary: fc.constant('') },
        { weight: 1, arbitrary: fc.stringMatching(/^[eE][+-]?[0-9]{1,2}$/) },
      ),
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(
      fc.array(notation, { minLength: 1, maxLength: 30 }),
      fc.constantFrom('', ' ', '\n\t'),
      (texts, gap) => {
        const payload = bytes(
          `{"session":"${SESSION}","seq":1,"unit":"V","t0":1,"dt":1,"values":[${gap}${texts.join(`${gap},${gap}`)}${gap}]}`,
        );
        const expected = Float64Array.from(texts, (t) => JSON.parse(t));
        const fast = decodeFast(payload);
        expect(fast).not.toBeNull();
        expect(new BigUint64Array(fast!.values.buffer)).toStrictEqual(new BigUint64Array(expected.buffer));
      },
    ),
    { numRuns: 5000 },
  );
});

test('the hard cases of decimal to double', () => {
  const texts = [
    '9007199254740991',
    '9007199254740992',
    '9007199254740993',
    '0.1',
    '1e-7',
    '4.35',
    '2.2250738585072014e-308',
    '5e-324',
    '1.7976931348623157e308',
    '123456789012345.67',
    '0.00000000000000000000001',
    '8.41e21',
    '-0',
    '0.000',
    '-0.0e5',
  ];
  for (const text of texts) {
    const batch = decodeFast(
      bytes(`{"session":"${SESSION}","seq":1,"unit":"V","t0":1,"dt":1,"values":[${text}]}`),
    );
    expect([text, batch?.values[0]]).toStrictEqual([text, JSON.parse(text)]);
  }
});

test('the fast road returns nothing that the strict one would not', () => {
  const seed = new TextDecoder().decode(json());
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.nat(seed.length),
          fc.nat(3),
          fc.constantFrom(...'{}[]",:0123456789.-+eE nulltvsdq\\\u0000é'.split('')),
        ),
        { minLength: 1, maxLength: 4 },
      ),
      (edits) => {
        let text = seed;
        for (const [at, drop, put] of edits) text = text.slice(0, at) + put + text.slice(at + drop);
        const payload = bytes(text);
        const fast = decodeFast(payload);
        if (fast !== null) expect(decodeStrict(payload)).toStrictEqual(fast);
      },
    ),
    { numRuns: 20_000 },
  );
});

function failure(payload: Uint8Array): [string, string | undefined] {
  try {
    decodeBatch(payload);
  } catch (error) {
    if (!(error instanceof LoadcycleError)) throw error;
    expect(error.kind).toBe('poison');
    return [error.code, error.pointer];
  }
  return ['passed', undefined];
}

test.each<[string, Uint8Array, string, string]>([
  ['empty', bytes(''), 'message.not-json', ''],
  ['no UTF-8', Uint8Array.of(123, 0xff, 125), 'message.not-utf8', ''],
  ['truncated', json().slice(0, -3), 'message.not-json', ''],
  ['an array', bytes('[]'), 'message.invalid-field', ''],
  ['null', bytes('null'), 'message.invalid-field', ''],
  ['too large', new Uint8Array(BATCH_LIMITS.bytes + 1), 'message.too-large', ''],
  ['too deep', bytes('['.repeat(500_000)), 'message.too-deep', '/0/0/0/0/0/0/0/0'],
  ['deep in a field', json({ unit: [[[[[[[[1]]]]]]]] }), 'message.too-deep', '/unit/0/0/0/0/0/0/0'],
  [
    'duplicate',
    bytes(new TextDecoder().decode(json()).replace('{', '{"seq":1,')),
    'message.duplicate-field',
    '/seq',
  ],
  [
    'duplicate by escape',
    bytes(new TextDecoder().decode(json()).replace('{', '{"\\u0073eq":1,')),
    'message.duplicate-field',
    '/seq',
  ],
  ['missing session', json({ session: undefined }), 'message.missing-field', '/session'],
  ['missing values', json({ values: undefined }), 'message.missing-field', '/values'],
  ['missing dt', json({ dt: undefined }), 'message.missing-field', '/dt'],
  ['dt and offsets', json({ offsets: [0, 1, 2] }), 'message.invalid-field', '/offsets'],
  ['unknown', json({ 'a/b~c': 1 }), 'message.unknown-field', '/a~1b~0c'],
  [
    'prototype',
    bytes(new TextDecoder().decode(json()).replace('{', '{"__proto__":{},')),
    'message.unknown-field',
    '/__proto__',
  ],
  ['session', json({ session: '0199' }), 'message.invalid-field', '/session'],
  ['seq negative', json({ seq: -1 }), 'message.invalid-field', '/seq'],
  ['seq fraction', json({ seq: 1.5 }), 'message.invalid-field', '/seq'],
  [
    'seq too large',
    bytes(new TextDecoder().decode(json()).replace('42', '9007199254740993')),
    'message.invalid-field',
    '/seq',
  ],
  ['unit blank', json({ unit: 'm s' }), 'message.invalid-field', '/unit'],
  ['unit long', json({ unit: 'x'.repeat(33) }), 'message.invalid-field', '/unit'],
  ['t0 text', json({ t0: '2026-01-01' }), 'message.invalid-field', '/t0'],
  ['t0 late', json({ t0: 9e15 }), 'message.invalid-field', '/t0'],
  ['dt zero', json({ dt: 0 }), 'message.invalid-field', '/dt'],
  ['span', json({ dt: BATCH_LIMITS.spanUs }), 'message.invalid-field', '/dt'],
  ['no values', json({ values: [] }), 'message.no-values', '/values'],
  [
    'too many',
    json({ values: new Array(BATCH_LIMITS.values + 1).fill(1) }),
    'message.too-many-values',
    '/values',
  ],
  [
    'overflow',
    bytes(new TextDecoder().decode(json()).replace('231.02', '1e999')),
    'message.invalid-field',
    '/values/0',
  ],
  ['text value', json({ values: [1, '2'] }), 'message.invalid-field', '/values/1'],
  ['nested value', json({ values: [1, [2]] }), 'message.invalid-field', '/values/1'],
  ['offsets short', json({ dt: undefined, offsets: [0] }), 'message.invalid-field', '/offsets'],
  ['offsets twice', json({ dt: undefined, offsets: [0, 5, 5] }), 'message.timestamp-order', '/offsets/2'],
  ['offsets negative', json({ dt: undefined, offsets: [-1, 5, 6] }), 'message.invalid-field', '/offsets/0'],
  ['offsets null', json({ dt: undefined, offsets: [0, null, 6] }), 'message.invalid-field', '/offsets/1'],
])('refuses %s', (_name, payload, code, pointer) => {
  expect(failure(payload)).toStrictEqual([code, pointer]);
});

test('takes what is unusual but right', () => {
  const capital = decodeBatch(json({ session: SESSION.toUpperCase() }));
  expect(capital.session).toBe(SESSION);
  expect(decodeBatch(bytes(new TextDecoder().decode(json()).replace('42', '4.2e1'))).seq).toBe(42);
  expect(decodeBatch(bytes(`${JSON.stringify(good, null, 2)}\n`)).values).toStrictEqual(
    Float64Array.of(231.02, Number.NaN, -0.5),
  );
});

test('full-size messages pass', () => {
  const values = Float64Array.from({ length: BATCH_LIMITS.values }, (_, i) => i / 8);
  const batch: Batch = { session: SESSION, seq: 0, unit: 'V', t0Us: 0, dtUs: 1, offsetsUs: null, values };
  expect(decodeBatch(encodeBatch(batch))).toStrictEqual(batch);
});
