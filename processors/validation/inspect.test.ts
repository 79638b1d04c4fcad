import { encodeBatch } from '@loadcycle/codecs';
import { SignalDefinition } from '@loadcycle/contract';
import { expect, test } from 'vitest';
import { inspectMessage } from './inspect.ts';

const T0 = 1_790_000_000_000_000;
const message = (
  payload: Uint8Array,
  mqttTopic = 'loadcycle/v1/plant-1/motor-7/samples/voltage',
  contentType = '',
) => ({
  mqttTopic,
  contentType,
  payload,
  receivedAtUs: T0 + 1e6,
});
const payload = (values: number[], unit = 'V', t0Us = T0) =>
  encodeBatch({
    session: '0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b',
    seq: 3,
    unit,
    t0Us,
    dtUs: 1000,
    offsetsUs: null,
    values: Float64Array.from(values),
  });
const definition = SignalDefinition.parse({ unit: 'V', validMax: 480 });
const known = { definitionOf: () => definition, autoRegister: false };

test('landed, with what is wrong with single samples', () => {
  expect(inspectMessage(message(payload([230, 999, Number.NaN])), known)).toStrictEqual({
    outcome: 'landed',
    batches: [
      {
        signal: 'plant-1/motor-7/voltage',
        session: '0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b',
        seq: 3,
        unit: 'V',
        fromUs: T0,
        toUs: T0 + 2000,
        count: 3,
        good: 1,
        uncertain: 0,
        bad: 2,
        registered: false,
        firstIssues: [
          { index: 1, timeUs: T0 + 1000, value: 999, class: 'bad', reason: 'out-of-range' },
          { index: 2, timeUs: T0 + 2000, value: null, class: 'bad', reason: 'missing' },
        ],
      },
    ],
  });
});

test('an unknown signal is registered or dead-lettered, as the deployment says', () => {
  const unknown = { definitionOf: () => null };
  expect(inspectMessage(message(payload([1])), { ...unknown, autoRegister: true })).toMatchObject({
    outcome: 'registered',
    batches: [{ registered: true, good: 1 }],
  });
  expect(inspectMessage(message(payload([1])), { ...unknown, autoRegister: false })).toMatchObject({
    outcome: 'dead-lettered',
    reason: 'signal.unknown',
    batches: [],
  });
});

const text = (t: string) => new TextEncoder().encode(t);
test.each<[string, ReturnType<typeof message>, string, string]>([
  ['another unit', message(payload([1], 'mV')), 'message.unit-mismatch', '/unit'],
  ['a day and more ahead', message(payload([1], 'V', T0 + 90_000e6)), 'message.timestamp-future', '/t0'],
  ['before the horizon', message(payload([1], 'V', 0)), 'message.timestamp-past', '/t0'],
  ['no JSON', message(text('hello')), 'message.not-json', ''],
  [
    'another topic',
    message(payload([1]), 'loadcycle/v1/plant-1/motor-7/status'),
    'message.unknown-topic',
    '',
  ],
  [
    'a topic with illegal names',
    message(payload([1]), 'loadcycle/v1/Plant/motor-7/samples/x'),
    'message.unknown-topic',
    '',
  ],
  [
    'a codec that is not there',
    message(payload([1]), 'loadcycle/v1/plant-1/motor-7/samples/x/xml'),
    'message.unsupported-content-type',
    '',
  ],
  [
    'a type that is not there',
    message(payload([1]), undefined, 'text/csv'),
    'message.unsupported-content-type',
    '',
  ],
  [
    'a type that is not the topic’s',
    message(payload([1]), 'loadcycle/v1/plant-1/motor-7/samples/x/json', 'application/senml+json'),
    'message.topic-mismatch',
    '',
  ],
  [
    'SenML of another device',
    message(text('[{"n":"motor-8:x","v":1}]'), 'loadcycle/v1/plant-1/motor-7/samples/x/senml'),
    'message.topic-mismatch',
    '/0/n',
  ],
  [
    'Sparkplug without a birth',
    message(Uint8Array.of(0x18, 1), 'spBv1.0/g/NDATA/n'),
    'sparkplug.no-birth',
    '',
  ],
])('dead-lettered: %s', (_name, m, reason, pointer) => {
  expect(inspectMessage(m, known)).toMatchObject({ outcome: 'dead-lettered', reason, pointer, batches: [] });
});

test('content types that say what the topic says', () => {
  for (const type of [
    '',
    'application/json',
    'application/vnd.loadcycle.batch+json; charset=utf-8',
    'Application/JSON',
  ]) {
    expect(inspectMessage(message(payload([1]), undefined, type), known).outcome).toBe('landed');
  }
  const senml = message(
    text('[{"n":"voltage","u":"V","v":1}]'),
    'loadcycle/v1/plant-1/motor-7/samples/x/senml',
    'application/senml+json',
  );
  const byType = { ...senml, mqttTopic: 'loadcycle/v1/plant-1/motor-7/samples/voltage' };
  expect(inspectMessage(byType, known)).toMatchObject({ outcome: 'landed' });
  expect(inspectMessage(senml, known)).toMatchObject({
    outcome: 'landed',
    batches: [{ signal: 'plant-1/motor-7/voltage' }],
  });
});
