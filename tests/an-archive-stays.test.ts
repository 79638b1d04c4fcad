import { formatUs } from '@loadcycle/contract';
import { Advance } from '@loadcycle/database/maintenance/advance';
import { dropOldChunks, sayRetention } from '@loadcycle/database/maintenance/chunks';
import { runRefreshRequests } from '@loadcycle/database/maintenance/requests';
import { startLanding } from '@loadcycle/processors/landing/index';
import { Health } from '@loadcycle/service';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonOf, openTestApi, post, type TestApi } from './api-support.ts';
import { asWriter, batchOf, caughtUp, recordOf } from './landing-support.ts';

/** Archives that are brought in to stay: retention leaves them alone, and takes nothing of others with them. */
const DAY_US = 86_400_000_000;
const COUNT = 1_000;
const PERIOD_US = 10_000_000;
const RETENTION = { rawUs: 30 * DAY_US, ledgerUs: 365 * DAY_US, secondsUs: 60 * DAY_US, rollupUs: null };
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const T = Math.floor(Date.now() / 86_400_000 - 90) * DAY_US + 3_600_000_000;
let t: TestApi;
let landing: { close(): Promise<void> };

beforeAll(async () => {
  t = await openTestApi();
  landing = await startLanding({
    eventLog: t.eventLog,
    database: asWriter(t.db),
    health: new Health(),
    log: silent,
  });
  await sayRetention(t.db, RETENTION);
});
afterAll(async () => {
  await landing.close();
  await t.close();
});

async function land(signal: string, fromUs: number, batches: number): Promise<number[]> {
  const values: number[] = [];
  const records = Array.from({ length: batches }, (_, seq) => {
    const own = Float64Array.from({ length: COUNT }, (_, i) => 100 + 10 * Math.sin((seq * COUNT + i) / 50));
    values.push(...own);
    const t0Us = fromUs + seq * COUNT * PERIOD_US;
    const batch = { ...batchOf(seq, { count: COUNT, t0Us, values: own }), dtUs: PERIOD_US };
    return recordOf(batch, { signal, receivedAtUs: Date.now() * 1000 });
  });
  await t.eventLog.append(records);
  await caughtUp(t, 'landing');
  return values;
}

/** What maintenance does in a round. */
async function round(): Promise<void> {
  const { signal } = new AbortController();
  await new Advance(t.db, { lagUs: 0, stepMs: 10_000, signal }).run('sample');
  await runRefreshRequests(t.db, { stepMs: 10_000, rawRetentionUs: RETENTION.rawUs, signal });
  await dropOldChunks(t.db, RETENTION, silent);
}

const path = (signal: string): string => `/v1/sites/s/devices/d/signals/${signal}`;
const spanOf = (fromUs: number, batches: number) => ({
  from: formatUs(fromUs),
  to: formatUs(fromUs + batches * COUNT * PERIOD_US),
});
const read = async (signal: string, { from, to }: { from: string; to: string }, more: string) =>
  await jsonOf(t.call(`${path(signal)}/samples?from=${from}&to=${to}&${more}`));
const hours = async (signal: string, { from, to }: { from: string; to: string }): Promise<unknown> =>
  (await jsonOf(t.call(`/v1/samples?signal=s/d/${signal}&from=${from}&to=${to}&bucket=1h`))).series;

test('its rows and what is made of them stay, beside rollups of others whose rows have gone', async () => {
  const batches = 40;
  const span = spanOf(T, batches);
  await land('other', T, batches);
  // a live signal: the rollups go on behind it
  await land('live', Date.now() * 1000 - COUNT * PERIOD_US, 1);
  await round();
  const others = await hours('other', span);
  expect((others as { count: number[] }[])[0]!.count.reduce((a, b) => a + b, 0)).toBe(batches * COUNT);
  expect((await read('other', span, 'limit=10')).samples).toEqual([]);

  const held = await t.call(`${path('archive')}/holds`, post(span));
  expect(held.status).toBe(200);
  const hold = await jsonOf(held);
  const values = await land('archive', T, batches);
  await land('unheld', T - 20 * DAY_US, 2);
  await round();
  await round();
  expect(
    (await read('archive', span, 'limit=100000')).samples.map((s: { value: number }) => s.value),
  ).toEqual(values);
  expect((await read('unheld', spanOf(T - 20 * DAY_US, 2), 'limit=10')).samples).toEqual([]);
  // rollups of others stand as they were, and the archive's own rows answer for themselves
  expect(await hours('other', span)).toEqual(others);
  const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
  const [own] = (await hours('archive', span)) as { count: number[]; mean: number[]; max: number[] }[];
  expect(own!.count.reduce((a, b) => a + b, 0)).toBe(values.length);
  own!.mean.forEach((m, i) => {
    const at = own!.count.slice(0, i).reduce((a, b) => a + b, 0);
    expect(m).toBeCloseTo(mean(values.slice(at, at + own!.count[i]!)), 9);
  });
  const points = await read('archive', span, 'points=200');
  expect(points.downsampled.partial).toBeNull();
  expect(Math.max(...points.samples.map((s: { value: number }) => s.value))).toBe(Math.max(...values));

  const { holds } = await jsonOf(t.call(`${path('archive')}/holds`));
  expect(holds).toMatchObject([{ id: hold.id, until: null, createdBy: 'admin' }]);
  expect((await t.call(`${path('other')}/holds`, post(span))).status).toBe(409);
  expect((await t.call(`${path('archive')}/holds/${hold.id}`, { method: 'DELETE' })).status).toBe(204);
  await round();
  expect((await read('archive', span, 'limit=10')).samples).toEqual([]);
  expect(await hours('other', span)).toEqual(others);
});

/** Days before today in which a signal has an hour of samples, and whether that is held; by signal. */
const plan = fc.array(fc.record({ day: fc.integer({ min: 35, max: 60 }), held: fc.boolean() }), {
  minLength: 2,
  maxLength: 5,
});
let runs = 0;

test('random archives, held and not, beside signals that went before: what stays is what is held, and rollups are right', async () => {
  await fc.assert(
    fc.asyncProperty(
      plan,
      fc.array(fc.integer({ min: 35, max: 60 }), { maxLength: 3 }),
      async (archives, before) => {
        // each run in years of its own
        const run = ++runs;
        const at = (day: number): number => T - (run * 400 + day) * DAY_US;
        const early = before.map((day, i) => ({ signal: `early-${run}-${i}`, fromUs: at(day) }));
        for (const { signal, fromUs } of early) await land(signal, fromUs, 1);
        // as long as their rows are there they are rolled up; then their rows go
        await runRefreshRequests(t.db, {
          stepMs: 10_000,
          rawRetentionUs: null,
          signal: new AbortController().signal,
        });
        await round();
        const kept = await Promise.all(early.map((e) => hours(e.signal, spanOf(e.fromUs, 1))));
        for (const k of kept)
          expect((k as { count: number[] }[])[0]!.count.reduce((x, y) => x + y, 0)).toBe(COUNT);
        const later = archives.map((a, i) => ({ ...a, signal: `archive-${run}-${i}`, fromUs: at(a.day) }));
        for (const a of later.filter((x) => x.held)) {
          expect((await t.call(`${path(a.signal)}/holds`, post(spanOf(a.fromUs, 1)))).status).toBe(200);
        }
        const values = new Map<string, number[]>();
        for (const a of later) values.set(a.signal, await land(a.signal, a.fromUs, 1));
        await round();
        const heldDays = new Set(later.filter((a) => a.held).map((a) => a.day));
        const [width] = await t.db.query<{ us: number }>(
          `SELECT max(ends - begins)::bigint AS us FROM chunk_ranges('sample', 0, 9000000000000000)`,
        );
        for (const a of later) {
          const found = (await read(a.signal, spanOf(a.fromUs, 1), 'limit=100000')).samples;
          const own = values.get(a.signal)!;
          if (a.held) {
            expect(found.map((s: { value: number }) => s.value)).toEqual(own);
            const [h] = (await hours(a.signal, spanOf(a.fromUs, 1))) as { count: number[]; max: number[] }[];
            expect(h!.count.reduce((x, y) => x + y, 0)).toBe(own.length);
            expect(Math.max(...h!.max)).toBe(Math.max(...own));
          } else if (![...heldDays].some((d) => Math.abs(d - a.day) * DAY_US <= 2 * width!.us)) {
            expect(found).toEqual([]);
          }
        }
        for (const [i, e] of early.entries()) {
          expect(await hours(e.signal, spanOf(e.fromUs, 1))).toEqual(kept[i]);
        }
      },
    ),
    { numRuns: 4 },
  );
});
