import { ERROR_CODES, formatUs } from '@loadcycle/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, SIGNAL, seed, T0, type TestApi } from './api-support.ts';

let t: TestApi;
beforeAll(async () => {
  t = await openTestApi();
  await seed(t.db);
});
afterAll(() => t.close());

const at = (us: number): string => encodeURIComponent(formatUs(us));
const range = (from: number, to: number): string => `from=${at(from)}&to=${at(to)}`;
// biome-ignore lint/suspicious/noExplicitAny: answers are checked by what they hold
const get = async (path: string): Promise<any> => {
  const response = await t.call(path);
  expect(response.status, await response.clone().text()).toBe(200);
  return response.json();
};

describe('catalogue', () => {
  it('lists sites, devices and signals', async () => {
    expect(await get('/v1/sites')).toEqual({
      sites: [
        { site: 'plant1', devices: 2, online: 0 },
        { site: 'plant2', devices: 1, online: 0 },
      ],
    });
    const { devices } = await get('/v1/sites/plant1/devices');
    expect(devices.map((d: { device: string }) => d.device)).toEqual(['motor1', 'motor2']);
    const { signals } = await get('/v1/sites/plant1/devices/motor1/signals');
    expect(signals.map((s: { signal: string; unit: string }) => [s.signal, s.unit])).toEqual([
      ['current', 'A'],
      ['motor-voltage', 'V'],
    ]);
  });

  it.each([
    '/v1/sites/nowhere/devices',
    '/v1/sites/plant1/devices/nothing/signals',
    '/v1/sites/plant1/devices/nothing',
    `/v1/sites/plant1/devices/motor1/signals/nothing/samples`,
    `/v1/sites/plant2/devices/motor1/signals/motor-voltage/cycles`,
  ])('answers 404 for what is not there: %s', async (path) => {
    const response = await t.call(path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      type: '/problems/request.not-found',
      code: 'request.not-found',
    });
  });

  it.each([
    ['/v1/sites/plnat1/devices', 'did you mean plant1'],
    ['/v1/sites/plant1/devices/motro1', 'did you mean plant1/motor1'],
    [
      '/v1/sites/plant1/devices/motor1/signals/motor-votlage/cycles',
      'did you mean plant1/motor1/motor-voltage?',
    ],
    ['/v1/sites/plant1/devices/motor1/signals/x', 'plant1/motor1 has: current, motor-voltage'],
    ['/problems/request.notfound', 'did you mean request.not-found'],
  ])('names what may have been meant: %s', async (path, hint) => {
    const { hint: told } = (await (await t.call(path)).json()) as { hint: string };
    expect(told).toContain(hint);
  });

  it('names nothing that the grants do not reach', async () => {
    const one = await t.token(['samples:read'], ['plant1/motro1']);
    const answer = await t.call('/v1/sites/plant1/devices/motro1', { token: one });
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain('motor1');
  });

  it('explains every code', async () => {
    for (const code of Object.keys(ERROR_CODES)) {
      const { meaning, next } = await get(`/problems/${code}`);
      expect([meaning, next], code).toEqual([expect.stringMatching(/\.$/), expect.stringMatching(/\.$/)]);
    }
  });

  it.each([
    '/v1/sites/Plant1/devices',
    '/v1/sites/%F0%9F%98%80/devices',
    `/v1/sites/${'a'.repeat(65)}/devices`,
  ])('answers 400 for what is no name: %s', async (path) => {
    const response = await t.call(path);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ parameter: 'site' }] });
  });

  it('gives an entity tag, and 304 to who has it', async () => {
    const first = await t.call('/v1/sites');
    const etag = first.headers.get('etag')!;
    const again = await t.call('/v1/sites', { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    const other = await t.call('/v1/sites', { headers: { 'if-none-match': 'W/"other"' } });
    expect(other.status).toBe(200);
  });
});

describe('samples', () => {
  it('come with their time to the microsecond, from inclusive, to exclusive', async () => {
    const answer = await get(`${SIGNAL}/samples?${range(T0, T0 + 3000)}`);
    expect(answer.signal).toEqual({
      site: 'plant1',
      device: 'motor1',
      signal: 'motor-voltage',
      quantity: 'motor-voltage',
      unit: 'V',
    });
    expect(answer.samples).toEqual([
      { t: '2026-11-24T10:00:00.000007Z', value: 230, quality: 'good' },
      { t: '2026-11-24T10:00:00.001007Z', value: 230 + Math.sin(1), quality: 'good' },
      { t: '2026-11-24T10:00:00.002007Z', value: 230 + Math.sin(2), quality: 'good' },
    ]);
    expect(answer.next).toBeNull();
    expect((await get(`${SIGNAL}/samples?${range(T0 + 1, T0 + 1000)}`)).samples).toEqual([]);
    expect((await get(`${SIGNAL}/samples?${range(T0 + 1000, T0 + 1001)}`)).samples).toHaveLength(1);
  });

  it('tell their quality and why', async () => {
    const { samples } = await get(`${SIGNAL}/samples?${range(T0 + 500_000, T0 + 502_000)}`);
    expect(samples[0]).toEqual({ t: formatUs(T0 + 500_000), value: null, quality: 'bad', reason: 'missing' });
    expect(samples[1]).toMatchObject({ quality: 'uncertain', reason: 'rate-of-change' });
    const whole = range(T0, T0 + 10_000_000);
    const bad = await get(`${SIGNAL}/samples?${whole}&quality=bad&quality=uncertain`);
    expect(bad.samples).toHaveLength(20);
  });

  it('come in pages that together are the whole, whatever the size', async () => {
    const whole = await get(`${SIGNAL}/samples?${range(T0, T0 + 1_000_000)}&limit=1000`);
    expect(whole.samples).toHaveLength(1000);
    const paged: unknown[] = [];
    let cursor = '';
    do {
      const page = await get(`${SIGNAL}/samples?${range(T0, T0 + 1_000_000)}&limit=333${cursor}`);
      paged.push(...page.samples);
      cursor = page.next === null ? '' : `&cursor=${page.next}`;
    } while (cursor !== '');
    expect(paged).toEqual(whole.samples);
  });

  it('have pages that stay right among rows of one time, and while data arrive', async () => {
    const [row] = await t.db.query<{ id: number }>(
      `SELECT signal_id AS id FROM signal_path WHERE device = 'motor2' AND signal = 'current'`,
    );
    const insert = (us: number, value: number): Promise<unknown> =>
      t.db.query(
        `INSERT INTO sample VALUES (timestamptz 'epoch' + interval '1 microsecond' * $1::bigint, $2, $3, 0)`,
        [us, row!.id, value],
      );
    for (const value of [1, 2, 2, 3, 4]) await insert(T0, value);
    await insert(T0 + 1, 5);
    const path = `/v1/sites/plant1/devices/motor2/signals/current/samples?${range(T0 - 10, T0 + 10)}&limit=2`;
    const values: number[] = [];
    let page = await get(path);
    for (let i = 0; ; i++) {
      values.push(...page.samples.map((s: { value: number }) => s.value));
      if (page.next === null) break;
      // late rows before the cursor are not for this reader, rows behind it are
      if (i === 0) await insert(T0 - 5, 99);
      if (i === 1) await insert(T0 + 2, 6);
      page = await get(`${path}&cursor=${page.next}`);
    }
    expect(values).toEqual([1, 2, 2, 3, 4, 5, 6]);
  });

  it('understand durations, now and time zones', async () => {
    const relative = await get(`${SIGNAL}/samples?from=-15m&to=now`);
    expect(relative.samples).toEqual([]);
    // Berlin is an hour ahead of UTC in November
    const zoned = await get(
      `${SIGNAL}/samples?from=2026-11-24T11:00:00&to=2026-11-24T11:00:00.002&tz=Europe/Berlin`,
    );
    expect(zoned.samples).toHaveLength(2);
    const plus = await get(
      `${SIGNAL}/samples?from=2026-11-24T11:00:00%2B01:00&to=2026-11-24T11:00:00.002%2B01:00`,
    );
    expect(plus.samples).toHaveLength(2);
  });

  it('take an empty range as empty and far times as they are', async () => {
    expect((await get(`${SIGNAL}/samples?${range(T0, T0)}`)).samples).toEqual([]);
    const { samples } = await get(
      `${SIGNAL}/samples?from=0001-01-01&to=9999-12-31T23:59:59Z&limit=1`.replace(
        '0001-01-01',
        '0001-01-01T00:00:00Z',
      ),
    );
    expect(samples).toHaveLength(1);
  });

  it.each([
    ['from=yesterday', 'from'],
    ['from=2026-02-30T00:00:00Z', 'from'],
    ['from=2026-11-24T10:00:01Z&to=2026-11-24T10:00:00Z', 'from'],
    ['from=-', 'from'],
    ['to=', 'to'],
    ['limit=0', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1e3', 'limit'],
    ['limit=100001', 'limit'],
    ['limit=99999999999999999999999999', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['cursor=nonsense', 'cursor'],
    ['cursor=MSA5OTk5OTk5OTk5OTk5OTk5IDE', 'cursor'],
    ['quality=excellent', 'quality'],
    ['tz=Mars/Olympus', 'tz'],
    ['tz=%27%3B%20DROP%20TABLE%20sample', 'tz'],
    ['form=-15m', 'form'],
    ['from=%00', 'from'],
    ['from=%F0%9F%95%90', 'from'],
  ])('refuse %s by naming the parameter', async (query, parameter) => {
    const response = await t.call(`${SIGNAL}/samples?${query}`);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({
      type: '/problems/request.invalid',
      status: 400,
      errors: [{ parameter }],
    });
  });
});

describe('cycles', () => {
  const whole = range(T0, T0 + 1_000_000_000);

  it('come with their metrics and units', async () => {
    const answer = await get(`${SIGNAL}/cycles?${whole}&limit=2`);
    expect(answer.cycles[0]).toMatchObject({
      startedAt: formatUs(T0),
      endedAt: formatUs(T0 + 1_000_000),
      offsetAt: formatUs(T0 + 400_000),
      complete: true,
      revision: 1,
      periodS: 1,
      dutyCycle: 0.4,
      riseTimeS: 0,
      ripple: null,
    });
    expect(answer.units).toMatchObject({
      periodS: 's',
      baseLevel: 'V',
      riseSlewPerS: 'V/s',
      squareIntegral: 'V2.s',
    });
    expect(answer.next).not.toBeNull();
  });

  it('are filtered and sorted by any metric, page by page', async () => {
    expect((await get(`${SIGNAL}/cycles?${whole}&complete=false&limit=1000`)).cycles).toHaveLength(40);
    const slow = await get(`${SIGNAL}/cycles?${whole}&where=riseTimeS%3E%3D0.015&where=periodS=1&limit=1000`);
    expect(slow.cycles.every((c: { riseTimeS: number }) => c.riseTimeS >= 0.015)).toBe(true);
    expect(slow.cycles.length).toBeGreaterThan(10);
    for (const sort of ['riseTimeS', '-riseTimeS', '-startedAt']) {
      const all = await get(`${SIGNAL}/cycles?${whole}&sort=${sort}&limit=1000`);
      const paged: unknown[] = [];
      let next: string | null = null;
      do {
        const page = await get(
          `${SIGNAL}/cycles?${whole}&sort=${sort}&limit=37${next === null ? '' : `&cursor=${next}`}`,
        );
        paged.push(...page.cycles);
        next = page.next;
      } while (next !== null);
      expect(paged).toEqual(all.cycles);
      const keys = all.cycles.map(
        (c: Record<string, number | string | null>) => c[sort.replace('-', '')] ?? null,
      );
      const known = keys.filter((k: unknown) => k !== null);
      const ordered = [...known].sort((a, b) => (a < b ? -1 : 1) * (sort.startsWith('-') ? -1 : 1));
      expect(known).toEqual(ordered);
      // what a cycle does not show stands last, whichever way
      expect(keys.slice(0, known.length)).toEqual(known);
    }
  });

  it.each([
    'where=riseTimeS',
    'where=nothing>1',
    'where=riseTimeS>1;DROP',
    'sort=nothing',
    'complete=maybe',
    'limit=10001',
  ])('refuse %s', async (query) => {
    expect((await t.call(`${SIGNAL}/cycles?${query}`)).status).toBe(400);
  });

  it('refuse a cursor of another order', async () => {
    const { next } = await get(`${SIGNAL}/cycles?${whole}&limit=2`);
    expect((await t.call(`${SIGNAL}/cycles?${whole}&sort=-startedAt&cursor=${next}`)).status).toBe(400);
  });

  it('are aggregated by bucket, as recomputed from the cycles', async () => {
    const { buckets, bucketS } = await get(`${SIGNAL}/cycles/metrics?${whole}&bucket=2m`);
    expect(bucketS).toBe(120);
    expect(buckets.map((b: { t: string; cycles: number }) => [b.t, b.cycles])).toEqual([
      ['2026-11-24T10:00:00.000000Z', 120],
      ['2026-11-24T10:02:00.000000Z', 80],
    ]);
    const { cycles } = await get(`${SIGNAL}/cycles?${whole}&complete=true&limit=1000`);
    const rises = cycles
      .filter((c: { startedAt: string }) => c.startedAt < '2026-11-24T10:02:00')
      .flatMap((c: { riseTimeS: number | null }) => (c.riseTimeS === null ? [] : [c.riseTimeS]));
    const mean = rises.reduce((a: number, b: number) => a + b, 0) / rises.length;
    const std = Math.sqrt(
      rises.reduce((a: number, b: number) => a + (b - mean) ** 2, 0) / (rises.length - 1),
    );
    const got = buckets[0].metrics.riseTimeS;
    expect(got).toMatchObject({ count: rises.length, min: Math.min(...rises), max: Math.max(...rises) });
    expect(got.mean).toBeCloseTo(mean, 12);
    expect(got.std).toBeCloseTo(std, 12);
  });

  it('follow the midnights of a time zone, also where the clock changes', async () => {
    const signal = '/v1/sites/plant1/devices/motor2/signals/motor-voltage';
    const [row] = await t.db.query<{ id: number }>(
      `SELECT signal_id AS id FROM signal_path WHERE device = 'motor2' AND signal = 'motor-voltage'`,
    );
    // the night in which Berlin sets its clock back: 2026-10-25 has 25 hours
    await t.db.query(
      `INSERT INTO cycle (started_at, signal_id, ended_at, complete, period_s)
       SELECT s, $1, s + interval '30 minutes', true, 1800
       FROM generate_series(timestamptz '2026-10-23 22:00Z', '2026-10-26 22:59Z', interval '30 minutes') s`,
      [row!.id],
    );
    const { buckets } = await get(
      `${signal}/cycles/metrics?from=2026-10-24T00:00:00&to=2026-10-27T00:00:00&tz=Europe/Berlin&bucket=1d&metric=periodS`,
    );
    expect(buckets.map((b: { t: string; cycles: number }) => [b.t, b.cycles])).toEqual([
      ['2026-10-23T22:00:00.000000Z', 48],
      ['2026-10-24T22:00:00.000000Z', 50],
      ['2026-10-25T23:00:00.000000Z', 48],
    ]);
    // a zone of half an hour is not cut from whole hours
    const kolkata = await get(
      `${signal}/cycles/metrics?from=2026-10-24T18:30:00Z&to=2026-10-25T18:30:00Z&tz=Asia/Kolkata&bucket=1d`,
    );
    expect(kolkata.buckets.map((b: { t: string; cycles: number }) => [b.t, b.cycles])).toEqual([
      ['2026-10-24T18:30:00.000000Z', 48],
    ]);
  });

  it.each([
    'bucket=1s',
    'bucket=90s',
    'bucket=0m',
    'bucket=x',
    'bucket=400d',
    'metric=crest',
    `from=-9000d&bucket=1m`,
  ])('refuse %s for aggregates', async (query) => {
    expect((await t.call(`${SIGNAL}/cycles/metrics?${query}`)).status).toBe(400);
  });

  it('aggregate the metrics that the store keeps', async () => {
    const { AGGREGATED_METRICS } = await import('@loadcycle/cloud-api/retrieval/cycle-sql');
    const { columnOf } = await import('@loadcycle/contract/cycle');
    const columns = await t.db.query<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'cycle_1h' AND column_name LIKE '%\\_sum'`,
    );
    expect(columns.map((c) => c.name).sort()).toEqual(
      AGGREGATED_METRICS.map((m) => `${columnOf(m)}_sum`).sort(),
    );
  });
});
