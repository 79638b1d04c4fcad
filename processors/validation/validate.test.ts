import { type Batch, QUALITY, SignalDefinition } from '@loadcycle/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leadInUs, revalidateRows } from './revalidate.ts';
import { type BatchTail, validateBatch } from './validate.ts';

const T0 = 1_790_000_000_000_000;
const NaN_ = Number.NaN;
const define = (d: Partial<SignalDefinition> = {}) => SignalDefinition.parse({ unit: 'V', ...d });
const batch = (values: number[], more: Partial<Batch> = {}): Batch => ({
  session: '0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b',
  seq: 0,
  unit: 'V',
  t0Us: T0,
  dtUs: 1000,
  offsetsUs: null,
  values: Float64Array.from(values),
  ...more,
});
const {
  good,
  badMissing: M,
  badOutOfRange: R,
  uncertainRateOfChange: J,
  uncertainStuck: S,
  uncertainClockSkew: C,
} = QUALITY;
const quality = (b: Batch, d: SignalDefinition, before: BatchTail | null = null, receivedAtUs = T0 + 1e6) =>
  Array.from(validateBatch(b, d, receivedAtUs, { before }).quality);

test('range and missing; limits themselves are in', () => {
  const d = define({ validMin: -1, validMax: 5 });
  expect(quality(batch([-1, 5, -1.1, 5.1, NaN_, 0]), d)).toStrictEqual([good, good, R, R, M, good]);
  // what no rollup could sum is out of range without limits, and with ones that would let it in
  const odd = batch([Number.POSITIVE_INFINITY, 1e308, -0, 5e-324, -1e-170, -1e99, 1e-99]);
  for (const limits of [{}, { validMin: -Number.MAX_VALUE, validMax: Number.MAX_VALUE }]) {
    expect(quality(odd, define(limits))).toStrictEqual([R, R, good, R, R, good, good]);
  }
  expect(validateBatch(batch([9, NaN_, 0, 0]), d, T0)).toMatchObject({ good: 2, uncertain: 0, bad: 2 });
});

test('rate of change: against the last sample that was not bad, by the time between', () => {
  const d = define({ maxRatePerS: 1000, validMax: 100 });
  expect(quality(batch([0, 1, 2.5, 2.5, 1.4]), d)).toStrictEqual([good, good, J, good, J]);
  expect(quality(batch([0, 999, NaN_, 3]), d)).toStrictEqual([good, R, M, good]);
  expect(quality(batch([0, 999, NaN_, 3.1]), d)).toStrictEqual([good, R, M, J]);
  const irregular = batch([0, 5, 6], { dtUs: null, offsetsUs: Float64Array.of(0, 5000, 5500) });
  expect(quality(irregular, d)).toStrictEqual([good, good, J]);
});

test('stuck: from when it has lasted longer than the window, until another value comes', () => {
  const d = define({ stuckAfterUs: 2000 });
  expect(quality(batch([7, 7, 7, 7, 7, 8, 7]), d)).toStrictEqual([good, good, good, S, S, good, good]);
  expect(quality(batch([7, NaN_, 7, 7]), d)).toStrictEqual([good, M, good, S]);
  // a silence longer than the window is no evidence
  const gap = batch([7, 7, 7, 7], { dtUs: null, offsetsUs: Float64Array.of(0, 5000, 6000, 7001) });
  expect(quality(gap, d)).toStrictEqual([good, good, good, S]);
});

test('the end of the batch before is where the rules go on', () => {
  const d = define({ maxRatePerS: 1000, stuckAfterUs: 2000 });
  const first = validateBatch(batch([0, 7, 7]), d, T0);
  const next = batch([7, 7, 9], { seq: 1, t0Us: T0 + 3000 });
  expect(quality(next, d, first.tail)).toStrictEqual([good, S, J]);
  expect(quality(next, d)).toStrictEqual([good, good, J]);
  const allBad = validateBatch(batch([NaN_], { t0Us: T0 + 3000 }), d, T0, { before: first.tail });
  expect(allBad.tail).toStrictEqual({ ...first.tail, highUs: T0 + 3000 });
});

test('a clock ahead, and one that went back; an old backlog is neither', () => {
  const d = define({ clockSkewUs: 1_000_000, validMax: 5 });
  const HOUR = 3_600_000_000;
  expect(quality(batch([1, 9, NaN_]), d, null, T0 - 2_000_000)).toStrictEqual([C, R, M]);
  expect(quality(batch([1]), d, null, T0 - 1_000_000)).toStrictEqual([good]);
  expect(quality(batch([1]), d, null, T0 + 1000 * HOUR)).toStrictEqual([good]);
  expect(quality(batch([1]), define(), null, T0 - 61_000_000)).toStrictEqual([C]);
  // an hour ahead for one batch, then right again: only that one is marked
  let tail: BatchTail | null = null;
  const run = (atUs: number, receivedAtUs: number) => {
    const v = validateBatch(batch([1, 1], { t0Us: atUs }), d, receivedAtUs, { before: tail });
    tail = v.tail;
    return v.uncertain;
  };
  expect([run(T0, T0), run(T0 + HOUR, T0 + 2e6), run(T0 + 4e6, T0 + 4e6)]).toStrictEqual([0, 2, 0]);
  // an hour back: marked until it has caught up with what was there before
  expect([
    run(T0 + 6e6 - HOUR, T0 + 6e6),
    run(T0 + 7e6 - HOUR, T0 + 7e6),
    run(T0 + 8e6, T0 + 8e6),
  ]).toStrictEqual([2, 2, 0]);
});

test('a unit is never converted in silence', () => {
  expect(() => validateBatch(batch([1], { unit: 'mV' }), define(), T0)).toThrow(
    expect.objectContaining({ code: 'message.unit-mismatch', pointer: '/unit', kind: 'poison' }),
  );
  expect(quality(batch([1], { unit: '1', unitStated: false }), define())).toStrictEqual([good]);
});

const signal = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -3, max: 9 }) },
    { weight: 1, arbitrary: fc.constant(NaN_) },
  ),
  { minLength: 1, maxLength: 60 },
);
const definition = fc
  .record({
    validMin: fc.option(fc.constant(-2)),
    validMax: fc.option(fc.constant(7)),
    maxRatePerS: fc.option(fc.constantFrom(500, 1000, 3000)),
    stuckAfterUs: fc.option(fc.constantFrom(1, 1000, 2500)),
  })
  .map(define);

/** The same rules said another way: each sample looked at alone, with a search backwards. */
function model(times: number[], values: number[], d: SignalDefinition): number[] {
  const isBad = (v: number) =>
    Number.isNaN(v) || v < (d.validMin ?? -Infinity) || v > (d.validMax ?? Infinity);
  return values.map((v, i) => {
    if (Number.isNaN(v)) return M;
    if (isBad(v)) return R;
    const earlier = values
      .map((_, k) => k)
      .slice(0, i)
      .filter((k) => !isBad(values[k]!));
    const last = earlier.at(-1);
    if (last === undefined) return good;
    if (v !== values[last]) {
      const rate = Math.abs(v - values[last]!) / ((times[i]! - times[last]!) / 1e6);
      return d.maxRatePerS !== null && rate > d.maxRatePerS * (1 + 1e-12) ? J : good;
    }
    if (d.stuckAfterUs === null) return good;
    let start = i;
    for (const k of earlier.toReversed()) {
      if (values[k] !== v || times[start]! - times[k]! > d.stuckAfterUs) break;
      start = k;
    }
    return times[i]! - times[start]! > d.stuckAfterUs ? S : good;
  });
}

test('agrees with a plain model', () => {
  fc.assert(
    fc.property(signal, definition, (values, d) => {
      const times = values.map((_, i) => T0 + i * 1000);
      expect(quality(batch(values), d)).toStrictEqual(model(times, values, d));
    }),
    { numRuns: 2000 },
  );
});

test('cut anywhere, with the tails handed on, the result is the same; so is that of revalidation', () => {
  fc.assert(
    fc.property(signal, definition, fc.array(fc.nat(60), { maxLength: 5 }), (values, d, cuts) => {
      const whole = quality(batch(values), d);
      const edges = [...new Set([0, ...cuts.filter((c) => c < values.length), values.length])].sort(
        (a, b) => a - b,
      );
      let tail: BatchTail | null = null;
      const pieces = edges.slice(0, -1).flatMap((from, i) => {
        const piece = batch(values.slice(from, edges[i + 1]), { seq: i, t0Us: T0 + from * 1000 });
        const v = validateBatch(piece, d, T0 + 1e6, { before: tail });
        tail = v.tail;
        return Array.from(v.quality);
      });
      expect(pieces).toStrictEqual(whole);
      const rows = {
        timesUs: Float64Array.from(values, (_, i) => T0 + i * 1000),
        values: Float64Array.from(values),
        quality: Uint8Array.from(whole),
      };
      const again = revalidateRows(rows, d);
      expect([Array.from(again.quality), again.changed]).toStrictEqual([whole, []]);
    }),
    { numRuns: 1000 },
  );
});

test('revalidation of a range does not depend on where it begins, given its lead-in', () => {
  fc.assert(
    fc.property(signal, definition, fc.nat(59), (values, d, from) => {
      if (from >= values.length) return;
      const whole = model(
        values.map((_, i) => T0 + i * 1000),
        values,
        d,
      );
      const isBad = (i: number) => whole[i]! >= 128;
      let first = Math.max(0, from - Math.ceil(leadInUs(d) / 1000));
      while (first > 0 && !Array.from({ length: from - first }, (_, k) => first + k).some((i) => !isBad(i)))
        first--;
      const rows = {
        timesUs: Float64Array.from(values.slice(first), (_, i) => T0 + (first + i) * 1000),
        values: Float64Array.from(values.slice(first)),
        quality: new Uint8Array(values.length - first),
      };
      expect(Array.from(revalidateRows(rows, d, { from: from - first }).quality)).toStrictEqual(
        whole.slice(from),
      );
    }),
    { numRuns: 1000 },
  );
});

test('revalidation: changed limits, marks of the clock, what changed', () => {
  const rows = {
    timesUs: Float64Array.of(T0, T0 + 1000, T0 + 2000, T0 + 3000),
    values: Float64Array.of(1, 6, 6, NaN_),
    quality: [R, good, C, M],
  };
  expect(revalidateRows(rows, define({ validMax: 5 }))).toStrictEqual({
    quality: Uint8Array.of(good, R, R, M),
    good: 1,
    uncertain: 0,
    bad: 3,
    changed: [0, 1, 2],
  });
  expect(revalidateRows(rows, define({ validMax: 9 }))).toMatchObject({
    quality: Uint8Array.of(good, good, C, M),
    changed: [0],
  });
  expect(revalidateRows(rows, define({ validMax: 9 }), { skewed: (t) => t === T0 }).quality).toStrictEqual(
    Uint8Array.of(C, good, good, M),
  );
  expect(
    revalidateRows({ timesUs: new Float64Array(), values: new Float64Array(), quality: [] }, define())
      .quality,
  ).toHaveLength(0);
});
