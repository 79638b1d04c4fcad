import type { Batch } from '@loadcycle/contract';
import { CYCLE_METRICS, type Cycle } from '@loadcycle/contract/cycle';
import { conversionBetween, convert } from '@loadcycle/contract/units/conversion';
import { cycleIn } from '@loadcycle/contract/units/cycle-conversion';
import { startCycles } from '@loadcycle/processors/cycles-worker/index';
import { startLanding } from '@loadcycle/processors/landing/index';
import { Health } from '@loadcycle/service';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonOf, openTestApi, post, type TestApi, until } from './api-support.ts';
import { settled } from './cycles-worker-support.ts';
import { asWriter, batchOf, recordOf, T0 } from './landing-support.ts';
import { disagreements } from './validation-support.ts';

/** A signal that has data gets another unit, and what is read comes in any unit that measures the same. */
const PERIOD_US = 100_000;
const COUNT = 100;
let t: TestApi;
let workers: { close(): Promise<void> }[];
/** of 400 s from T0 on */
const NARROW = 'from=2026-09-21T14:13:20Z&to=2026-09-21T14:20:00Z';
const RANGE = 'from=2026-09-21T00:00:00Z&to=2026-09-23T00:00:00Z';

beforeAll(async () => {
  t = await openTestApi();
  const side = { eventLog: t.eventLog, database: asWriter(t.db), health: new Health(), log: silent };
  workers = [await startLanding(side), await startCycles({ ...side, settings: { repairQuiet: 0 } })];
});
afterAll(async () => {
  for (const w of workers) await w.close();
  await t.close();
});
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Base 20, load 80, a period of 10 s. */
const wave = (seq: number): Float64Array =>
  Float64Array.from({ length: COUNT }, (_, i) => {
    const n = seq * COUNT + i;
    return (n % 100 < 40 ? 80 : 20) + Math.round(Math.sin(n * 1.7) * 1000) / 1000;
  });

interface Sent extends Partial<Batch> {
  readonly signal: string;
  readonly receivedAtUs?: number;
}

async function send(seqs: readonly number[], { signal, receivedAtUs, ...o }: Sent): Promise<void> {
  const records = seqs.map((seq) => {
    const t0Us = T0 + seq * COUNT * PERIOD_US;
    const batch = { ...batchOf(seq, { count: COUNT, t0Us, values: wave(seq), ...o }), dtUs: PERIOD_US };
    return recordOf(batch, { signal, receivedAtUs: receivedAtUs ?? Date.now() * 1000 });
  });
  await t.eventLog.append(records);
  await settled(t as never);
}

const seqs = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const path = (signal: string): string => `/v1/sites/s/devices/d/signals/${signal}`;
const correct = (signal: string, body: object): Promise<Response> =>
  t.call(`${path(signal)}/unit`, post(body));
const samples = async (signal: string, more = ''): Promise<number[]> =>
  (await jsonOf(t.call(`${path(signal)}/samples?${RANGE}&limit=100000${more}`))).samples.map(
    (s: { value: number }) => s.value,
  );
const cycles = async (signal: string, more = ''): Promise<Cycle[]> =>
  (await jsonOf(t.call(`${path(signal)}/cycles?${RANGE}&limit=5000${more}`))).cycles;
/** The API remembers a signal for a second. */
const shownIn = (signal: string, unit: string): Promise<unknown> =>
  until(async () => (await jsonOf(t.call(`${path(signal)}/samples?${RANGE}&limit=1`))).signal.unit === unit);
const letters = async (signal: string) =>
  (await jsonOf(t.call('/v1/dead-letters'))).deadLetters.filter(
    (d: { key: string }) => d.key === `s/d/${signal}`,
  );

function near(found: number, expected: number, what: string): void {
  expect(Math.abs(found - expected), `${what}: ${found}, ${expected}`).toBeLessThan(
    1e-9 * Math.max(1, Math.abs(expected)),
  );
}

function sameCycles(found: readonly Cycle[], expected: readonly Cycle[]): void {
  expect(found.length).toBe(expected.length);
  expected.forEach((e, i) => {
    for (const { name } of CYCLE_METRICS) {
      const [x, y] = [found[i]![name], e[name]];
      if (y === null) expect(x, name).toBeNull();
      else near(x!, y, `${name} of ${i}`);
    }
  });
}

test('convert: history and what comes in the unit before and in the new one read as one series', async () => {
  await send(seqs(0, 20), { signal: 'converted', unit: 'Cel' });
  const before = await samples('converted');
  const cut = await cycles('converted');
  expect(cut.length).toBeGreaterThan(10);
  await t.call(path('converted'), {
    ...post(
      { unit: 'Cel', quantity: 'temperature', validMax: 200, maxRatePerS: 5000, cycles: { minStep: 3 } },
      'PUT',
    ),
  });
  const answer = await correct('converted', { unit: 'K', how: 'convert' });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({
    unit: 'K',
    version: 3,
    definition: {
      unit: 'K',
      quantity: 'temperature',
      validMax: 473.15,
      maxRatePerS: 5000,
      cycles: { minStep: 3 },
    },
  });
  await shownIn('converted', 'K');
  const c = conversionBetween('Cel', 'K')!;
  expect(await samples('converted')).toEqual(before.map((v) => convert(c, v)));
  sameCycles(
    await cycles('converted'),
    cut.map((x) => cycleIn(x, c)),
  );
  // the device goes on in °C; after its update it says K
  await send(seqs(20, 30), { signal: 'converted', unit: 'Cel' });
  for (const seq of seqs(30, 40)) {
    await send([seq], { signal: 'converted', unit: 'K', values: wave(seq).map((v) => convert(c, v)) });
  }
  expect(await letters('converted')).toEqual([]);
  const now = await samples('converted');
  expect(now.length).toBe(40 * COUNT);
  for (const seq of [0, 25, 35]) {
    wave(seq).forEach((v, i) => {
      near(now[seq * COUNT + i]!, v + 273.15, `sample ${i} of batch ${seq}`);
    });
  }
  expect(await disagreements(t.db)).toEqual([]);
  // a batch that comes again, in whatever unit it came, is a duplicate
  await send(seqs(10, 12), { signal: 'converted', unit: 'Cel' });
  await send([35], { signal: 'converted', unit: 'K', values: wave(35).map((v) => convert(c, v)) });
  expect((await samples('converted')).length).toBe(40 * COUNT);
  expect(await letters('converted')).toEqual([]);
  const { versions } = await jsonOf(t.call(`${path('converted')}/versions`));
  expect(
    versions.map((v: { definition: { unit: string }; correction: string }) => [
      v.definition.unit,
      v.correction,
    ]),
  ).toEqual([
    ['Cel', null],
    ['Cel', null],
    ['K', 'convert'],
  ]);
  // and back again, to the last bit
  expect((await correct('converted', { unit: 'Cel', how: 'convert' })).status).toBe(200);
  const [row] = await t.db.query<{ units: { conversion: object } }>(
    "SELECT units FROM signal WHERE name = 'converted'",
  );
  expect(row!.units.conversion).toEqual({ factor: 1, divisor: 1, offset: 0 });
});

test('what is re-cut after a conversion, and after a batch that came late, is what it would have been', async () => {
  await send([...seqs(0, 10), ...seqs(11, 20)], { signal: 'late', unit: 'mV' });
  expect((await correct('late', { unit: 'V', how: 'convert' })).status).toBe(200);
  await send([10], { signal: 'late', unit: 'V', values: wave(10).map((v) => v / 1000) });
  await send(seqs(20, 25), { signal: 'late', unit: 'mV' });
  await send(seqs(0, 25), { signal: 'plain', unit: 'mV' });
  await shownIn('late', 'V');
  const c = conversionBetween('mV', 'V')!;
  sameCycles(
    await cycles('late'),
    (await cycles('plain')).map((x) => cycleIn(x, c)),
  );
});

test('relabel: the numbers stay; the unit before waits as a mismatch, unless the sender stays', async () => {
  const early = Date.now() * 1000;
  await send(seqs(0, 10), { signal: 'relabelled', unit: 'C' });
  const before = await samples('relabelled');
  const wrong = await correct('relabelled', { unit: 'rpm', how: 'relabel' });
  expect(wrong.status).toBe(422);
  expect((await jsonOf(wrong)).detail).toContain('did you mean r/min');
  const apart = await correct('relabelled', { unit: 'Cel', how: 'convert' });
  expect(apart.status).toBe(422);
  expect(await apart.json()).toMatchObject({ detail: 'C can not be converted to Cel' });
  expect((await correct('relabelled', { unit: 'Cel', how: 'relabel', quantity: 'pressure' })).status).toBe(
    422,
  );
  const done = await correct('relabelled', { unit: 'Cel', how: 'relabel', quantity: 'temperature' });
  expect(await done.json()).toMatchObject({
    unit: 'Cel',
    version: 2,
    definition: { quantity: 'temperature' },
  });
  expect(await samples('relabelled')).toEqual(before);
  // received before it was corrected, read from the log only now
  await send([10], { signal: 'relabelled', unit: 'C', receivedAtUs: early });
  await send([11], { signal: 'relabelled', unit: 'Cel' });
  expect(await letters('relabelled')).toEqual([]);
  await send([12], { signal: 'relabelled', unit: 'C' });
  const [letter] = await letters('relabelled');
  expect(letter).toMatchObject({ reason: 'message.unit-mismatch' });
  expect((await samples('relabelled')).length).toBe(12 * COUNT);
  expect((await correct('relabelled', { unit: 'K', how: 'relabel', senderStays: true })).status).toBe(200);
  await send([13], { signal: 'relabelled', unit: 'Cel' });
  expect((await samples('relabelled')).length).toBe(13 * COUNT);
  expect((await letters('relabelled')).length).toBe(1);
});

test('reading in another unit: samples, points, cycles, buckets, filters, exports', async () => {
  const c = conversionBetween('Cel', '[degF]')!;
  await send(seqs(0, 40), { signal: 'read', unit: 'Cel' });
  const unit = `&unit=${encodeURIComponent('[degF]')}`;
  const own = await samples('read');
  const fahrenheit = await jsonOf(t.call(`${path('read')}/samples?${RANGE}&limit=10${unit}`));
  expect(fahrenheit.signal.unit).toBe('[degF]');
  expect(fahrenheit.samples.map((s: { value: number }) => s.value)).toEqual(
    own.slice(0, 10).map((v) => convert(c, v)),
  );
  const at = (body: { samples: { value: number }[] }): number[] => body.samples.map((s) => s.value);
  for (const points of ['&points=50', '&points=50&method=lttb', '&points=40&method=m4']) {
    const plain = at(await jsonOf(t.call(`${path('read')}/samples?${NARROW}${points}`)));
    expect(at(await jsonOf(t.call(`${path('read')}/samples?${NARROW}${points}${unit}`)))).toEqual(
      plain.map((v) => convert(c, v)),
    );
  }
  const csv = await t.call(`${path('read')}/samples?${RANGE}${unit}`, { headers: { accept: 'text/csv' } });
  expect(csv.headers.get('loadcycle-unit')).toBe('[degF]');
  const lines = (await csv.text()).trim().split('\n').slice(1);
  expect(lines.map((l) => Number(l.split(',')[1]))).toEqual(own.map((v) => convert(c, v)));

  const cut = await cycles('read');
  const expected = cut.map((x) => cycleIn(x, c));
  sameCycles(await cycles('read', unit), expected);
  const limit = expected[5]!.rms! + 1e-9;
  const above = await cycles('read', `${unit}&where=${encodeURIComponent(`rms>=${limit}`)}&sort=-rms`);
  const wanted = expected.filter((x) => x.rms! >= limit).sort((a, b) => b.rms! - a.rms!);
  sameCycles(above, wanted);

  const names = ['mean', 'rms', 'topLevel', 'topStd', 'peakToPeak', 'crestFactor', 'dutyCycle', 'periodS'];
  const query = `${RANGE}&bucket=1d${names.map((n) => `&metric=${n}`).join('')}`;
  const buckets = await jsonOf(t.call(`${path('read')}/cycles/metrics?${query}${unit}`));
  expect(buckets.units).toMatchObject({ rms: '[degF]', topStd: '[degF]', dutyCycle: '1' });
  const complete = expected.filter((x) => x.complete);
  expect(buckets.buckets.length).toBe(1);
  for (const name of names) {
    const xs = complete.map((x) => x[name as keyof Cycle] as number);
    const mean = xs.reduce((a, b) => a + b, 0) / xs.length;
    const std = Math.sqrt(xs.reduce((a, b) => a + (b - mean) ** 2, 0) / (xs.length - 1));
    const s = buckets.buckets[0].metrics[name];
    near(s.mean, mean, `mean of ${name}`);
    expect(Math.abs(s.std - std), `std of ${name}`).toBeLessThan(1e-5);
    near(s.max, Math.max(...xs), `max of ${name}`);
  }

  const aligned = await jsonOf(t.call(`/v1/samples?signal=s/d/read&${RANGE}&bucket=1h${unit}`));
  const plain = await jsonOf(t.call(`/v1/samples?signal=s/d/read&${RANGE}&bucket=1h`));
  expect(aligned.series[0].signal.unit).toBe('[degF]');
  expect(aligned.series[0].mean).toEqual(plain.series[0].mean.map((v: number) => convert(c, v)));

  const table = await t.call(`/v1/samples?signal=s/d/read&${RANGE}&bucket=1h${unit}`, {
    headers: { accept: 'text/csv' },
  });
  expect(table.headers.get('loadcycle-unit')).toBe('[degF]');

  for (const url of [
    `${path('read')}/samples?`,
    `${path('read')}/cycles?`,
    `${path('read')}/cycles/metrics?`,
  ]) {
    const refused = await t.call(`${url}${RANGE}&unit=bar`);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      code: 'request.invalid',
      hint: expect.stringContaining('K'),
    });
  }
});

test('the live stream tells each signal in its unit, whatever the device says', async () => {
  await send([0], { signal: 'live', unit: 'mV' });
  expect((await correct('live', { unit: 'V', how: 'convert' })).status).toBe(200);
  const stop = new AbortController();
  const response = await t.call('/v1/live?signal=s/d/live&event=samples&event=cycles&rate=10000', {
    signal: stop.signal,
  });
  const told: { unit: string; v: number[] }[] = [];
  const reading = (async () => {
    let text = '';
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
      text += piece;
      for (const m of text.matchAll(/event: samples\ndata: (.*)\n/g)) told.push(JSON.parse(m[1]!));
      text = text.slice(text.lastIndexOf('\n\n') + 1);
      if (told.flatMap((x) => x.v).length >= 2 * COUNT - 2) return;
    }
  })();
  await send([1], { signal: 'live', unit: 'mV' });
  await send([2], { signal: 'live', unit: 'V', values: wave(2).map((v) => v / 1000) });
  await send([3], { signal: 'live', unit: 'mV' });
  await reading;
  stop.abort();
  expect(new Set(told.map((x) => x.unit))).toEqual(new Set(['V']));
  expect(Math.max(...told.flatMap((x) => x.v))).toBeLessThan(0.1);
  const refused = await t.call('/v1/live?signal=s/d/live&unit=bar');
  expect(refused.status).toBe(400);
});
