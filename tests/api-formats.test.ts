import { formatUs } from '@loadcycle/contract';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOf, openTestApi, SIGNAL, seed, T0, type TestApi, until } from './api-support.ts';

let t: TestApi;
beforeAll(async () => {
  t = await openTestApi();
  await seed(t.db);
  await dense();
});
afterAll(() => t.close());

const at = (us: number): string => encodeURIComponent(formatUs(us));
const range = (from: number, to: number): string => `from=${at(from)}&to=${at(to)}`;
const WHOLE = range(T0, T0 + 10_000_000);
const fetchAs = (path: string, accept: string): Promise<Response> => t.call(path, { headers: { accept } });

/** 200,000 samples at 1 kHz with two gaps and two rows of one time, at plant2/pump1/current. */
const D0 = Date.UTC(2026, 10, 1) * 1000;
const DENSE = '/v1/sites/plant2/devices/pump1/signals/current';
async function dense(): Promise<void> {
  await t.db.query(
    `INSERT INTO sample (ts, signal_id, value, quality)
     SELECT timestamptz 'epoch' + interval '1 microsecond' * ($1::bigint + i * 1000 + CASE WHEN i > 100000 THEN 40 * 86400000000 WHEN i > 50000 THEN 7200000000 ELSE 0 END),
       signal_id, sin(i / 5000.0) * 10 + CASE WHEN i = 77777 THEN 500 WHEN i = 123456 THEN -300 ELSE 0 END, 0
     FROM generate_series(0, 199999) i, signal_path WHERE device = 'pump1' AND signal = 'current'`,
    [D0],
  );
  await t.db.query(
    `INSERT INTO sample SELECT ts, signal_id, value + 1, 0 FROM sample
     WHERE signal_id = (SELECT signal_id FROM signal_path WHERE device = 'pump1' AND signal = 'current')
       AND ts = timestamptz 'epoch' + interval '1 microsecond' * $1::bigint`,
    [D0 + 9_999_000],
  );
}
async function refresh(view: string, from: number, to: number): Promise<void> {
  await t.db.exec(`CALL refresh_continuous_aggregate('${view}', '${formatUs(from)}', '${formatUs(to)}')`);
}
const DENSE_WHOLE = range(D0, D0 + 60 * 86_400_000_000);

interface Sample {
  t: string;
  value: number | null;
  quality: string;
  reason?: string;
}

describe('samples by Accept', () => {
  it('are the same as NDJSON, CSV, Arrow and JSON', async () => {
    const { samples } = (await jsonOf(t.call(`${SIGNAL}/samples?${WHOLE}&limit=10000`))) as {
      samples: Sample[];
    };
    expect(samples).toHaveLength(10_000);
    const ndjson = await fetchAs(`${SIGNAL}/samples?${WHOLE}`, 'application/x-ndjson');
    expect(ndjson.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await ndjson.text()).trimEnd().split('\n');
    expect(lines.map((l) => JSON.parse(l))).toEqual(samples);
    const csv = await fetchAs(`${SIGNAL}/samples?${WHOLE}`, 'text/csv');
    const [head, ...rows] = (await csv.text()).trimEnd().split('\n');
    expect(head).toBe('t,value,quality,reason');
    expect(rows).toEqual(samples.map((s) => [s.t, s.value ?? '', s.quality, s.reason ?? ''].join(',')));
    const arrow = await fetchAs(`${SIGNAL}/samples?${WHOLE}`, 'application/vnd.apache.arrow.stream');
    const table = tableFromIPC(new Uint8Array(await arrow.arrayBuffer()));
    expect(table.numRows).toBe(10_000);
    expect(table.schema.fields.map((f) => `${f.name} ${f.type}`)).toEqual([
      't Timestamp<MICROSECOND, UTC>',
      'value Float64',
      'quality Dictionary<Int8, Utf8>',
      'qualityCode Uint8',
    ]);
    expect(table.getChild('value')!.toJSON()).toEqual(samples.map((s) => s.value));
    expect(table.getChild('quality')!.toJSON()).toEqual(samples.map((s) => s.quality));
    const times = table.getChild('t')!.data.flatMap((d) => [...(d.values as BigInt64Array)]);
    expect(times.map((us) => formatUs(Number(us)))).toEqual(samples.map((s) => s.t));
  });

  it('stream across gaps and rows of one time without losing or doubling any', async () => {
    const response = await fetchAs(`${DENSE}/samples?${DENSE_WHOLE}`, 'application/vnd.apache.arrow.stream');
    const table = tableFromIPC(new Uint8Array(await response.arrayBuffer()));
    expect(table.numRows).toBe(200_001);
    const times = table.getChild('t')!.data.flatMap((d) => [...(d.values as BigInt64Array)]);
    expect(times.every((us, i) => i === 0 || us >= times[i - 1]!)).toBe(true);
    expect(new Set(times).size).toBe(200_000);
  });

  it('stream nothing where there is nothing', async () => {
    const empty = range(T0 - 1_000_000, T0);
    expect(await (await fetchAs(`${SIGNAL}/samples?${empty}`, 'application/x-ndjson')).text()).toBe('');
    expect(await (await fetchAs(`${SIGNAL}/samples?${empty}`, 'text/csv')).text()).toBe(
      't,value,quality,reason\n',
    );
    const arrow = await fetchAs(`${SIGNAL}/samples?${empty}`, 'application/vnd.apache.arrow.stream');
    const table = tableFromIPC(new Uint8Array(await arrow.arrayBuffer()));
    expect([table.numRows, table.schema.fields.length]).toEqual([0, 4]);
  });

  it('come in pages with a Link where a limit is given', async () => {
    const first = await fetchAs(`${SIGNAL}/samples?${WHOLE}&limit=6000`, 'text/csv');
    const link = first.headers.get('link')!;
    expect(link).toMatch(/; rel="next"$/);
    const second = await fetchAs(link.slice(1, link.indexOf('>')), 'text/csv');
    expect(second.headers.get('link')).toBeNull();
    const rows = async (r: Response): Promise<number> => (await r.text()).trimEnd().split('\n').length - 1;
    expect([await rows(first), await rows(second)]).toEqual([6000, 4000]);
  });

  it('are compressed for who asks', async () => {
    const response = await t.call(`${SIGNAL}/samples?${WHOLE}`, {
      headers: { accept: 'text/csv', 'accept-encoding': 'gzip' },
    });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect((await response.text()).split('\n')).toHaveLength(10_002);
  });

  it.each([
    ['application/json;q=0.5, text/csv', 'text/csv'],
    ['text/*', 'text/csv'],
    ['*/*', 'application/json; charset=utf-8'],
    ['application/json;q=0, */*', 'application/x-ndjson'],
  ])('choose by the weights of %s', async (accept, type) => {
    const response = await fetchAs(`${SIGNAL}/samples?${range(T0, T0 + 2000)}`, accept);
    expect(response.headers.get('content-type')).toBe(type);
    await response.body?.cancel();
  });

  it.each(['text/html', 'application/json;q=0', 'nonsense'])('refuse %s with 406', async (accept) => {
    const response = await fetchAs(`${SIGNAL}/samples`, accept);
    expect(response.status).toBe(406);
    expect(await response.json()).toMatchObject({ code: 'request.not-acceptable' });
  });

  it('free what they hold when the reader goes away in the middle', async () => {
    const stop = new AbortController();
    const response = await t.call(`${DENSE}/samples?${DENSE_WHOLE}`, {
      headers: { accept: 'application/x-ndjson' },
      signal: stop.signal,
    });
    await response.body!.getReader().read();
    stop.abort();
    expect((await t.call('/v1/sites')).status).toBe(200);
  });
});

describe('points=', () => {
  const extremes = (samples: Sample[]): [number, number] => {
    const values = samples.map((s) => s.value!);
    return [Math.min(...values), Math.max(...values)];
  };

  it.each(['minmax', 'm4', 'lttb'])('%s keeps the extremes within the number asked for', async (method) => {
    const answer = await jsonOf(
      t.call(`${DENSE}/samples?${range(D0, D0 + 130_000_000)}&points=200&method=${method}`),
    );
    expect(answer.downsampled).toMatchObject({ method });
    expect(answer.samples.length).toBeGreaterThan(20);
    expect(answer.samples.length).toBeLessThanOrEqual(200);
    const times = answer.samples.map((s: Sample) => s.t);
    expect(times).toEqual([...times].sort());
    const raw = (
      await (await fetchAs(`${DENSE}/samples?${range(D0, D0 + 130_000_000)}`, 'application/x-ndjson')).text()
    )
      .trimEnd()
      .split('\n')
      .map((l) => JSON.parse(l) as Sample);
    expect(extremes(answer.samples)).toEqual(extremes(raw));
  });

  it('minmax of the rows themselves gives each extreme at its own time', async () => {
    const spike = range(D0 + 7_200_000_000 + 77_000_000, D0 + 7_200_000_000 + 78_000_000);
    const answer = await jsonOf(t.call(`${DENSE}/samples?${spike}&points=10`));
    expect(answer.downsampled).toEqual({ method: 'minmax', source: 'raw', bucketS: 0.2, partial: null });
    const top = answer.samples.find((s: Sample) => s.value! > 400);
    expect(top.t).toBe(formatUs(D0 + 7_200_000_000 + 77_777_000));
  });

  it.each([
    [4_000_000_000, '1s'],
    [2 * 86_400_000_000, '1m'],
    [55 * 86_400_000_000, '1h'],
  ])('takes the rollup that fits a span of %d µs: %s', async (span, source) => {
    const answer = await jsonOf(t.call(`${DENSE}/samples?${range(D0, D0 + span)}&points=1000`));
    expect(answer.downsampled.source).toBe(source);
    expect(answer.samples.length).toBeLessThanOrEqual(1000);
    expect(answer.samples[0].value).toBeTypeOf('number');
  });

  it('joins a rollup with the rows that it does not hold yet', async () => {
    const span = range(D0 + 500, D0 + 130_000_500);
    const before = await jsonOf(t.call(`${DENSE}/samples?${span}&points=250`));
    // materialised half-way through the stretch, in the middle of a bucket
    await t.db.query(`DELETE FROM refresh_request`);
    await refresh('sample_1s', D0 - 5_000_000, D0 + 25_000_000);
    const [edge] = await t.db.query<{ at: string }>(`SELECT aggregated_to('sample_1s')::text AS at`);
    expect(edge!.at).toContain('2026-11-01');
    // the rollup's edge is looked up at most once a second
    await until(async () => {
      const after = await jsonOf(t.call(`${DENSE}/samples?${span}&points=250`));
      return JSON.stringify(after.samples) !== JSON.stringify(before.samples);
    });
    const after = await jsonOf(t.call(`${DENSE}/samples?${span}&points=250`));
    expect(extremes(after.samples)).toEqual(extremes(before.samples));
    expect(after.samples.length).toBeLessThanOrEqual(250);
    const times = after.samples.map((s: Sample) => s.t);
    expect(times).toEqual([...times].sort());
    const grid = (bucket: string): Promise<{ t: string[]; series: { count: number[]; mean: number[] }[] }> =>
      jsonOf(t.call(`/v1/samples?signal=plant2/pump1/current&${span}&bucket=${bucket}`));
    const [fine, coarse] = [await grid('500ms'), await grid('10s')];
    const total = (g: { series: { count: number[] }[] }): number =>
      g.series[0]!.count.reduce((a, b) => a + b);
    expect(total(coarse)).toBe(total(fine));
    const pairs = fine.series[0]!.mean.map((m, i) => m * fine.series[0]!.count[i]!);
    const first = pairs.slice(0, 20).reduce((a, b) => a + b) / 10_001;
    expect(coarse.series[0]!.mean[0]).toBeCloseTo(first, 2);
  });

  it('takes what is coarser where the rows are gone by retention', async () => {
    const old = Date.UTC(2026, 5, 1) * 1000;
    const path = '/v1/sites/plant2/devices/pump1/signals/motor-voltage/samples';
    await t.db.query(
      `INSERT INTO sample SELECT timestamptz 'epoch' + interval '1 microsecond' * ($1::bigint + i * 10000), signal_id, i, 0
       FROM generate_series(0, 29999) i, signal_path WHERE device = 'pump1' AND signal = 'motor-voltage'`,
      [old],
    );
    await refresh('sample_1s', old - 60_000_000, old + 600_000_000);
    await refresh('sample_1m', old - 60_000_000, old + 600_000_000);
    await t.db.query(`SELECT drop_chunks('sample', older_than => timestamptz '2026-07-01')`);
    const answer = await jsonOf(t.call(`${path}?${range(old, old + 60_000_000)}&points=1000`));
    expect(answer.downsampled.source).toBe('1s');
    expect(answer.samples.length).toBeGreaterThan(50);
  });

  it('comes in the other formats too', async () => {
    const csv = await fetchAs(`${DENSE}/samples?${range(D0, D0 + 10_000_000)}&points=100`, 'text/csv');
    expect((await csv.text()).split('\n')[0]).toBe('t,value');
    const arrow = await fetchAs(
      `${DENSE}/samples?${range(D0, D0 + 10_000_000)}&points=100`,
      'application/vnd.apache.arrow.stream',
    );
    const table = tableFromIPC(new Uint8Array(await arrow.arrayBuffer()));
    expect(table.schema.fields.map((f) => f.name)).toEqual(['t', 'value']);
    expect(table.numRows).toBeGreaterThan(50);
  });

  it.each([
    'points=2',
    'points=20001',
    'points=10&limit=5',
    'method=m4',
    'points=10&method=best',
    'points=10&method=m4&from=-900d',
  ])('refuses %s', async (query) => {
    expect((await t.call(`${DENSE}/samples?${query}`)).status).toBe(400);
  });
});

describe('several signals', () => {
  const paths = ['plant1/motor1/motor-voltage', 'plant2/pump1/current', 'plant1/motor2/current'];
  const query = paths.map((p) => `signal=${p}`).join('&');

  it('come aligned on one grid, missing ones as null', async () => {
    const answer = await jsonOf(t.call(`/v1/samples?${query}&${range(T0, T0 + 10_000_000)}&bucket=2s`));
    expect(answer.source).toBe('1s');
    expect(answer.series.map((s: { signal: { signal: string } }) => s.signal.signal)).toEqual([
      'motor-voltage',
      'current',
      'current',
    ]);
    expect(answer.t).toHaveLength(5);
    expect(answer.series[0].count.reduce((a: number, b: number) => a + b)).toBe(10_000 - 10);
    expect(answer.series[2].mean.every((v: unknown) => v === null)).toBe(true);
    const fine = await jsonOf(t.call(`/v1/samples?${query}&${range(T0, T0 + 100_000)}&bucket=10ms`));
    expect(fine.source).toBe('raw');
    expect(fine.series[0].count).toContain(10);
    const csv = await fetchAs(`/v1/samples?${query}&${range(T0, T0 + 3_000_000)}&bucket=1s`, 'text/csv');
    expect((await csv.text()).split('\n')[0]!.split(',')).toHaveLength(13);
  });

  it('keep to the grants, and refuse what is not there', async () => {
    const token = await t.token(['samples:read'], ['plant1']);
    expect((await t.call(`/v1/samples?${query}`, { token })).status).toBe(403);
    expect((await t.call(`/v1/samples?signal=${paths[0]}`, { token })).status).toBe(200);
    expect((await t.call('/v1/samples?signal=plant1/motor1/nothing')).status).toBe(404);
    expect((await t.call('/v1/samples?signal=motor1')).status).toBe(400);
    expect((await t.call('/v1/samples')).status).toBe(400);
    expect((await t.call(`/v1/samples?${query}&from=-30d&bucket=1ms`)).status).toBe(400);
  });
});
