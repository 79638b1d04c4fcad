import { formatUs } from '@loadcycle/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOf, openTestApi, seed, type TestApi } from './api-support.ts';

// Buckets of a time zone against the same made here with the clock of this program (Intl), around changes of the clock.

let t: TestApi;
beforeAll(async () => {
  t = await openTestApi();
  await seed(t.db);
});
afterAll(() => t.close());

const SIGNAL = '/v1/sites/plant2/devices/pump1/signals/current';
const MINUTE = 60_000_000;

/** A zone's wall clock: µs that a UTC clock would show the same at. */
function wallOf(zone: string): (us: number) => number {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return (us) => Date.parse(`${format.format(us / 1000).replace(' ', 'T')}Z`) * 1000;
}

/** 2000-01-03, a Monday, is where the store's days are counted from. */
const ORIGIN = Date.UTC(2000, 0, 3) * 1000;
const floorTo = (us: number, width: number): number => Math.floor((us - ORIGIN) / width) * width + ORIGIN;

const WIDTHS = { '15m': 15, '1h': 60, '2h': 120, '6h': 360, '1d': 1440, '7d': 10080 };

const CHANGES = [
  ['Europe/Berlin', '2026-03-29T01:00:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00:00Z'],
  ['America/New_York', '2026-03-08T07:00:00Z'],
  ['America/New_York', '2026-11-01T06:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
  ['America/Havana', '2026-11-01T05:00:00Z'],
  ['Africa/Cairo', '2026-04-23T22:00:00Z'],
  ['Asia/Kathmandu', '2026-05-01T00:00:00Z'],
  ['+05:30', '2026-05-10T00:00:00Z'],
  ['UTC', '2026-06-01T00:00:00Z'],
] as const;

describe('a zone and a time of any kind', () => {
  const ask = (zone: string, from: string, bucket: string) =>
    t.call(
      `${SIGNAL}/cycles/metrics?tz=${encodeURIComponent(zone)}&bucket=${bucket}&from=${from}&metric=periodS`,
    );

  it('never is an error of ours: every zone that there is, from long ago on', async () => {
    const zones = [
      ...Intl.supportedValuesOf('timeZone'),
      '+23:59',
      '-23:59',
      '+0530',
      'EST5EDT',
      'Etc/GMT+12',
    ];
    const answers: Record<string, number> = {};
    for (const [i, zone] of zones.entries()) {
      // each zone with one of these; all of them come often
      const from = [
        '1960-01-01T00:00:00',
        '1890-06-01T00:00:00',
        '1684-12-01T00:00:00',
        '2254-01-01T00:00:00',
        '1971-06-01T00:00:00',
      ][i % 5]!;
      const bucket = ['1d', '7d', '366d'][i % 3]!;
      const to = from.startsWith('2254') ? '&to=2254-05-01T00:00:00' : '';
      const { status } = await ask(zone, `${from}${to}`, bucket);
      answers[status] = (answers[status] ?? 0) + 1;
      expect([zone, from, bucket, status < 500, status < 500 ? '' : t.logLines.at(-1)]).toEqual([
        zone,
        from,
        bucket,
        true,
        '',
      ]);
    }
    expect(Object.keys(answers).sort()).toEqual(['200', '400']);
  });

  it('is answered where no cycle can be older than the odd seconds, and refused in words where one could', async () => {
    // until 1972 Liberia was 44 minutes and 30 seconds behind
    expect((await ask('Africa/Monrovia', '1971-03-01T00:00:00', '7d')).status).toBe(400);
    const odd = await ask('Africa/Monrovia', '1960-01-01T00:00:00&to=1971-01-01T00:00:00', '7d');
    expect([odd.status, (await jsonOf(odd)).detail]).toEqual([
      400,
      'tz: Africa/Monrovia was not whole minutes apart from UTC in this range: ask for it in UTC',
    ]);
    expect((await ask('Europe/Amsterdam', '1930-01-01T00:00:00&to=1936-01-01T00:00:00', '7d')).status).toBe(
      200,
    );
  });
});

describe('buckets of a time zone', () => {
  it.each(CHANGES)('of %s about %s', async (zone, text) => {
    const change = Date.parse(text) * 1000;
    const wall = wallOf(zone);
    // two days and a half before it and behind it
    const starts = Array.from({ length: 2 * 60 * 12 }, (_, i) => change + (i - 60 * 12) * 5 * MINUTE);
    await t.db.query('DELETE FROM cycle');
    await t.db.query(
      `INSERT INTO cycle (started_at, signal_id, ended_at, complete, period_s, sample_count, missing_count, outlier_count)
       SELECT s, signal_id, s + interval '1 second', true, 1, 10, 0, 0
       FROM (SELECT timestamptz 'epoch' + interval '1 microsecond' * u AS s FROM unnest($1::bigint[]) u) x, signal_path
       WHERE device = 'pump1' AND signal = 'current'`,
      [starts],
    );
    for (const [bucket, minutes] of Object.entries(WIDTHS)) {
      const width = minutes * MINUTE;
      // an hour that comes twice is two for short buckets
      const keyOf = (us: number): string => {
        const key = floorTo(wall(us), width);
        return width > 60 * MINUTE ? `${key}` : `${key} ${wall(us) - us}`;
      };
      const counts = new Map<string, number>();
      for (const us of starts) counts.set(keyOf(us), (counts.get(keyOf(us)) ?? 0) + 1);
      for (const from of [starts[0]!, change - 17 * MINUTE, change + 31 * MINUTE]) {
        const to = starts.at(-1)! + 1;
        const query = `from=${formatUs(from)}&to=${formatUs(to)}&tz=${encodeURIComponent(zone)}&bucket=${bucket}&metric=periodS`;
        const answer = await jsonOf(t.call(`${SIGNAL}/cycles/metrics?${query}`));
        // the bucket that the range begins in comes whole
        const keys = [...new Set([keyOf(from), ...starts.filter((us) => us >= from).map(keyOf)])];
        const got = answer.buckets as { t: string; cycles: number }[];
        expect([zone, bucket, got.map((b) => b.cycles)]).toEqual([
          zone,
          bucket,
          keys.map((k) => counts.get(k)),
        ]);
        expect(new Set(got.map((b) => b.t)).size).toBe(got.length);
        const begins = got.map((b) => Date.parse(b.t) * 1000);
        expect(begins).toEqual([...begins].sort((a, b) => a - b));
        begins.forEach((begin, i) => {
          // it begins where its key does: at the wall's boundary, or at the change that leaves the boundary out
          const key = Number(keys[i]!.split(' ')[0]);
          const before = floorTo(wall(begin - 1), width);
          if (width > 60 * MINUTE) {
            expect(floorTo(wall(begin), width)).toBe(key);
            expect(before).not.toBe(key);
          }
        });
      }
    }
  });
});
