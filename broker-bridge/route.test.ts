import { CONTENT_TYPE } from '@loadcycle/contract';
import { expect, test } from 'vitest';
import { filtersOf } from './bridge.ts';
import { routeTopic, withContentType } from './route.ts';

test('samples go to their signal, with a receipt for our own codec only', () => {
  const device = { site: 'hall-1', device: 'press_2' };
  expect(routeTopic('loadcycle/v1/hall-1/press_2/samples/voltage')).toEqual({
    to: 'samples',
    key: 'hall-1/press_2/voltage',
    contentType: CONTENT_TYPE.batch,
    receipt: { device, signal: 'voltage' },
  });
  expect(routeTopic('loadcycle/v1/hall-1/press_2/samples/voltage/senml')).toEqual({
    to: 'samples',
    key: 'hall-1/press_2/voltage',
    contentType: CONTENT_TYPE.senml,
    receipt: null,
  });
});

test('a status goes to its device', () => {
  expect(routeTopic('loadcycle/v1/hall-1/press_2/status')).toEqual({ to: 'status', key: 'hall-1/press_2' });
});

test.each([
  ['loadcycle/v1/Hall/press/samples/voltage', 'message.unknown-topic'],
  ['loadcycle/v1/hall/press/samples', 'message.unknown-topic'],
  ['loadcycle/v1/hall/press/samples/voltage/senml/more', 'message.unknown-topic'],
  ['loadcycle/v1/hall/press/samples/voltage/cbor', 'message.unsupported-content-type'],
  ['loadcycle/v1/hall/press/receipts', 'message.unknown-topic'],
  ['somewhere/else', 'message.unknown-topic'],
  ['spBv1.0/group/NDATA', 'message.unknown-topic'],
  ['spBv1.0/group/XDATA/node', 'message.unknown-topic'],
])('%s is a dead letter: %s', (topic, code) => {
  expect(routeTopic(topic)).toMatchObject({ to: 'dead-letters', code });
});

test('Sparkplug is kept by edge node, so that its order holds; commands and host state are not ours', () => {
  for (const topic of ['spBv1.0/G 1/NBIRTH/node', 'spBv1.0/G 1/DDATA/node/device']) {
    expect(routeTopic(topic)).toMatchObject({
      to: 'samples',
      key: 'spb/G 1/node',
      contentType: CONTENT_TYPE.sparkplug,
      receipt: null,
    });
  }
  expect(routeTopic('spBv1.0/G 1/NCMD/node')).toEqual({ to: 'nowhere' });
  expect(routeTopic('spBv1.0/STATE/host')).toEqual({ to: 'nowhere' });
});

test('an MQTT 5 content type chooses the codec where the topic does not', () => {
  const plain = routeTopic('loadcycle/v1/s/d/samples/v');
  expect(withContentType(plain, CONTENT_TYPE.senml)).toMatchObject({
    contentType: CONTENT_TYPE.senml,
    receipt: null,
  });
  expect(withContentType(plain, 'text/plain')).toBe(plain);
  const senml = routeTopic('loadcycle/v1/s/d/samples/v/senml');
  expect(withContentType(senml, CONTENT_TYPE.batch)).toBe(senml);
});

test('samples are shared among connections, statuses and Sparkplug are not', () => {
  const samples = '$share/bridge/loadcycle/v1/+/+/samples/#';
  expect(filtersOf(0, 'bridge', true)).toEqual([samples, 'loadcycle/v1/+/+/status', 'spBv1.0/#']);
  expect(filtersOf(1, 'bridge', true)).toEqual([samples]);
  expect(filtersOf(0, null, false)).toEqual(['loadcycle/v1/+/+/samples/#', 'loadcycle/v1/+/+/status']);
});
