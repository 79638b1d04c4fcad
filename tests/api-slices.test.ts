import { METRIC_NAMES } from '@loadcycle/cloud-api/retrieval/cycle-sql';
import { formatUs } from '@loadcycle/contract';
import { columnOf } from '@loadcycle/contract/cycle';
import { completeness } from '@loadcycle/processors/completeness/index';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRole, jsonOf, openTestApi, seed, sumLedger, type TestApi, until } from './api-support.ts';

// Long reads go in slices where landing shares the connection: together they are what one read would have been.

let t: TestApi;
let signalId = 0;
beforeAll(async () => {
  t = await openTestApi();
  await seed(t.db);
  const [row] = await t.db.query<{ id: number }>(
    `SELECT signal_id AS id FROM signal_path WHERE device = 'pump1' AND signal = 'current'`,
  );
  signalId = row!.id;
});
afterAll(() => t.close());

const SIGNAL = '/v1/sites/plant2/devices/pump1/signals/current';
const HOUR = 3_600_000_000;
const T0 = Date.UTC(2026, 5, 1) * 1000;
const range = (from: number, to: number): string => `from=${formatUs(from)}&to=${formatUs(to)}`;

describe('a reader that goes away', () => {
  it('is read for no longer: of points, grids, cycles, their aggregates, and completeness', async (ctx) => {
    let asked = 0;
    let hold: Promise<void> | null = null;
    const u = await openTestApi({
      roles: (db, role) => {
        const own = asRole(db, role);
        if (role !== 'reader') return own;
        return new Proxy(own, {
          get: (target, name) => {
            const member = Reflect.get(target, name) as unknown;
            if (typeof member !== 'function') return member;
            return async (...args: unknown[]) => {
              const long = /FROM (sample|cycle|cycle_1m|batch|\(SELECT)\b/.test(String(args[0]));
              if (long) {
                asked++;
                await hold;
              }
              return (member as (...a: unknown[]) => unknown).apply(target, args);
            };
          },
        });
      },
    });
    try {
      if (!u.db.features.singleConnection)
        return ctx.skip('the store has more connections: one read is one query');
      await seed(u.db);
      const first = T0;
      const last = T0 + 300 * 24 * HOUR;
      // something in each slice, so that there is always a next slice
      await u.db.query(
        `INSERT INTO sample SELECT s, 1, 1, 0 FROM generate_series($1::timestamptz, $1::timestamptz + interval '1 hour', interval '1 second') s`,
        [formatUs(first)],
      );
      await u.db.query(
        `INSERT INTO cycle (started_at, signal_id, ended_at, complete) SELECT s, 1, s + interval '1 s', true
         FROM generate_series($1::timestamptz, $1::timestamptz + interval '300 days', interval '1 hour') s`,
        [formatUs(first)],
      );
      await u.db.query(
        `INSERT INTO batch (t0, t_end, signal_id, session, seq, count, good, uncertain, bad, received_at, period)
         SELECT s, s, 1, gen_random_uuid(), 0, 1, 1, 0, 0, s, 1000
         FROM generate_series($1::timestamptz, $1::timestamptz + interval '300 days', interval '1 hour') s`,
        [formatUs(first)],
      );
      const own = '/v1/sites/plant1/devices/motor1/signals/motor-voltage';
      const span = range(first, last);
      for (const path of [
        `${own}/samples?${range(first, first + HOUR)}&points=100&quality=good`,
        `/v1/samples?signal=plant1/motor1/motor-voltage&${range(first, first + HOUR)}&bucket=1500ms`,
        `${own}/cycles?${span}&sort=riseTimeS`,
        `${own}/cycles/metrics?${span}&bucket=1h&tz=Asia/Kathmandu`,
        `${own}/completeness?${span}`,
      ]) {
        let go = (): void => {};
        hold = new Promise((resolve) => {
          go = resolve;
        });
        asked = 0;
        const stop = new AbortController();
        const gone = u.call(path, { signal: stop.signal }).catch(() => 'gone');
        await until(() => asked > 0);
        stop.abort();
        expect(await gone).toBe('gone');
        // the server has heard of it once it has answered another request
        await u.call('/healthz');
        hold = null;
        go();
        const line = (): boolean =>
          u.logLines.some((l) => l.includes('nobody waits') && l.includes('request failed'));
        await until(line);
        expect([path, asked]).toEqual([path, expect.toSatisfy((n: number) => n <= 3)]);
        u.logLines.length = 0;
      }
    } finally {
      hold = null;
      await u.close();
    }
  });
});

describe('completeness', () => {
  const missing = fc.uniqueArray(fc.nat(399), { maxLength: 60 });
  const sessions = fc.array(
    fc.record({ missing, gapH: fc.nat(2000), shiftH: fc.integer({ min: -30, max: 30 }) }),
    {
      minLength: 1,
      maxLength: 4,
    },
  );

  it('of a long range is that of the whole, over gaps of months, and where a clock was set in between', async () => {
    await fc.assert(
      fc.asyncProperty(sessions, fc.double({ min: -0.1, max: 0.5, noNaN: true }), async (all, start) => {
        await t.db.query('DELETE FROM batch');
        let at = T0;
        for (const [i, s] of all.entries()) {
          at += s.gapH * HOUR;
          const session = `01990000-0000-7000-8000-00000000000${i}`;
          const seqs = Array.from({ length: 400 }, (_, n) => n).filter((n) => !s.missing.includes(n));
          // in the middle of the session the clock is set
          const times = seqs.map((n) => at + n * 900_000_000 + (n > 200 ? s.shiftH * HOUR : 0));
          await t.db.query(
            `INSERT INTO batch (t0, t_end, signal_id, session, seq, count, good, uncertain, bad, received_at, period)
             SELECT timestamptz 'epoch' + interval '1 microsecond' * u, timestamptz 'epoch' + interval '1 microsecond' * (u + 899000000), $1, $2, n, 900, 890, 7, 3, now(), 1000000
             FROM unnest($3::bigint[], $4::bigint[]) x(u, n)`,
            [signalId, session, times, seqs],
          );
          at += 400 * 900_000_000;
        }
        await sumLedger(t.db);
        const from = Math.floor(T0 + start * (at - T0));
        for (const to of [at + HOUR, Math.floor(from + (at - from) / 2)]) {
          const bucketUs = 24 * HOUR;
          const wanted = await completeness(t.db, signalId, { fromUs: from, toUs: to, bucketUs });
          const got = await jsonOf(t.call(`${SIGNAL}/completeness?${range(from, to)}&bucket=1d`));
          expect(got.total).toEqual(wanted.total);
          const holes = wanted.holes.map(({ fromUs, toUs, ...h }) => ({
            ...h,
            from: formatUs(fromUs),
            to: formatUs(toUs),
          }));
          const order = (l: { session: string; fromSeq: number }[]): unknown[] =>
            [...l].sort((a, b) => a.session.localeCompare(b.session) || a.fromSeq - b.fromSeq);
          expect(order(got.holes)).toEqual(order(holes));
          const counts = (b: { landed: number; missing: number }): unknown => [b.landed, b.missing];
          expect(got.buckets.map(counts)).toEqual(wanted.buckets.map(counts));
        }
      }),
      { numRuns: 12 },
    );
  });
});

describe('cycles', () => {
  interface Cycle {
    at: number;
    riseTimeS: number | null;
    periodS: number | null;
    complete: boolean;
  }
  const cycles: Cycle[] = [];
  beforeAll(async () => {
    let at = T0 + 7;
    for (let i = 0; i < 3000; i++) {
      at += i % 500 === 499 ? 700 * HOUR : 37_000_003;
      cycles.push({
        at,
        riseTimeS: i % 7 === 3 ? null : (i * 7919) % 40 === 0 ? 0 : ((i * 7919) % 40) / 1000,
        periodS: i % 11 === 0 ? null : 0.1 + (i % 5),
        complete: i % 13 !== 0,
      });
    }
    await t.db.query(
      `INSERT INTO cycle (started_at, signal_id, ended_at, complete, rise_time_s, period_s)
       SELECT timestamptz 'epoch' + interval '1 microsecond' * a, $5, timestamptz 'epoch' + interval '1 microsecond' * (a + 1), c, r, p
       FROM unnest($1::bigint[], $2::boolean[], $3::float8[], $4::float8[]) x(a, c, r, p)`,
      [
        cycles.map((c) => c.at),
        cycles.map((c) => c.complete),
        cycles.map((c) => c.riseTimeS),
        cycles.map((c) => c.periodS),
        signalId,
      ],
    );
  });

  const cases = fc.record({
    sort: fc.constantFrom('startedAt', '-startedAt', 'riseTimeS', '-riseTimeS', 'periodS', '-periodS'),
    where: fc.constantFrom('', 'riseTimeS>=0.02', 'riseTimeS>5', 'periodS=3.1'),
    complete: fc.constantFrom('', 'true', 'false'),
    from: fc.double({ min: -0.1, max: 0.9, noNaN: true }),
    limit: fc.constantFrom(50, 333, 1000, 5_000),
  });

  it('of a long range are those of one read, by each key, filter and page, ties and missing metrics among them', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ sort, where, complete, from, limit }) => {
        const [first, last] = [cycles[0]!.at, cycles.at(-1)!.at];
        const begin = Math.floor(first + from * (last - first));
        const key = sort.replace('-', '') as 'riseTimeS' | 'periodS' | 'startedAt';
        const sign = sort.startsWith('-') ? -1 : 1;
        const keep: Record<string, (c: Cycle) => boolean> = {
          '': () => true,
          'riseTimeS>=0.02': (c) => c.riseTimeS !== null && c.riseTimeS >= 0.02,
          'riseTimeS>5': () => false,
          'periodS=3.1': (c) => c.periodS === 3.1,
        };
        const of = (c: Cycle): number | null => (key === 'startedAt' ? c.at : c[key]);
        const wanted = cycles
          .filter((c) => c.at >= begin && keep[where]!(c))
          .filter((c) => complete === '' || String(c.complete) === complete)
          .sort((a, b) => {
            const [x, y] = [of(a), of(b)];
            if ((x === null) !== (y === null)) return x === null ? 1 : -1;
            return sign * ((x ?? 0) - (y ?? 0) || a.at - b.at);
          });
        const got: string[] = [];
        let cursor = '';
        do {
          const filters = `${where === '' ? '' : `&where=${encodeURIComponent(where)}`}${complete === '' ? '' : `&complete=${complete}`}`;
          const page = await jsonOf(
            t.call(
              `${SIGNAL}/cycles?${range(begin, last + 1)}&sort=${sort}&limit=${limit}${filters}${cursor}`,
            ),
          );
          got.push(...page.cycles.map((c: { startedAt: string }) => c.startedAt));
          cursor = page.next === null ? '' : `&cursor=${page.next}`;
        } while (cursor !== '');
        expect(got).toEqual(wanted.map((c) => formatUs(c.at)));
      }),
      { numRuns: 40 },
    );
  });

  it('can be sorted and filtered by each metric', async () => {
    expect(METRIC_NAMES.map(columnOf)).toContain('rise_time_s');
    for (const name of METRIC_NAMES) {
      const query = `${range(T0, T0 + HOUR)}&sort=-${name}&where=${encodeURIComponent(`${name}>=-1e300`)}`;
      expect([name, (await t.call(`${SIGNAL}/cycles?${query}`)).status]).toEqual([name, 200]);
    }
  });
});
