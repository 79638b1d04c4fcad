import { anomalySettings } from '@loadcycle/contract/anomaly-settings';
import { CYCLE_METRICS, type Cycle } from '@loadcycle/contract/cycle';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Detector, WINDOW } from './detector.ts';
import type { Episode } from './episodes.ts';

const T0 = 1_790_000_000_000_000;

/** Normal noise, reproducible. */
function noise(seed: number): () => number {
  let s = seed + 1;
  const uniform = (): number => {
    s = (Math.imul(s, 1_664_525) + 1_013_904_223) >>> 0;
    return (s + 0.5) / 4_294_967_296;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

type Change = (i: number) => Partial<Cycle>;

function cycles(count: number, seed: number, change: Change = () => ({})): Cycle[] {
  const z = noise(seed);
  const none = Object.fromEntries(CYCLE_METRICS.map((m) => [m.name, null])) as unknown as Cycle;
  return Array.from({ length: count }, (_, i) => ({
    ...none,
    startedAtUs: T0 + i * 1_000_000,
    endedAtUs: T0 + (i + 1) * 1_000_000,
    offsetAtUs: null,
    complete: true,
    periodS: 1 + 0.01 * z(),
    dutyCycle: 0.5 + 0.01 * z(),
    baseLevel: 230 + 0.3 * z(),
    topLevel: 270 + 0.3 * z(),
    ripple: 4 + 0.3 * z(),
    riseTimeS: 0.02 + 0.001 * z(),
    ...change(i),
  }));
}

function watch(all: readonly Cycle[], settings = anomalySettings({})): Episode[] {
  const detector = new Detector(settings);
  const last = new Map<string, Episode>();
  for (const c of all) for (const e of detector.push(c)) last.set(`${e.kind}/${e.metric}/${e.sinceUs}`, e);
  return [...last.values()];
}

test('a signal that goes on as it always did is never out of line', () => {
  for (let seed = 0; seed < 20; seed++) expect(watch(cycles(1_000, seed))).toEqual([]);
});

test('a fault is found under its metric, from where it began, and is over when it is', () => {
  const fault = (i: number) => (i >= 300 && i < 320 ? { topLevel: 290 } : {});
  const [found, ...others] = watch(cycles(500, 3, fault));
  expect(others).toEqual([]);
  expect(found).toMatchObject({
    kind: 'outlier',
    metric: 'topLevel',
    sinceUs: T0 + 300e6,
    untilUs: T0 + 324e6,
    open: false,
    value: 290,
  });
  expect(found!.score).toBeGreaterThan(6);
});

test.each([
  ['a change of regime', 'regime', 'ripple', { ripple: 5.3 }],
  ['a level that is 30 % too high', 'outlier', 'topLevel', { topLevel: 351 }],
] as const)('%s that lasts stays open: what is usual is not learnt from it', (_, kind, metric, fault) => {
  const change: Change = (i) => (i >= 300 && i < 4_300 ? fault : {});
  const lasting = watch(cycles(4_300, 5, change));
  expect(lasting).toMatchObject([{ kind, metric, untilUs: null, closedReason: null }]);
  const [over, ...others] = watch(cycles(5_000, 5, change));
  expect(others).toEqual([]);
  expect(over).toMatchObject({ closedReason: 'returned', sinceUs: lasting[0]!.sinceUs });
  expect(over!.untilUs).toBeGreaterThan(T0 + 4_300e6);
  expect(over!.untilUs).toBeLessThan(T0 + 4_400e6);
});

test('what comes and goes is one anomaly', () => {
  const found = watch(cycles(900, 6, (i) => (i >= 300 && i < 700 && i % 8 === 0 ? { topLevel: 290 } : {})));
  expect(found).toMatchObject([
    { kind: 'outlier', metric: 'topLevel', sinceUs: T0 + 304e6, closedReason: 'returned' },
  ]);
  expect(found[0]!.untilUs).toBeGreaterThan(T0 + 700e6);
});

test('accepted, it is over, and what is usual is learnt from the cycles since it began', () => {
  const detector = new Detector(anomalySettings({}));
  const all = cycles(900, 9, (i) => (i >= 300 ? { topLevel: 290 } : {}));
  for (const c of all.slice(0, 400)) detector.push(c);
  const since = all.slice(300, 400);
  expect(detector.accept('outlier', 'topLevel', T0 + 400e6, since)).toMatchObject([
    { kind: 'outlier', metric: 'topLevel', untilUs: T0 + 400e6, closedReason: 'accepted' },
  ]);
  expect(all.slice(400).flatMap((c) => detector.push(c))).toEqual([]);
  const back = cycles(10, 10).map((c) => ({ ...c, startedAtUs: c.startedAtUs + 900e6 }));
  expect(back.flatMap((c) => detector.push(c))).toMatchObject([
    { kind: 'outlier', metric: 'topLevel', expected: 290 },
  ]);
});

test('a machine that stands, accepted, is not waited for until it has run again', () => {
  const detector = new Detector(anomalySettings({}));
  for (const c of cycles(100, 2)) detector.push(c);
  const onset = T0 + 100e6;
  expect(detector.watch(onset + 6e6, onset, false)).toHaveLength(1);
  expect(detector.accept('missing-cycles', null, onset + 7e6, [])).toMatchObject([
    { closedReason: 'accepted' },
  ]);
  expect(detector.watch(onset + 8e6, onset, false)).toEqual([]);
  const next = { ...cycles(1, 3)[0]!, startedAtUs: onset + 9e6, endedAtUs: onset + 10e6 };
  expect(detector.push(next)).toEqual([]);
  expect(detector.watch(onset + 19e6, onset + 10e6, false)).toHaveLength(1);
});

test('one wild cycle is no anomaly, and incomplete cycles say nothing', () => {
  const fault: Change = (i) =>
    i === 300 ? { topLevel: 400 } : i > 400 ? { topLevel: 400, complete: false } : {};
  expect(watch(cycles(500, 8, fault))).toEqual([]);
});

test('fixed limits count from the first cycle', () => {
  const settings = anomalySettings({ limits: { riseTimeS: { max: 0.03 } } });
  const found = watch(
    cycles(10, 1, (i) => (i === 2 ? { riseTimeS: 0.05 } : {})),
    settings,
  );
  expect(found).toMatchObject([
    { kind: 'limit', metric: 'riseTimeS', value: 0.05, expected: 0.03, untilUs: T0 + 7e6 },
  ]);
});

test('a machine that stands, and a load that does not end, until the next cycle', () => {
  const all = cycles(100, 2);
  for (const [atLoad, kind] of [
    [false, 'missing-cycles'],
    [true, 'stuck-load'],
  ] as const) {
    const detector = new Detector(anomalySettings({}));
    for (const c of all) detector.push(c);
    const onset = T0 + 100e6;
    expect(detector.watch(onset + 4e6, onset, atLoad)).toEqual([]);
    const [opened] = detector.watch(onset + 6e6, onset, atLoad);
    expect(opened).toMatchObject({ kind, metric: null, untilUs: null });
    expect(detector.watch(onset + 7e6, onset, atLoad)).toEqual([]);
    const next = { ...all[0]!, startedAtUs: onset, endedAtUs: onset + 9e6, complete: false };
    expect(detector.push(next)).toMatchObject([{ kind, untilUs: onset + 9e6, open: false }]);
  }
});

test('a season: what is usual at this hour is no anomaly', () => {
  // every 24th cycle is high, in a season of 24 cycles
  const wave: Change = (i) => (i % 24 === 5 ? { topLevel: 300 } : {});
  const seasonal = anomalySettings({ seasonS: 24 });
  const start = Math.ceil(T0 / 24e6) * 24e6 - T0;
  const all = cycles(24 * 80, 4, wave).map((c) => ({ ...c, startedAtUs: c.startedAtUs + start }));
  const broken = all.map((c, i) => (i >= 24 * 70 && i % 24 > 5 && i % 24 < 12 ? { ...c, topLevel: 300 } : c));
  expect(watch(all, seasonal)).toEqual([]);
  expect(watch(broken, seasonal).map((e) => [e.kind, e.metric])).toContainEqual(['outlier', 'topLevel']);
});

test('stopped anywhere and made again from the cycles before, it goes on as if nothing had been', () => {
  const all = cycles(600, 11, (i) =>
    i >= 300 && i < 450 ? { topLevel: 271.5 } : i > 200 && i < 230 ? { ripple: 8 } : {},
  );
  const expected = watch(all);
  expect(expected.length).toBeGreaterThan(1);
  fc.assert(
    fc.property(fc.integer({ min: WINDOW, max: 599 }), (at) => {
      const found = new Map<string, Episode>();
      const note = (es: Episode[]) => {
        for (const e of es) found.set(`${e.kind}/${e.metric}/${e.sinceUs}`, e);
      };
      let detector = new Detector(anomalySettings({}));
      for (const c of all.slice(0, at)) note(detector.push(c));
      const [state, baseline] = JSON.parse(JSON.stringify([detector.state(), detector.baseline()]));
      detector = new Detector(anomalySettings({}), all.slice(at - WINDOW, at), state, baseline);
      for (const c of all.slice(at)) note(detector.push(c));
      expect([...found.values()]).toEqual(expected);
    }),
    { numRuns: 40 },
  );
});
