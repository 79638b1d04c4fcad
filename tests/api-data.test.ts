import { join } from 'node:path';
import { Credentials } from '@loadcycle/broker-bridge/credentials';
import { encodeBatch } from '@loadcycle/codecs';
import { formatUs, HEADERS, LOG_TOPICS } from '@loadcycle/contract';
import { cycleSettings } from '@loadcycle/contract/cycle-settings';
import { cutCycles, Segmenter, STATE_VERSION } from '@loadcycle/processors/cycles/index';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOf, openTestApi, post, SIGNAL, seed, sumLedger, T0, type TestApi } from './api-support.ts';

let t: TestApi;
beforeAll(async () => {
  t = await openTestApi();
  await seed(t.db);
});
afterAll(() => t.close());

const id = async (device: string, signal: string): Promise<number> => {
  const [row] = await t.db.query<{ id: number }>(
    'SELECT signal_id AS id FROM signal_path WHERE device = $1 AND signal = $2',
    [device, signal],
  );
  return row!.id;
};

describe('definitions of signals', () => {
  const path = '/v1/sites/plant9/devices/press/signals/pressure';
  const put = (body: unknown, headers: Record<string, string> = {}, at = path): Promise<Response> =>
    t.call(at, { ...post(body, 'PUT'), headers: { 'content-type': 'application/json', ...headers } });

  it('are made, changed by version, and refused where they moved', async () => {
    const made = await put({ preset: 'pressure', unit: 'bar', validMax: 10 }, { 'if-none-match': '*' });
    expect(made.status).toBe(201);
    const first = await jsonOf(made);
    expect(first).toMatchObject({
      unit: 'bar',
      version: 1,
      automatic: false,
      definition: { quantity: 'pressure', validMax: 10 },
    });
    const etag = made.headers.get('etag')!;
    expect((await put({ preset: 'pressure', unit: 'bar' }, { 'if-none-match': '*' })).status).toBe(412);
    const changed = await put(
      { preset: 'pressure', unit: 'bar', validMax: 12, stuckAfter: '30s' },
      { 'if-match': etag },
    );
    expect(changed.status).toBe(200);
    expect(await jsonOf(changed)).toMatchObject({
      version: 2,
      definition: { validMax: 12, stuckAfterUs: 30_000_000 },
    });
    const late = await put({ preset: 'pressure', unit: 'bar', validMax: 14 }, { 'if-match': etag });
    expect(late.status).toBe(412);
    expect(await late.json()).toMatchObject({ code: 'request.precondition-failed' });
    const same = await put({ preset: 'pressure', unit: 'bar', validMax: 12, stuckAfter: '30s' });
    expect((await jsonOf(same)).version).toBe(2);
    const read = await t.call(path);
    expect(read.headers.get('etag')).toBe('"v2"');
    expect((await t.call(path, { headers: { 'if-none-match': '"v2"' } })).status).toBe(304);
    const { versions } = await jsonOf(t.call(`${path}/versions`));
    expect(versions).toMatchObject([
      { version: 1, changedBy: 'admin', definition: { validMax: 10 } },
      { version: 2, changedBy: 'admin', definition: { validMax: 12 } },
    ]);
  });

  it('keep the unit of a signal that has data', async () => {
    await t.db.query(
      `INSERT INTO batch (t0, t_end, signal_id, session, seq, count, good, uncertain, bad, received_at)
       VALUES (now(), now(), $1, gen_random_uuid(), 0, 1, 1, 0, 0, now())`,
      [await id('press', 'pressure')],
    );
    const response = await put({ preset: 'pressure', unit: 'kPa' });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'request.conflict' });
  });

  it.each([
    [{}, 422],
    [{ unit: 'bar', validMin: 5, validMax: 1 }, 422],
    [{ preset: 'pressure', validMax: 'much' }, 422],
    [{ preset: 'nothing' }, 422],
    [{ unit: 'bar', colour: 'red' }, 422],
    [[], 422],
    ['text', 422],
  ])('refuse %j', async (body, status) => {
    const response = await put(body);
    expect(response.status).toBe(status);
    expect((await jsonOf(response)).errors.length).toBeGreaterThan(0);
  });

  it('refuse what If-Match can not be, and other sites', async () => {
    expect((await put({ preset: 'pressure', unit: 'bar' }, { 'if-match': 'v2' })).status).toBe(400);
    expect((await put({ preset: 'pressure', unit: 'bar' }, { 'if-none-match': '"v2"' })).status).toBe(400);
    const token = await t.token(['signals:write'], ['plant1']);
    expect((await t.call(path, { ...post({ unit: 'bar' }, 'PUT'), token })).status).toBe(403);
  });

  it('come from a file that can be applied again without effect', async () => {
    const yaml =
      'sites:\n  plant8:\n    fan:\n      speed: {preset: speed, unit: r/min}\n      current: {preset: current}\n';
    const apply = (text: string, query = '', token = t.admin): Promise<Response> =>
      t.call(`/v1/catalogue${query}`, {
        method: 'POST',
        body: text,
        headers: { 'content-type': 'application/yaml' },
        token,
      });
    const dry = await jsonOf(apply(yaml, '?dryRun=true'));
    expect(dry).toMatchObject({ applied: false, created: ['plant8/fan/speed', 'plant8/fan/current'] });
    expect((await t.call('/v1/sites/plant8/devices')).status).toBe(404);
    expect(await jsonOf(apply(yaml))).toMatchObject({ applied: true, changed: [] });
    expect(await jsonOf(apply(yaml))).toMatchObject({
      created: [],
      changed: [],
      unchanged: ['plant8/fan/speed', 'plant8/fan/current'],
    });
    const changed = await jsonOf(
      apply(yaml.replace('preset: current', 'preset: current, validMax: 7'), '?dryRun=true'),
    );
    expect(changed.changed).toMatchObject([
      { signal: 'plant8/fan/current', fields: [{ field: 'validMax', after: 7 }] },
    ]);
    const wrong = await apply('sites:\n  plant8:\n    fan:\n      speed: {preset: nothing}\n');
    expect(wrong.status).toBe(422);
    expect((await jsonOf(wrong)).errors[0].detail).toMatch(/^line 4/);
    const token = await t.token(['signals:write'], ['plant1']);
    expect((await apply(yaml, '', token)).status).toBe(403);
    expect((await apply(yaml, '?dryRun=maybe')).status).toBe(400);
    const presets = await jsonOf(t.call('/v1/presets'));
    expect(Object.keys(presets.presets)).toContain('voltage');
  });

  it('whose conditions look at other signals need grants for those, and say which are not there', async () => {
    const rules = (...others: string[]): Record<string, unknown> => ({
      both: { type: 'condition', all: [{ above: 1 }, ...others.map((signal) => ({ signal, below: 3 }))] },
    });
    const token = await t.token(['signals:write'], ['plant8/press']);
    const apply = async (signals: Record<string, unknown>, query = ''): Promise<Response> =>
      t.call(`/v1/catalogue${query}`, {
        method: 'POST',
        body: JSON.stringify({ sites: { plant8: { press: signals } } }),
        headers: { 'content-type': 'application/yaml' },
        token,
      });
    const oil = { preset: 'pressure', unit: 'bar' };
    const elsewhere = { ...oil, rules: rules('fan/speed') };
    const one = '/v1/sites/plant8/devices/press/signals/oil';
    for (const answer of [
      await apply({ oil: elsewhere }),
      await t.call(one, { ...post(elsewhere, 'PUT'), token }),
    ]) {
      expect(answer.status).toBe(403);
      expect((await jsonOf(answer)).detail).toContain('plant8/fan/speed');
    }
    const signals = { oil: { ...oil, rules: rules('water', 'press/pump', 'later') }, water: oil };
    expect(
      (await t.call('/v1/sites/plant8/devices/press/signals/pump', { ...post(oil, 'PUT'), token })).status,
    ).toBe(201);
    for (const query of ['?dryRun=true', '']) {
      expect((await jsonOf(apply(signals, query))).unknown).toEqual([
        { signal: 'plant8/press/oil', rule: 'both', looksAt: 'plant8/press/later' },
      ]);
    }
  });
});

describe('completeness', () => {
  it('says what is there and exactly what is not', async () => {
    const signal = await id('motor2', 'motor-voltage');
    const session = '01990000-0000-7000-8000-000000000001';
    for (const seq of [0, 1, 4]) {
      await t.db.query(
        `INSERT INTO batch (t0, t_end, signal_id, session, seq, count, good, uncertain, bad, received_at, period)
         VALUES ($1::timestamptz, $2::timestamptz, $3, $4, $5, 100, 97, 2, 1, now(), 1000)`,
        [formatUs(T0 + seq * 100_000), formatUs(T0 + seq * 100_000 + 99_000), signal, session, seq],
      );
    }
    await sumLedger(t.db);
    const path = '/v1/sites/plant1/devices/motor2/signals/motor-voltage/completeness';
    const range = `from=${formatUs(T0)}&to=${formatUs(T0 + 1_000_000)}`;
    const answer = await jsonOf(t.call(`${path}?${range}&bucket=250ms`));
    expect(answer.total).toEqual({
      expected: 500,
      landed: 300,
      good: 291,
      uncertain: 6,
      bad: 3,
      missing: 200,
      deadLettered: 0,
      batches: 3,
      missingBatches: 2,
    });
    expect(answer.holes).toMatchObject([{ session, fromSeq: 2, toSeq: 3, samples: 200 }]);
    expect(answer.buckets).toHaveLength(4);
    expect(answer.buckets.reduce((n: number, b: { landed: number }) => n + b.landed, 0)).toBe(300);
    expect((await jsonOf(t.call(`${path}?${range}`))).buckets).toEqual([]);
    const empty = `from=${formatUs(T0)}&to=${formatUs(T0)}&bucket=1s`;
    expect((await jsonOf(t.call(`${path}?${empty}`))).total.landed).toBe(0);
    expect((await t.call(`${path}?${range}&bucket=1us`)).status).toBe(400);
    expect((await t.call(`${path}?from=-100d&bucket=1s`)).status).toBe(400);
  });
});

describe('dead letters', () => {
  const put = async (n: number, reason: string, payload = 'not json'): Promise<number> => {
    const [row] = await t.db.query<{ id: number }>(
      `INSERT INTO dead_letter (topic, partition, "offset", key, mqtt_topic, content_type, received_at, reason, pointer, detail, payload)
       VALUES ($1, 0, $2, 'plant1/motor1/x', 'loadcycle/v1/plant1/motor1/samples/x', '', now(), $3, '/values', 'wrong', $4) RETURNING id`,
      [LOG_TOPICS.samples, n, reason, new TextEncoder().encode(payload)],
    );
    return row!.id;
  };

  it('are listed, filtered, read byte for byte, replayed once, and purged', async () => {
    const ids = [
      await put(1, 'message.not-json'),
      await put(2, 'message.not-json', '\u00ff\u0000'),
      await put(3, 'message.too-deep'),
    ];
    const page = await jsonOf(t.call('/v1/dead-letters?limit=2'));
    expect(page.deadLetters.map((d: { id: number }) => d.id)).toEqual(ids.slice(0, 2));
    const next = await jsonOf(t.call(`/v1/dead-letters?limit=2&cursor=${page.next}`));
    expect(next.deadLetters.map((d: { id: number }) => d.id)).toEqual(ids.slice(2));
    expect(page.counts).toEqual([
      { reason: 'message.not-json', held: 2, replayed: 0 },
      { reason: 'message.too-deep', held: 1, replayed: 0 },
    ]);
    expect((await jsonOf(t.call('/v1/dead-letters?reason=message.too-deep'))).deadLetters).toHaveLength(1);
    const one = await jsonOf(t.call(`/v1/dead-letters/${ids[1]}`));
    expect(Buffer.from(one.payload, 'base64').toString()).toBe('\u00ff\u0000');
    expect(one).toMatchObject({ reason: 'message.not-json', pointer: '/values', origin: { offset: 2 } });

    const end = async (): Promise<number> =>
      (await t.eventLog.ends([LOG_TOPICS.samples])).reduce((n, e) => n + e.end, 0);
    const before = await end();
    const replay = (path: string, request: RequestInit = { method: 'POST' }) => jsonOf(t.call(path, request));
    expect(await replay(`/v1/dead-letters/${ids[0]}/replay`)).toEqual({ replayed: 1 });
    expect(await replay(`/v1/dead-letters/${ids[0]}/replay`)).toEqual({ replayed: 0 });
    expect(await replay('/v1/dead-letters/replay', post({ reason: 'message.not-json' }))).toEqual({
      replayed: 1,
    });
    expect((await end()) - before).toBe(2);
    expect((await jsonOf(t.call('/v1/dead-letters?state=held'))).deadLetters).toHaveLength(1);

    expect((await t.call(`/v1/dead-letters/${ids[0]}`, { method: 'DELETE' })).status).toBe(204);
    expect((await t.call(`/v1/dead-letters/${ids[0]}`, { method: 'DELETE' })).status).toBe(404);
    expect((await t.call('/v1/dead-letters', { method: 'DELETE' })).status).toBe(400);
    expect(
      await jsonOf(t.call('/v1/dead-letters?before=now&reason=message.not-json', { method: 'DELETE' })),
    ).toEqual({ purged: 1 });
    expect((await jsonOf(t.call('/v1/dead-letters'))).deadLetters).toHaveLength(1);
  });

  it('are sent with another payload and topic in their place; what came is kept', async () => {
    const id = await put(11, 'message.not-json', '{"half');
    const topic = 'loadcycle/v1/plant1/motor1/samples/other';
    const body = { payload: '{"whole":true}', topic };
    expect(await jsonOf(t.call(`/v1/dead-letters/${id}/replay`, post(body)))).toEqual({ replayed: 1 });
    const one = await jsonOf(t.call(`/v1/dead-letters/${id}`));
    expect(one).toMatchObject({ state: 'replayed', replayedBy: 'admin', edited: true, text: '{"half' });
    expect(Buffer.from(one.sent.payload, 'base64').toString()).toBe('{"whole":true}');
    const ends = await t.eventLog.ends([LOG_TOPICS.samples]);
    const records = [];
    for (const { partition, begin, end } of ends) {
      for (let next = begin; next < end; ) {
        const some = await t.eventLog.read({ topic: LOG_TOPICS.samples, partition, next }, 1_000);
        records.push(...some);
        next = some.at(-1)!.offset + 1;
      }
    }
    const sent = records.find((r) => Buffer.from(r.value).toString() === '{"whole":true}');
    expect([sent?.key, sent?.headers[HEADERS.mqttTopic]]).toEqual(['plant1/motor1/other', topic]);
    expect(
      (await t.call(`/v1/dead-letters/${id}/replay`, post({ payload: 'x', topic: 'elsewhere' }))).status,
    ).toBe(422);
    await t.call(`/v1/dead-letters/${id}`, { method: 'DELETE' });
  });

  it.each([
    ['GET', '/v1/dead-letters/0', 404],
    ['GET', '/v1/dead-letters/x', 400],
    ['GET', '/v1/dead-letters?cursor=x', 400],
    ['GET', '/v1/dead-letters?state=lost', 400],
    ['POST', '/v1/dead-letters/999999/replay', 404],
    ['POST', '/v1/dead-letters/replay', 415],
  ])('refuse %s %s', async (method, path, status) => {
    expect((await t.call(path, { method })).status).toBe(status);
  });

  it('are for administrators of everything only', async () => {
    const token = await t.token(['admin'], ['plant1']);
    expect((await t.call('/v1/dead-letters', { token })).status).toBe(403);
  });
});

describe('anomalies', () => {
  it('are listed within the grants, filtered, and acknowledged once', async () => {
    const [voltage, pump] = [await id('motor1', 'motor-voltage'), await id('pump1', 'current')];
    for (const [signal, kind, minutes, state] of [
      [voltage, 'outlier', 5, 'open'],
      [voltage, 'limit', 4, 'closed'],
      [pump, 'outlier', 3, 'open'],
      [voltage, 'regime', 2, 'withdrawn'],
      [voltage, 'no-data', 3000, 'closed'],
    ] as const) {
      await t.db.query(
        `INSERT INTO anomaly (signal_id, kind, metric, since, until, state, value, expected, score)
         VALUES ($1, $2, $3, now() - make_interval(mins => $4), CASE WHEN $5 = 'open' THEN NULL ELSE now() - make_interval(mins => $4 - 1) END, $5, 0.2, 0.1, 9)`,
        [signal, kind, kind === 'no-data' ? '' : 'riseTimeS', minutes, state],
      );
    }
    const list = async (
      query = '',
      token = t.admin,
    ): Promise<{ kind: string; id: number; signal: string }[]> =>
      (await jsonOf(t.call(`/v1/anomalies${query}`, { token }))).anomalies;
    expect((await list()).map((a) => a.kind)).toEqual(['outlier', 'limit', 'outlier']);
    expect((await list('?from=-30d')).map((a) => a.kind)).toEqual(['outlier', 'limit', 'outlier', 'no-data']);
    expect((await list('?state=withdrawn')).map((a) => a.kind)).toEqual(['regime']);
    expect(await list('?state=open&kind=outlier&site=plant1')).toHaveLength(1);
    const token = await t.token(['anomalies:write'], ['plant2']);
    expect((await list('', token)).map((a) => a.signal)).toEqual(['current']);
    const pages: string[] = [];
    let next: string | null = null;
    do {
      const page = await jsonOf(
        t.call(`/v1/anomalies?from=-30d&limit=1${next === null ? '' : `&cursor=${next}`}`),
      );
      pages.push(...page.anomalies.map((a: { kind: string }) => a.kind));
      next = page.next;
    } while (next !== null);
    expect(pages).toEqual(['outlier', 'limit', 'outlier', 'no-data']);

    const [first] = await list('?kind=limit');
    const path = `/v1/anomalies/${first!.id}`;
    expect((await t.call(`${path}/acknowledge`, { method: 'POST', token })).status).toBe(404);
    const known = await jsonOf(t.call(`${path}/acknowledge`, post({ note: 'the belt was changed' })));
    expect(known).toMatchObject({ acknowledgedBy: 'admin', note: 'the belt was changed' });
    const other = await t.token(['anomalies:write'], ['*']);
    const again = await jsonOf(t.call(`${path}/acknowledge`, { method: 'POST', token: other }));
    expect(again).toEqual(known);
    expect(await list('?acknowledged=true')).toHaveLength(1);
    expect((await t.call('/v1/anomalies/0')).status).toBe(404);
    expect((await t.call(path, { token })).status).toBe(404);
    const [open] = await list('?state=open&kind=outlier&site=plant1');
    const accept = `/v1/anomalies/${open!.id}/accept`;
    expect((await t.call(accept, { method: 'POST', token })).status).toBe(404);
    expect(await jsonOf(t.call(accept, post({ note: 'a new tool' })))).toMatchObject({
      ...{
        state: 'open',
        acceptedBy: 'admin',
        acknowledgedBy: 'admin',
        note: 'a new tool',
        closedReason: null,
      },
    });
    // a limit is the definition's, and what is over is over
    expect((await t.call(`${path}/accept`, { method: 'POST' })).status).toBe(409);
    await t.db.query("UPDATE anomaly SET state = 'open', until = NULL WHERE kind = 'limit'");
    expect(await jsonOf(t.call(`${path}/accept`, { method: 'POST' }))).toMatchObject({
      ...{ status: 409, hint: expect.stringContaining('anomalies.limits.riseTimeS') },
    });
    const reader = await t.token(['cycles:read'], ['*']);
    expect((await t.call(`${path}/acknowledge`, { method: 'POST', token: reader })).status).toBe(403);
  });
});

describe("a device's credentials at the broker", () => {
  it('come from the API where the deployment keeps them there', async () => {
    const path = '/v1/sites/plant1/devices/motor1/credentials';
    expect((await t.call(path, { method: 'PUT' })).status).toBe(409);
    const credentials = new Credentials(join(t.folder, 'mqtt-users.json'));
    const u = await openTestApi({ deviceCredentials: credentials });
    const first = await jsonOf(u.call(path, { method: 'PUT' }));
    expect(first.username).toBe('plant1/motor1');
    expect(await credentials.verify(first.username, first.password)).toBe(true);
    const second = await jsonOf(u.call(path, { method: 'PUT' }));
    expect(await credentials.verify(first.username, first.password)).toBe(false);
    expect(await credentials.verify(first.username, second.password)).toBe(true);
    expect((await u.call(path, { method: 'DELETE' })).status).toBe(204);
    expect((await u.call(path, { method: 'DELETE' })).status).toBe(404);
    const token = await u.token(['admin'], ['plant2']);
    expect((await u.call(path, { method: 'PUT', token })).status).toBe(403);
    await u.close();
  });
});

describe('POST /v1/validate', () => {
  const topic = 'loadcycle/v1/plant1/motor1/samples/motor-voltage';
  const batch = {
    session: '01990000-0000-7000-8000-000000000000',
    seq: 0,
    unit: 'V',
    t0: T0,
    dt: 1000,
    values: [1, null, 2],
  };
  const validate = (body: unknown, token?: string): Promise<Response> =>
    t.call('/v1/validate', token === undefined ? post(body) : { ...post(body), token });

  it('says what would happen, by the functions that landing runs', async () => {
    const good = await jsonOf(validate({ topic, payload: batch, receivedAt: formatUs(T0 + 10_000) }));
    expect(good).toMatchObject({
      outcome: 'landed',
      batches: [{ count: 3, good: 2, bad: 1, firstIssues: [{ index: 1, reason: 'missing' }] }],
    });
    const wrong = await jsonOf(validate({ topic, payload: { ...batch, values: [1, 'x'] } }));
    expect(wrong).toMatchObject({
      outcome: 'dead-lettered',
      reason: 'message.invalid-field',
      pointer: '/values/1',
    });
    const text = await jsonOf(validate({ topic, payload: '{"session":', encoding: 'utf8' }));
    expect(text).toMatchObject({ outcome: 'dead-lettered', reason: 'message.not-json' });
    const unit = await jsonOf(validate({ topic, payload: { ...batch, unit: 'A' } }));
    expect(unit).toMatchObject({ outcome: 'dead-lettered', reason: 'message.unit-mismatch' });
    const bytes = encodeBatch({
      session: batch.session,
      seq: 0,
      unit: 'V',
      t0Us: T0,
      dtUs: 1000,
      offsetsUs: null,
      values: Float64Array.of(1),
    });
    const coded = await jsonOf(
      validate({ topic, payload: Buffer.from(bytes).toString('base64'), encoding: 'base64' }),
    );
    expect(coded.batches[0].count).toBe(1);
    const fresh = await jsonOf(validate({ topic: topic.replace('motor-voltage', 'new'), payload: batch }));
    expect(fresh).toMatchObject({ outcome: 'registered' });
  });

  it('refuses other sites, and what is no request', async () => {
    const token = await t.token(['signals:write'], ['plant2']);
    expect((await validate({ topic, payload: batch }, token)).status).toBe(403);
    expect((await validate({ topic })).status).toBe(422);
    expect((await validate({ topic, payload: batch, receivedAt: 'soon' })).status).toBe(422);
    expect((await jsonOf(validate({ topic: 'nonsense', payload: '' }))).reason).toBe('message.unknown-topic');
  });
});

describe('jobs', () => {
  const body = { signals: ['plant1/motor1/motor-voltage'], from: formatUs(T0), to: formatUs(T0 + 1_000_000) };

  it('are asked for and show their progress', async () => {
    const response = await t.call('/v1/reprocess', post({ ...body, settings: { minStep: 5 } }));
    expect(response.status).toBe(202);
    const location = response.headers.get('location')!;
    expect(await jsonOf(t.call(location))).toMatchObject({
      state: 'running',
      progress: 0,
      jobs: [{ signal: body.signals[0], kind: 'reprocess', state: 'waiting' }],
    });
    await t.db.query(`UPDATE repair SET state = 'running', done_to = from_ts + (to_ts - from_ts) / 2`);
    expect((await jsonOf(t.call(location))).progress).toBeCloseTo(0.5, 3);
    await t.db.query(`UPDATE repair SET state = 'done', cycles_changed = 7`);
    expect(await jsonOf(t.call(location))).toMatchObject({
      state: 'done',
      progress: 1,
      jobs: [{ changed: 7 }],
    });
    const again = await t.call('/v1/revalidate', post(body));
    expect(again.status).toBe(202);
    expect((await jsonOf(again)).jobs[0].kind).toBe('revalidation');
    const token = await t.token(['cycles:read'], ['plant2']);
    expect((await t.call(location, { token })).status).toBe(404);
  });

  it.each([
    [{ ...body, signals: [] }, 422],
    [{ ...body, signals: ['plant1/motor1/nothing'] }, 404],
    [{ ...body, to: body.from }, 422],
    [{ ...body, from: 'x' }, 422],
    [{ ...body, settings: { minStep: -1 } }, 422],
    [{ ...body, settings: { nothing: 1 } }, 422],
  ])('refuse %j', async (wrong, status) => {
    expect((await t.call('/v1/reprocess', post(wrong))).status).toBe(status);
  });
});

describe('analysis', () => {
  const values = Array.from(
    { length: 20_000 },
    (_, i) => (i % 1000 < 400 ? 270 : 230) + Math.sin(i * 1.7) * 0.4,
  );
  const samples = { t0: T0, dt: 1000, unit: 'V', values, settings: { levels: { base: 230, load: 270 } } };
  const analyse = (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    t.call('/v1/analysis/cycles', {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });

  it('cuts what is sent, as the pipeline would', async () => {
    const { cycles, units } = await jsonOf(analyse(samples));
    const expected = cutCycles(
      { t0Us: T0, dtUs: 1000, offsetsUs: null, values: Float64Array.from(values) },
      samples.settings,
    );
    expect(expected.length).toBeGreaterThan(10);
    expect(cycles.map((c: { startedAt: string; periodS: number }) => [c.startedAt, c.periodS])).toEqual(
      expected.map((c) => [formatUs(c.startedAtUs), c.periodS]),
    );
    expect(units.baseLevel).toBe('V');
    const csv = await (await analyse(samples, { accept: 'text/csv' })).text();
    expect(csv.trimEnd().split('\n')).toHaveLength(expected.length + 1);
    const text = `t,value\n${values.map((v, i) => `${T0 + i * 1000},${v}`).join('\n')}\n`;
    const sent = await t.call('/v1/analysis/cycles', {
      method: 'POST',
      body: text,
      headers: { 'content-type': 'text/csv' },
    });
    expect(sent.status).toBe(200);
  });

  it('gives the cycle under way where it is asked for', async () => {
    expect(await jsonOf(analyse(samples))).not.toHaveProperty('open');
    const { cycles, open } = await jsonOf(analyse({ ...samples, includeOpen: true }));
    expect(open).toMatchObject({ endedAt: null, complete: false, periodS: null, dutyCycle: null });
    expect(open.startedAt).toBe(cycles.at(-1).endedAt);
    expect(open.pulseWidthS).toBeCloseTo(0.4, 3);
    expect(open.asOf).toBe(formatUs(T0 + 19_999_000));
    expect(open.sampleCount).toBe(1000);
    expect(open.topLevel).toBeCloseTo(270, 0);
    const quiet = { ...samples, values: values.map(() => 230), includeOpen: true };
    expect((await jsonOf(analyse(quiet))).open).toBeNull();
  });

  it('gives the cycle under way of a signal where it is asked for, if it began in the range', async () => {
    const settings = cycleSettings(samples.settings);
    const segmenter = new Segmenter(settings);
    segmenter.push({ t0Us: T0, dtUs: 1000, offsetsUs: null, values: Float64Array.from(values) });
    await t.db.query(
      `INSERT INTO segmenter_state (signal_id, state, format, settings_version, extra) VALUES ($1, $2, $3, 1, $4::jsonb)`,
      [
        await id('motor1', 'motor-voltage'),
        segmenter.snapshot(),
        STATE_VERSION,
        JSON.stringify({ settings: JSON.stringify(settings) }),
      ],
    );
    const { openSinceUs } = segmenter;
    const ask = (query: string) => jsonOf(t.call(`${SIGNAL}/cycles?from=${formatUs(T0)}&${query}`));
    const to = formatUs(T0 + 60_000_000);
    expect(await ask(`to=${to}&limit=2`)).not.toHaveProperty('open');
    const { cycles, open } = await ask(`to=${to}&limit=2&includeOpen=true`);
    expect(cycles).toHaveLength(2);
    expect(open).toMatchObject({
      startedAt: formatUs(openSinceUs as number),
      endedAt: null,
      complete: false,
    });
    expect(open.topLevel).toBeCloseTo(270, 0);
    expect((await ask(`to=${formatUs(T0 + 1_000_000)}&includeOpen=true`)).open).toBeNull();
  });

  it('measures between boundaries that are sent', async () => {
    const { cycles } = await jsonOf(analyse(samples));
    const boundaries = cycles.slice(2, 5).map((c: Record<string, string>) => ({
      startedAt: c['startedAt'],
      offsetAt: c['offsetAt'],
      endedAt: c['endedAt'],
    }));
    const response = await t.call('/v1/analysis/metrics', post({ ...samples, boundaries }));
    expect(response.status).toBe(200);
    const measured = (await jsonOf(response)).cycles;
    expect(measured).toHaveLength(3);
    expect(measured[0].mean).toBeCloseTo(cycles[2].mean, 3);
    const reversed = [{ startedAt: T0 + 10, endedAt: T0 }];
    expect((await t.call('/v1/analysis/metrics', post({ ...samples, boundaries: reversed }))).status).toBe(
      422,
    );
  });

  it.each([
    [{ ...samples, values: [] }, '/values'],
    [{ ...samples, values: ['x'] }, '/values/0'],
    [{ ...samples, offsets: [1] }, '/dt'],
    [{ t0: T0, offsets: [0, 0], values: [1, 2] }, '/offsets/1'],
    [{ t0: T0, offsets: [0], values: [1, 2] }, '/offsets'],
    [{ ...samples, t0: -1 }, '/t0'],
    [{ ...samples, settings: { levels: { base: 1, load: 1 } } }, '/settings/levels'],
  ])('refuses %#', async (body, pointer) => {
    const response = await analyse(body);
    expect(response.status).toBe(422);
    expect((await jsonOf(response)).errors[0].pointer).toBe(pointer);
  });

  it('refuses CSV that is none', async () => {
    for (const text of ['', 't,value\n', 'a,b\nx,y\n', '1,2,3,4,5\n']) {
      const response = await t.call('/v1/analysis/cycles', {
        method: 'POST',
        body: text,
        headers: { 'content-type': 'text/csv' },
      });
      expect([text, response.status]).toEqual([text, 422]);
    }
    expect((await t.call(`${SIGNAL}/samples`, { method: 'POST' })).status).toBe(405);
  });
});
