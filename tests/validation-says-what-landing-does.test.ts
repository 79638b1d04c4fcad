import { encodeBatch } from '@loadcycle/codecs';
import { CONTENT_TYPE, parseTopic, SignalDefinition, signalKey } from '@loadcycle/contract';
import { applyCatalogue } from '@loadcycle/processors/catalogue/index';
import { replayDeadLetters } from '@loadcycle/processors/replay';
import sparkplug from 'sparkplug-payload';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonOf, openTestApi, post, type TestApi } from './api-support.ts';
import { jsonBatch, mutate, NOW_US, senmlPack } from './fuzz-messages.ts';
import { Random } from './fuzz-random.ts';
import { asWriter, batchOf, caughtUp, raw, startOn, T0, until } from './landing-support.ts';

let t: TestApi;
beforeAll(async () => void (t = await openTestApi()));
afterAll(() => t.close());

interface Said {
  outcome: string;
  reason?: string;
  pointer?: string;
  batches: {
    signal: string;
    session: string;
    seq: number;
    count: number;
    good: number;
    uncertain: number;
    bad: number;
  }[];
}

const ask = async (topic: string, payload: Uint8Array, receivedAtUs: number, more = {}): Promise<Said> => {
  const body = {
    topic,
    payload: Buffer.from(payload).toString('base64'),
    encoding: 'base64',
    receivedAt: new Date(receivedAtUs / 1000).toISOString(),
    ...more,
  };
  const response = await t.call('/v1/validate', post(body));
  expect(response.status).toBe(200);
  return await jsonOf(response);
};

test('POST /v1/validate says of each message what landing then does with it', async () => {
  const r = new Random(11);
  const topics = Array.from({ length: 250 }, (_, i) => ({ name: `s${i}`, device: `motor-${i}` }));
  await applyCatalogue(
    t.db,
    topics.slice(0, 150).map(({ name, device }) => ({
      path: { site: 'plant-1', device, signal: name },
      definition: SignalDefinition.parse({
        unit: 'V',
        validMin: -50,
        validMax: 5000,
        maxRatePerS: 1e5,
        stuckAfterUs: 5000,
      }),
    })),
    'the test',
  );
  const said = [];
  for (const { name, device } of topics) {
    const senml = r.chance(0.25);
    let payload = senml ? senmlPack(r) : jsonBatch(r);
    if (r.chance(0.1)) payload = mutate(r, payload);
    const topic = `loadcycle/v1/plant-1/${device}/samples/${name}${senml ? '/senml' : ''}`;
    said.push({ topic, payload, said: await ask(topic, payload, NOW_US) });
  }
  const start = (await t.eventLog.ends(['loadcycle.samples'])).length;
  expect(start).toBeGreaterThan(0);
  await t.eventLog.append(
    said.map(({ topic, payload }) => {
      const parsed = parseTopic(topic);
      if (parsed?.kind !== 'samples') throw new Error(topic);
      return raw(signalKey(parsed), topic, payload, NOW_US);
    }),
  );
  const landing = await startOn({ eventLog: t.eventLog, writer: asWriter(t.db) });
  await caughtUp(t, 'landing');
  await landing.close();

  const letters = await t.db.query<{ topic: string; reason: string; pointer: string | null }>(
    'SELECT mqtt_topic AS topic, reason, pointer FROM dead_letter',
  );
  const batches = await t.db.query<Said['batches'][number] & { device: string }>(
    `SELECT p.device, p.site || '/' || p.device || '/' || p.signal AS signal, b.session, b.seq, b.count, b.good, b.uncertain, b.bad
     FROM batch b JOIN signal_path p USING (signal_id)`,
  );
  const byName = (a: { signal: string; session: string }, b: { signal: string; session: string }): number =>
    `${a.signal} ${a.session}` < `${b.signal} ${b.session}` ? -1 : 1;
  for (const { topic, said: s } of said) {
    const [, , , device] = topic.split('/');
    const letter = letters
      .filter((l) => l.topic === topic)
      .map(({ reason, pointer }) => ({ reason, pointer }));
    const dead = s.outcome === 'dead-lettered';
    expect([topic, letter]).toEqual([topic, dead ? [{ reason: s.reason, pointer: s.pointer }] : []]);
    expect(batches.filter((b) => b.device === device).sort(byName)).toEqual(
      s.batches
        .map(({ signal, session, seq, count, good, uncertain, bad }) => {
          return { device, signal, session, seq, count, good, uncertain, bad };
        })
        .sort(byName),
    );
  }
  const outcomes = Map.groupBy(said, (x) => x.said.outcome);
  for (const outcome of ['landed', 'registered', 'dead-lettered']) {
    expect([outcome, outcomes.get(outcome)?.length ?? 0]).toEqual([
      outcome,
      expect.toSatisfy((n: number) => n > 10),
    ]);
  }
});

test('what came before counts: the seam of two batches, the births of a node, a dead letter that is to be replayed', async () => {
  const path = { site: 'plant-1', device: 'seam', signal: 'voltage' };
  const definition = SignalDefinition.parse({ unit: 'V', maxRatePerS: 2_000 });
  await applyCatalogue(t.db, [{ path, definition }], 'the test');
  const topic = 'loadcycle/v1/plant-1/seam/samples/voltage';
  const [first, second] = [0, 1].map((seq) =>
    encodeBatch(batchOf(seq, { values: Float64Array.from({ length: 10 }, () => 100 * seq) })),
  );
  const landing = await startOn({ eventLog: t.eventLog, writer: asWriter(t.db) });
  await t.eventLog.append([raw(signalKey(path), topic, first!, T0 + 1e6)]);
  await caughtUp(t, 'landing');
  expect(await ask(topic, second!, T0 + 1e6)).toMatchObject({ batches: [{ good: 9, uncertain: 1 }] });
  await t.eventLog.append([raw(signalKey(path), topic, second!, T0 + 1e6)]);
  await caughtUp(t, 'landing');
  expect(
    await t.db.query(
      `SELECT b.good, b.uncertain FROM batch b JOIN signal_path p USING (signal_id) WHERE p.device = 'seam' AND seq = 1`,
    ),
  ).toEqual([{ good: 9, uncertain: 1 }]);

  const { encodePayload } = sparkplug.get('spBv1.0')!;
  const of = (seq: number, metrics: object[]): Uint8Array =>
    encodePayload({ timestamp: T0 / 1000, seq, metrics } as Parameters<typeof encodePayload>[0]);
  const value = (v: number) => ({ name: 'supply', type: 'Double', value: v, timestamp: T0 / 1000 + v });
  const node = (type: string) => `spBv1.0/plant-1/${type}/gw9`;
  const send = (type: string, payload: Uint8Array) =>
    t.eventLog.append([
      raw('spb/plant-1/gw9', node(type), payload, T0 + 1e6, { 'content-type': CONTENT_TYPE.sparkplug }),
    ]);
  const birth = of(0, [{ name: 'bdSeq', type: 'Int64', value: 1 }, value(1)]);
  expect(await ask(node('NDATA'), of(1, [value(2)]), T0 + 1e6)).toMatchObject({
    reason: 'sparkplug.no-birth',
  });
  expect(await ask(node('NBIRTH'), birth, T0 + 1e6)).toMatchObject({ outcome: 'registered' });
  await send('NBIRTH', birth);
  await caughtUp(t, 'landing');
  expect(await ask(node('NDATA'), of(1, [value(2)]), T0 + 1e6)).toMatchObject({
    outcome: 'landed',
    batches: [{ signal: 'plant-1/gw9/supply', count: 1 }],
  });
  const gap = of(5, [value(3)]);
  expect(await ask(node('NDATA'), gap, T0 + 1e6)).toMatchObject({ reason: 'sparkplug.sequence-gap' });
  await send('NDATA', gap);
  await caughtUp(t, 'landing');
  // what the way out would do, before it is taken
  expect(await ask(node('NDATA'), gap, T0 + 1e6, { replayed: true })).toMatchObject({
    outcome: 'landed',
    batches: [{ signal: 'plant-1/gw9/supply', count: 1 }],
  });
  await replayDeadLetters(t.db, t.eventLog, { reason: 'sparkplug.sequence-gap' });
  await until(
    () =>
      t.db.query<{ v: number }>(
        `SELECT value AS v FROM sample JOIN signal_path USING (signal_id) WHERE device = 'gw9' ORDER BY ts`,
      ),
    (rows) => rows.map((x) => x.v).join() === '1,3',
  );
  await landing.close();
});

test('nobody is told of what another plant knows', async () => {
  const token = await t.token(['samples:read'], ['plant-2']);
  const payload = Buffer.from('{}').toString('base64');
  for (const topic of ['spBv1.0/plant-1/NDATA/gw9', 'loadcycle/v1/plant-1/seam/samples/voltage']) {
    const response = await t.call('/v1/validate', { ...post({ topic, payload, encoding: 'base64' }), token });
    expect(response.status).toBe(403);
  }
});
