import { METRIC_NAMES } from '@loadcycle/cloud-api/retrieval/cycle-sql';
import { formatUs } from '@loadcycle/contract';
import { columnOf } from '@loadcycle/contract/cycle';
import { completeness } from '@loadcycle/processors/accounts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOf, openTestApi, seed, type TestApi } from './api-support.ts';

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
    limit: fc.constantFrom(50, 333, 1000, 10_000),
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
