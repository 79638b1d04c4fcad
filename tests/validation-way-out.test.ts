import { encodeBatch } from '@loadcycle/codecs';
import { samplesTopic, signalKey } from '@loadcycle/contract';
import { LANDING_DEFAULTS } from '@loadcycle/processors/landing/index';
import { expect, onTestFinished, test } from 'vitest';
import { openTestApi } from './api-support.ts';
import { asWriter, batchOf, raw, startOn } from './landing-support.ts';
import { waitFor } from './support/local-process.ts';
import { accountSums } from './validation-support.ts';

const path = { site: 'hall-9', device: 'pump-1', signal: 'inlet' };
const CATALOGUE = `
sites:
  hall-9:
    pump-1:
      inlet: { preset: pressure, unit: kPa, validMax: 600 }
`;

test('in and out of quarantine over HTTP, where signals must be defined before they count', async () => {
  const t = await openTestApi({ autoRegister: false });
  onTestFinished(() => t.close());
  const landing = await startOn(
    { eventLog: t.eventLog, writer: asWriter(t.db) },
    { settings: { ...LANDING_DEFAULTS, autoRegister: false } },
  );
  onTestFinished(() => landing.close());
  // biome-ignore lint/suspicious/noExplicitAny: answers are checked by what they hold
  const call = async (method: string, url: string, body?: unknown): Promise<any> => {
    const type = typeof body === 'string' ? 'application/yaml' : 'application/json';
    const response = await t.call(url, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, ...((await response.json()) as object) };
  };
  const t0Us = (Math.floor(Date.now() / 1000) - 60) * 1e6;
  const batch = (seq: number, unit = 'kPa') =>
    encodeBatch(batchOf(seq, { unit, t0Us: t0Us + seq * 10_000, values: Float64Array.of(101, 102, 700) }));
  const publish = (payload: Uint8Array) =>
    t.eventLog.append([raw(signalKey(path), samplesTopic(path), payload, Date.now() * 1000)]);
  const letters = (query: string) => call('GET', `/v1/dead-letters${query}`);

  for (const payload of [batch(0), batch(1), batch(3), Buffer.from('{"session":1')]) await publish(payload);
  const all = await waitFor('four dead letters', async () => {
    const page = await letters('');
    return page.deadLetters.length === 4 && page;
  });
  expect(all.counts).toEqual([
    { reason: 'message.not-json', held: 1, replayed: 0 },
    { reason: 'signal.unknown', held: 3, replayed: 0 },
  ]);
  const [first] = (await letters('?reason=signal.unknown')).deadLetters;
  const read = await call('GET', `/v1/dead-letters/${first.id}`);
  expect(Buffer.from(read.payload, 'base64')).toEqual(Buffer.from(batch(0)));

  // a file that is wrong names its line; the right one shows what it would do, does it, and does nothing again
  const wrong = await call('POST', '/v1/catalogue', CATALOGUE.replace('unit: kPa', 'unit: V'));
  expect(wrong).toMatchObject({
    status: 422,
    errors: [{ detail: expect.stringMatching(/^line 5, column \d+:/) }],
  });
  expect(await call('POST', '/v1/catalogue?dryRun=true', CATALOGUE)).toMatchObject({
    applied: false,
    created: ['hall-9/pump-1/inlet'],
  });
  expect((await call('POST', '/v1/catalogue', CATALOGUE)).created).toEqual(['hall-9/pump-1/inlet']);
  expect(await call('POST', '/v1/catalogue', CATALOGUE)).toMatchObject({
    created: [],
    changed: [],
    unchanged: ['hall-9/pump-1/inlet'],
  });

  const { mqttTopic: topic, receivedAt, payload } = read;
  const other = { topic: topic.replace('inlet', 'outlet'), receivedAt, payload, encoding: 'base64' };
  expect(await call('POST', '/v1/validate', other)).toMatchObject({
    outcome: 'dead-lettered',
    reason: 'signal.unknown',
  });
  expect(
    await call('POST', '/v1/validate', { topic, receivedAt, payload, encoding: 'base64' }),
  ).toMatchObject({
    outcome: 'landed',
    batches: [{ count: 3, good: 2, bad: 1, firstIssues: [{ value: 700, reason: 'out-of-range' }] }],
  });
  expect(await call('POST', `/v1/dead-letters/${first.id}/replay`)).toMatchObject({ replayed: 1 });
  expect(await call('POST', `/v1/dead-letters/${first.id}/replay`)).toMatchObject({ replayed: 0 });
  expect(await call('POST', '/v1/dead-letters/replay', { reason: 'signal.unknown' })).toMatchObject({
    replayed: 2,
  });
  expect(await call('POST', '/v1/dead-letters/replay', { reason: 'signal.unknown' })).toMatchObject({
    replayed: 0,
  });
  // another unit is never silent
  await publish(batch(4, 'bar'));
  await waitFor(
    'the other unit',
    async () => (await letters('?reason=message.unit-mismatch')).deadLetters[0],
  );

  const iso = (us: number) => new Date(us / 1000).toISOString();
  const url = `/v1/sites/hall-9/devices/pump-1/signals/inlet/completeness?from=${iso(t0Us)}&to=${iso(t0Us + 1e6)}&bucket=20ms`;
  const told = await waitFor('three batches', async () => {
    const c = await call('GET', url);
    return c.total?.batches === 3 && c;
  });
  expect(told.total).toMatchObject({ landed: 9, good: 6, bad: 3, missingBatches: 1 });
  expect(told.holes).toEqual([expect.objectContaining({ fromSeq: 2, toSeq: 2 })]);
  expect(told.buckets.slice(0, 2).map((x: { batches: number }) => x.batches)).toEqual([2, 1]);

  expect(await call('DELETE', '/v1/dead-letters?reason=signal.unknown')).toMatchObject({ purged: 3 });
  expect((await letters('')).counts.map((x: { reason: string }) => x.reason)).toEqual([
    'message.not-json',
    'message.unit-mismatch',
  ]);
  // what is purged stays counted: four, and the other unit
  expect(await accountSums(t.db)).toMatchObject({ received: 8, landed: 3, duplicates: 0, deadLettered: 5 });
});
