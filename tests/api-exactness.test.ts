import { formatUs, parseTimeUs, QUALITY, qualityClass, qualityReason } from '@loadcycle/contract';
import { requestRefresh } from '@loadcycle/database/maintenance';
import { AGGREGATES, floorTo, refresh } from '@loadcycle/database/maintenance/aggregates';
import { runRefreshRequests } from '@loadcycle/database/maintenance/requests';
import { ts } from '@loadcycle/database/sql';
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOf, openTestApi, seed, type TestApi, until } from './api-support.ts';

// What comes out of the API, against the same computed here from the rows that went in.

interface Row {
  at: number;
  value: number | null;
  quality: number;
}

let t: TestApi;
const MIDNIGHT = Date.UTC(2026, 10, 20) * 1000;
const HOUR = 3_600_000_000;
/** unaligned on purpose */
const BEGIN = MIDNIGHT + 22 * HOUR + 17 * 60_000_000 + 13_123_457;
const SIGNALS = ['motor-voltage', 'current'] as const;
const data = new Map<string, Row[]>();

/** Irregular rows with gaps, bad ones with the greatest values of all, missing values, and several rows of one time. */
function rowsOf(seedOf: number): Row[] {
  let state = seedOf;
  const random = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  const rows: Row[] = [];
  let at = BEGIN;
  for (let i = 0; i < 20_000; i++) {
    const gap = random() < 0.0005 ? random() * 2 * HOUR : random() < 0.05 ? 0 : 1 + random() * 600_000;
    at += Math.floor(gap);
    const r = random();
    const value = Math.sin(i / 300) * 10 + random() * (random() < 0.001 ? 500 : 1) - (r > 0.9995 ? 400 : 0);
    if (r < 0.01) rows.push({ at, value: null, quality: 129 });
    else if (r < 0.02) rows.push({ at, value: value * 1e6, quality: 130 });
    else rows.push({ at, value, quality: r < 0.1 ? 66 : 0 });
  }
  return rows;
}

async function aggregate(toUs: number): Promise<void> {
  for (const level of AGGREGATES.sample) {
    const window = { fromUs: MIDNIGHT, toUs: floorTo(toUs, level.bucketUs) };
    await refresh(t.db, 'sample', level, window);
  }
}

let end = 0;
beforeAll(async () => {
  t = await openTestApi();
  await seed(t.db);
  for (const [i, name] of SIGNALS.entries()) {
    const rows = rowsOf(7 + i);
    data.set(name, rows);
    end = Math.max(end, rows.at(-1)!.at);
    await t.db.query(
      `INSERT INTO sample (ts, signal_id, value, quality)
       SELECT timestamptz 'epoch' + interval '1 microsecond' * a, (SELECT signal_id FROM signal_path WHERE device = 'motor2' AND signal = $4), v, q
       FROM unnest($1::bigint[], $2::float8[], $3::int[]) AS u(a, v, q)`,
      [rows.map((r) => r.at), rows.map((r) => r.value), rows.map((r) => r.quality), name],
    );
  }
  // the rollups end in the middle of the data, and of an hour and a minute
  await aggregate(BEGIN + Math.floor((end - BEGIN) / 2));
});
afterAll(() => t.close());

const good = (r: Row): boolean => r.value !== null && r.quality < 128;
const extremesOf = (values: number[]): [number, number] | null =>
  values.length === 0
    ? null
    : [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
const range = (from: number, to: number): string =>
  `from=${encodeURIComponent(formatUs(from))}&to=${encodeURIComponent(formatUs(to))}`;
const DEVICE = '/v1/sites/plant1/devices/motor2/signals';

/** Ranges anywhere about the data: inside of one sample, unaligned, aligned, begun before it, ended after it. */
const ranges = fc
  .tuple(
    fc.double({ min: -0.2, max: 1.1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.constantFrom(1, 100_000, 30_000_000, 1_800_000_000, 6 * HOUR, 40 * HOUR, 90 * 24 * HOUR),
    fc.constantFrom(1, 1, 1_000_000, 60_000_000, HOUR),
  )
  .map(([start, part, span, step]) => {
    const from = Math.floor((BEGIN + start * (end - BEGIN)) / step) * step;
    const to = Math.ceil((from + Math.max(1, part * span)) / step) * step;
    return { from, to };
  });

describe('points=', () => {
  it('never more than asked for, each of them in the range, the extremes those of the rows', async () => {
    const cases = fc.record({
      range: ranges,
      points: fc.oneof(fc.integer({ min: 3, max: 12 }), fc.integer({ min: 3, max: 2001 })),
      method: fc.constantFrom('minmax', 'minmax', 'm4', 'lttb'),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ range: { from, to }, points, method }) => {
        const query = `${range(from, to)}&points=${points}&method=${method}`;
        const response = await t.call(`${DEVICE}/motor-voltage/samples?${query}`);
        const answer = await jsonOf(response);
        if (method === 'm4' && points < 4) {
          expect(response.status).toBe(400);
          return;
        }
        // behind the rollups nobody knows how many rows a long range holds
        if (method === 'm4' && to - from > 4_000_000_000 && response.status === 400) return;
        expect(response.status).toBe(200);
        const got = answer.samples as { t: string; value: number }[];
        const rows = data.get('motor-voltage')!.filter((r) => good(r) && r.at >= from && r.at < to);
        expect(got.length).toBeLessThanOrEqual(points);
        expect(got.length > 0).toBe(rows.length > 0);
        const times = got.map((s) => s.t);
        expect(times).toEqual([...times].sort());
        for (const at of times) expect(at >= formatUs(from) && at < formatUs(to)).toBe(true);
        const wanted = extremesOf(rows.map((r) => r.value!));
        if (method !== 'lttb' || points >= 4) expect(extremesOf(got.map((s) => s.value))).toEqual(wanted);
        if (answer.downsampled.source === 'raw') {
          const there = new Set(rows.map((r) => `${formatUs(r.at)} ${r.value}`));
          for (const s of got) expect(there.has(`${s.t} ${s.value}`)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('of a hundred years finds the little that there is', async () => {
    for (const method of ['minmax', 'lttb']) {
      const query = `from=1926-01-01T00:00:00Z&to=2126-01-01T00:00:00Z&points=7&method=${method}`;
      const answer = await jsonOf(t.call(`${DEVICE}/motor-voltage/samples?${query}`));
      const rows = data.get('motor-voltage')!.filter(good);
      expect(extremesOf(answer.samples.map((s: { value: number }) => s.value))).toEqual(
        extremesOf(rows.map((r) => r.value!)),
      );
    }
  });

  it('of the rows themselves hold late rows that no rollup knows of yet, in hours that were empty and in others', async () => {
    const path = '/v1/sites/plant1/devices/motor1/signals/current';
    const put = (from: string, value: number): Promise<unknown> =>
      t.db.query(
        `INSERT INTO sample SELECT s, (SELECT signal_id FROM signal_path WHERE device = 'motor1' AND signal = 'current'), $2, 0
         FROM generate_series($1::timestamptz, $1::timestamptz + interval '10 minutes', interval '100 milliseconds') s`,
        [from, value],
      );
    await put('2026-11-20T01:10:00Z', 1);
    await put('2026-11-20T20:10:00Z', 2);
    for (const level of AGGREGATES.sample) {
      await refresh(t.db, 'sample', level, { fromUs: MIDNIGHT, toUs: MIDNIGHT + 22 * HOUR });
    }
    await put('2026-11-20T09:30:00Z', 3);
    await put('2026-11-20T20:30:00Z', 4);
    const query = 'from=2026-11-20T00:00:00Z&to=2026-11-20T21:00:00Z&points=400&method=m4';
    const answer = await jsonOf(t.call(`${path}/samples?${query}`));
    const values = answer.samples.map((s: { value: number }) => s.value);
    expect([...new Set(values)].sort()).toEqual([1, 2, 3, 4]);
  });

  it('of m4 are refused for how many rows there are, not for how long the range is', async () => {
    const query = `from=2026-01-01T00:00:00Z&to=2026-11-22T00:00:00Z&points=40&method=m4`;
    const answer = await t.call(`${DEVICE}/motor-voltage/samples?${query}`);
    expect(answer.status).toBe(200);
  });
});

describe('several signals', () => {
  it('have the counts, means and extremes of their rows in each bucket, wherever the rollups end', async () => {
    const buckets = {
      '100ms': 1e5,
      '1500ms': 15e5,
      '1s': 1e6,
      '10s': 1e7,
      '1m': 6e7,
      '7m': 42e7,
      '1h': HOUR,
    };
    const cases = fc.record({
      range: ranges.filter(({ from, to }) => to - from < 50 * HOUR),
      bucket: fc.constantFrom(...(Object.keys(buckets) as (keyof typeof buckets)[])),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ range: { from, to }, bucket }) => {
        const width = buckets[bucket];
        if ((2 * (to - from)) / width > 1e6) return;
        const names = SIGNALS.map((s) => `signal=plant1/motor2/${s}`).join('&');
        const answer = await jsonOf(t.call(`/v1/samples?${names}&${range(from, to)}&bucket=${bucket}`));
        const [a, b] = [Math.floor(from / width) * width, Math.ceil(to / width) * width];
        const wanted = new Map<number, number[][]>();
        SIGNALS.forEach((name, k) => {
          for (const r of data.get(name)!) {
            if (!good(r) || r.at < a || r.at >= b) continue;
            const at = Math.floor(r.at / width) * width;
            if (!wanted.has(at)) wanted.set(at, [[], []]);
            wanted.get(at)![k]!.push(r.value!);
          }
        });
        const at = [...wanted.keys()].sort((x, y) => x - y);
        const held = answer.t.filter((_: string, i: number) =>
          answer.series.some((s: { count: number[] }) => s.count[i]! > 0),
        );
        expect(held).toEqual(at.map(formatUs));
        SIGNALS.forEach((_, k) => {
          at.forEach((us, j) => {
            const i = answer.t.indexOf(formatUs(us));
            const values = wanted.get(us)![k]!;
            const s = answer.series[k];
            expect([j, s.count[i], extremesOf(values)]).toEqual([
              j,
              values.length,
              values.length === 0 ? null : [s.min[i], s.max[i]],
            ]);
            if (values.length > 0) {
              const mean = values.reduce((x, y) => x + y) / values.length;
              expect(s.mean[i]).toBeCloseTo(mean, 6);
            }
          });
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe('samples in each format', () => {
  const VALUES = [
    -0,
    0,
    null,
    1e308,
    -1.7976931348623157e308,
    5e-324,
    -5e-324,
    0.1 + 0.2,
    1 / 3,
    1e21,
    1e-7,
    2 ** 53,
  ];

  it('are the doubles that were stored, bit by bit, at the microsecond, with each quality', async () => {
    const path = '/v1/sites/plant2/devices/pump1/signals/current/samples';
    const qualities = Object.values(QUALITY);
    // before 1970, where an odd microsecond is easily lost, and behind 2038; times that several rows share
    const rows = [-631_151_999_999_997, -1, 0, 2_208_988_800_000_001].flatMap((base) =>
      VALUES.flatMap((value, i) =>
        qualities.map((quality) => ({ at: base + Math.floor(i / 3) * 7, value, quality })),
      ),
    );
    await t.db.query(
      `INSERT INTO sample (ts, signal_id, value, quality)
       SELECT timestamptz 'epoch' + interval '1 microsecond' * a, (SELECT signal_id FROM signal_path WHERE device = 'pump1' AND signal = 'current'), v::float8, q
       FROM unnest($1::bigint[], $2::text[], $3::int[]) AS u(a, v, q)`,
      [
        rows.map((r) => r.at),
        rows.map((r) => (r.value === null ? null : Object.is(r.value, -0) ? '-0' : String(r.value))),
        rows.map((r) => r.quality),
      ],
    );
    const all = 'from=1900-01-01T00:00:00Z&to=2200-01-01T00:00:00Z';
    type Cells = [string, number | null, string, string | null];
    const cells = (s: { t: string; value: number | null; quality: string; reason?: string }): Cells => [
      s.t,
      s.value,
      s.quality,
      s.reason ?? null,
    ];
    const read = async (accept: string, query = ''): Promise<Response> =>
      t.call(`${path}?${all}${query}`, { headers: { accept } });
    const whole = (await jsonOf(read('application/json', '&limit=100000'))).samples.map(cells) as Cells[];
    // the rows of the test before lie between
    const ours = (list: Cells[]): Cells[] => list.filter(([at]) => !at.startsWith('2026'));
    const key = (at: number, value: number | null, quality: number): string =>
      `${formatUs(at)} ${Object.is(value, -0) ? '-0' : value} ${qualityClass(quality)} ${qualityReason(quality)}`;
    const keyOf = ([at, value, quality, reason]: Cells): string =>
      `${at} ${Object.is(value, -0) ? '-0' : value} ${quality} ${reason}`;
    expect(ours(whole).map(keyOf).sort()).toEqual(rows.map((r) => key(r.at, r.value, r.quality)).sort());
    const pages: Cells[] = [];
    let cursor = '';
    do {
      const page = await jsonOf(read('application/json', `&limit=17${cursor}`));
      pages.push(...page.samples.map(cells));
      cursor = page.next === null ? '' : `&cursor=${page.next}`;
    } while (cursor !== '');
    const ndjson = (await (await read('application/x-ndjson')).text()).trimEnd().split('\n');
    const csv = (await (await read('text/csv')).text()).trimEnd().split('\n').slice(1);
    const table = tableFromIPC(
      new Uint8Array(await (await read('application/vnd.apache.arrow.stream')).arrayBuffer()),
    );
    const times = table.getChild('t')!.data.flatMap((d) => [...(d.values as BigInt64Array)]);
    const codes = table.getChild('qualityCode')!;
    const values = table.getChild('value')!;
    const lists: Record<string, Cells[]> = {
      pages,
      ndjson: ndjson.map((l) => cells(JSON.parse(l))),
      csv: csv.map((l) => {
        const [at, value, quality, reason] = l.split(',') as [string, string, string, string];
        return [at, value === '' ? null : Number(value), quality, reason === '' ? null : reason];
      }),
      arrow: times.map((us, i) => [
        formatUs(Number(us)),
        values.get(i) as number | null,
        qualityClass(codes.get(i) as number),
        qualityReason(codes.get(i) as number),
      ]),
    };
    for (const [name, list] of Object.entries(lists)) expect([name, list]).toEqual([name, whole]);
  });
});

describe('pages of samples', () => {
  it('give each row once, in order, while more come in before, at, and after the place of the cursor', async () => {
    const path = '/v1/sites/plant2/devices/pump1/signals/motor-voltage';
    const [signal] = await t.db.query<{ id: number }>(
      `SELECT signal_id AS id FROM signal_path WHERE device = 'pump1' AND signal = 'motor-voltage'`,
    );
    const put = (rows: Row[]): Promise<unknown> =>
      t.db.query(
        `INSERT INTO sample (ts, signal_id, value, quality)
         SELECT timestamptz 'epoch' + interval '1 microsecond' * a, $4, v, q FROM unnest($1::bigint[], $2::float8[], $3::int[]) AS u(a, v, q)`,
        [rows.map((r) => r.at), rows.map((r) => r.value), rows.map((r) => r.quality), signal!.id],
      );
    const row = fc.record({
      at: fc.nat(8),
      value: fc.constantFrom(null, -1, 0, 1, 2, 1e308, 5e-324),
      quality: fc.constantFrom(0, 66, 129),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 30 }),
        fc.array(row, { maxLength: 8 }),
        fc.integer({ min: 1, max: 7 }),
        async (first, late, limit) => {
          const base = MIDNIGHT - 30 * 24 * HOUR + ++run * 1_000_000;
          const moved = (r: Row): Row => ({ ...r, at: base + r.at });
          await put(first.map(moved));
          const key = (r: Row): string => `${r.at} ${r.quality} ${r.value}`;
          // null comes after every number; two of them are equal (∞ - ∞ would be NaN)
          const last = (r: Row): number => r.value ?? Number.POSITIVE_INFINITY;
          const order = (a: Row, b: Row): number =>
            a.at - b.at || a.quality - b.quality || (last(a) === last(b) ? 0 : last(a) - last(b));
          const got: Row[] = [];
          const sure = [...first.map(moved)];
          const arriving = [...late];
          let next: string | null = null;
          do {
            const cursor: string = next === null ? '' : `&cursor=${next}`;
            const answer: {
              samples: { t: string; value: number | null; quality: string }[];
              next: string | null;
            } = await jsonOf(t.call(`${path}/samples?${range(base, base + 10)}&limit=${limit}${cursor}`));
            for (const s of answer.samples) {
              const quality = s.quality === 'good' ? 0 : s.quality === 'uncertain' ? 66 : 129;
              got.push({ at: Date.parse(s.t) * 1000 + Number(s.t.slice(23, 26)), value: s.value, quality });
            }
            next = answer.next;
            const one = arriving.pop();
            if (next !== null && one !== undefined) {
              const came = moved(one);
              await put([came]);
              if (order(came, got.at(-1)!) >= 0) sure.push(came);
            }
          } while (next !== null);
          expect(got).toEqual([...got].sort(order));
          expect(got.map(key).sort()).toEqual(sure.map(key).sort());
        },
      ),
      { numRuns: 60 },
    );
  });

  it('of a range that ends now are all of the first one, however late the next is asked for', async () => {
    const path = '/v1/sites/plant2/devices/pump1/signals/current/samples';
    const now = Date.now() * 1000;
    await t.db.query(
      `INSERT INTO sample SELECT timestamptz 'epoch' + interval '1 microsecond' * ($1::bigint - 1900000 + i * 10000), signal_id, i, 0
       FROM generate_series(0, 189) i, signal_path WHERE device = 'pump1' AND signal = 'current'`,
      [now],
    );
    const got: number[] = [];
    let cursor = '';
    let answer: { samples: { value: number }[]; next: string | null };
    do {
      answer = await jsonOf(t.call(`${path}?from=-2s&limit=20${cursor}`));
      got.push(...answer.samples.map((s) => s.value));
      cursor = `&cursor=${answer.next}`;
      // the window of two seconds moves on
      const asked = Date.now();
      await until(() => Date.now() > asked + 250);
    } while (answer.next !== null);
    const first = got[0]!;
    expect(got).toEqual(Array.from({ length: 190 - first }, (_, i) => first + i));
  });

  it('of many rows are the same as those of few, and as what is streamed', async () => {
    const path = `${DEVICE}/motor-voltage/samples?${range(BEGIN, end + 1)}`;
    const large: unknown[] = [];
    let cursor = '';
    do {
      const page = await jsonOf(t.call(`${path}&limit=7000${cursor}`));
      large.push(...page.samples);
      cursor = page.next === null ? '' : `&cursor=${page.next}`;
    } while (cursor !== '');
    const streamed = await t.call(path, { headers: { accept: 'application/x-ndjson' } });
    const lines = (await streamed.text()).trimEnd().split('\n');
    expect(large).toHaveLength(20_000);
    expect(lines).toEqual(large.map((s) => JSON.stringify(s)));
    const small = await jsonOf(t.call(`${path}&limit=5000`));
    expect(small.samples).toEqual(large.slice(0, 5000));
  });
});

describe('where the rollups have not caught up', () => {
  // an hour of 10 Hz in the middle of what is rolled up, twice as high as all that was there
  const [first, last] = [MIDNIGHT + 26 * HOUR, MIDNIGHT + 27 * HOUR - 1];
  const span = range(MIDNIGHT, MIDNIGHT + 30 * HOUR);
  beforeAll(async () => {
    const { signalId } = await idOf('current');
    await t.db.query(
      `INSERT INTO sample SELECT s, $1, 5000, 0
       FROM generate_series(${ts('$2')}, ${ts('$3')}, interval '100 milliseconds') s`,
      [signalId, first, last],
    );
    for (let at = first; at < last; at += 100_000) data.get('current')!.push({ at, value: 5000, quality: 0 });
    await t.db.transaction((tx) => requestRefresh(tx, 'sample', [{ signalId, fromUs: first, toUs: last }]));
  });
  const idOf = async (signal: string): Promise<{ signalId: number }> => {
    const [row] = await t.db.query<{ signalId: number }>(
      `SELECT signal_id AS "signalId" FROM signal_path WHERE device = 'motor2' AND signal = $1`,
      [signal],
    );
    return row!;
  };

  it('the rows answer, for each bucket', async () => {
    for (const points of [20, 200, 2000]) {
      const answer = await jsonOf(t.call(`${DEVICE}/current/samples?${span}&points=${points}`));
      const { bucketS, source, partial } = answer.downsampled;
      expect(source).not.toBe('raw');
      expect(partial).toBeNull();
      const extremes = (all: { at: number; value: number }[]) =>
        [...Map.groupBy(all, (s) => Math.floor(s.at / (bucketS * 1e6)))]
          .map(([bucket, in_]) => [bucket, extremesOf(in_.map((s) => s.value))] as const)
          .sort((a, b) => a[0] - b[0]);
      const rows = data
        .get('current')!
        .filter((r) => good(r) && r.at >= MIDNIGHT && r.at < MIDNIGHT + 30 * HOUR);
      const got = answer.samples as { t: string; value: number }[];
      expect(extremes(got.map((s) => ({ at: parseTimeUs(s.t), value: s.value })))).toEqual(
        extremes(rows as { at: number; value: number }[]),
      );
    }
    const grid = await jsonOf(t.call(`/v1/samples?signal=plant1/motor2/current&${span}&bucket=1h`));
    expect(grid.partial).toBeNull();
    const at = grid.t.indexOf(formatUs(first));
    expect(grid.series[0].max[at]).toBe(5000);
    const rows = data.get('current')!.filter((r) => good(r) && r.at >= first && r.at <= last);
    expect(grid.series[0].count[at]).toBe(rows.length);
  });

  it('too many of them are left out, and said to be', async () => {
    const { signalId } = await idOf('current');
    await t.db.query(
      `INSERT INTO batch_hour SELECT $1, ${ts('$2')}, gen_random_uuid(), 1, 1e9, 1e9, 0, 0, 1, 1, ${ts('$3')}, 0`,
      [signalId, first, last],
    );
    const partial = { reason: 'rollups.behind', ranges: [{ from: formatUs(first), to: formatUs(last + 1) }] };
    const query = `${span}&points=60`;
    const answer = await jsonOf(t.call(`${DEVICE}/current/samples?${query}`));
    expect(answer.downsampled.partial).toEqual(partial);
    expect(answer.samples.some((s: { value: number }) => s.value === 5000)).toBe(false);
    const csv = await t.call(`${DEVICE}/current/samples?${query}`, { headers: { accept: 'text/csv' } });
    expect(csv.headers.get('loadcycle-partial')).toBe('rollups.behind');
    const grid = await jsonOf(t.call(`/v1/samples?signal=plant1/motor2/current&${span}&bucket=1h`));
    expect(grid.partial).toEqual(partial);
    // another signal has nothing to wait for
    const other = await jsonOf(t.call(`${DEVICE}/motor-voltage/samples?${query}`));
    expect(other.downsampled.partial).toBeNull();
    await t.db.query('DELETE FROM batch_hour');
    // it is in the rollups once they are refreshed, and nothing is read from the rows
    const never = new AbortController().signal;
    await runRefreshRequests(t.db, { stepMs: 1000, rawRetentionUs: null, signal: never });
    expect(await t.db.query('SELECT id FROM refresh_request')).toEqual([]);
    const again = await jsonOf(t.call(`${DEVICE}/current/samples?${query}`));
    expect(again.downsampled.partial).toBeNull();
    expect(again.samples.some((s: { value: number }) => s.value === 5000)).toBe(true);
  });

  it('the cycles answer for their metrics', async () => {
    const { signalId } = await idOf('current');
    const put = (from: number, pulse: number): Promise<unknown> =>
      t.db.query(
        `INSERT INTO cycle (started_at, signal_id, ended_at, complete, pulse_width_s, sample_count, missing_count, outlier_count, completeness)
         SELECT s, $1, s + interval '1 second', extract(minute FROM s) <> 7, nullif($3::float8, 3), 100, 1, 0, 1
         FROM generate_series(${ts('$2')}, ${ts('$2')} + interval '59 minutes', interval '1 minute') s`,
        [signalId, from, pulse],
      );
    await put(first - 2 * HOUR, 1);
    await put(first + 3 * HOUR, 1);
    for (const level of AGGREGATES.cycle) {
      await refresh(t.db, 'cycle', level, {
        fromUs: floorTo(MIDNIGHT, level.bucketUs),
        toUs: floorTo(MIDNIGHT + 96 * HOUR, level.bucketUs),
      });
    }
    await put(first, 3);
    await put(first + HOUR, 2);
    await t.db.transaction((tx) =>
      requestRefresh(tx, 'cycle', [{ signalId, fromUs: first, toUs: first + 2 * HOUR }]),
    );
    for (const bucket of ['1m', '30m', '1h', '1d']) {
      const path = `${DEVICE}/current/cycles/metrics?${span}&bucket=${bucket}&metric=pulseWidthS`;
      const of = async () => (await jsonOf(t.call(path))).buckets as { t: string; complete: number }[];
      const waiting = await of();
      expect(waiting.reduce((n, b) => n + b.complete, 0)).toBe(4 * 59);
      expect(waiting.map((b) => b.t)).toEqual(waiting.map((b) => b.t).toSorted());
      if (bucket === '1h')
        expect(
          waiting.map((b) => (b as never as { metrics: { pulseWidthS: object } }).metrics.pulseWidthS),
        ).toMatchObject([
          { count: 59, mean: 1, min: 1, max: 1 },
          { count: 0, mean: null },
          { count: 59, mean: 2, std: 0 },
          { count: 59, mean: 1 },
        ]);
    }
    const path = `${DEVICE}/current/cycles/metrics?${span}&bucket=1h&metric=pulseWidthS`;
    const waiting = await jsonOf(t.call(path));
    const never = new AbortController().signal;
    await runRefreshRequests(t.db, { stepMs: 1000, rawRetentionUs: null, signal: never });
    expect(await t.db.query(`SELECT id FROM refresh_request WHERE root = 'cycle'`)).toEqual([]);
    expect(await jsonOf(t.call(path))).toEqual(waiting);
  });
});
