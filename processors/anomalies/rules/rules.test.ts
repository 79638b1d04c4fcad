import { type Rule, rulesOf } from '@loadcycle/contract/rule-settings';
import { SAME } from '@loadcycle/contract/units/conversion';
import { describe, expect, test } from 'vitest';
import { uniforms } from '../../cycles/testing.ts';
import {
  type OwnRule,
  RuleEvaluator,
  type RuleFound,
  type RulesBaseline,
  type RulesState,
} from './evaluator.ts';

/**
 * Each rule on random series, in random pieces and with restarts at random places, against what the rule says written down
 * plainly: on the whole series at once, with no state.
 */
type Point = readonly [atUs: number, value: number];
interface Judged {
  readonly t: number;
  readonly hit: boolean;
  readonly calm: boolean;
  readonly since?: number;
}
interface Plain {
  readonly sinceUs: number;
  readonly untilUs: number | null;
}

const S = 1_000_000;
const MIN = 60 * S;

/** Walks, jumps, stands still, has holes in time and samples that are missing. */
function series(r: () => number, count: number, stepUs: number): Point[] {
  const points: Point[] = [];
  let t = 1_790_000_000_000_000 + Math.floor(r() * 10 * stepUs);
  let level = 20;
  let still = 0;
  for (let i = 0; i < count; i++) {
    t +=
      Math.ceil(stepUs * (r() < 0.5 ? 1 : 0.2 + 1.6 * r())) +
      (r() < 0.01 ? Math.floor(20 * stepUs * r()) : 0);
    if (r() < 0.02) still = Math.floor(r() * 12);
    if (r() < 0.03) level = 20 + 12 * (r() - 0.5);
    if (still-- <= 0) level += 0.4 * (r() - 0.5) + (r() < 0.01 ? 10 * (r() - 0.5) : 0);
    points.push([t, r() < 0.03 ? Number.NaN : Math.round(level * 50) / 50]);
  }
  return points;
}

/** On-delay and off-delay over all verdicts at once. */
function alarmsOf(all: readonly Judged[], onDelay: number, offDelay: number): Plain[] {
  const found: Plain[] = [];
  for (let i = 0; i < all.length; ) {
    if (!all[i]!.hit) {
      i++;
      continue;
    }
    const sinceUs = all[i]!.since ?? all[i]!.t;
    let at = i;
    while (at < all.length && all[at]!.hit && all[at]!.t - sinceUs < onDelay) at++;
    if (at === all.length || !all[at]!.hit) {
      i = at;
      continue;
    }
    let untilUs: number | null = null;
    let back = at + 1;
    for (; back < all.length && untilUs === null; back++) {
      let to = back;
      while (to < all.length && all[to]!.calm && all[to]!.t - all[back]!.t < offDelay) to++;
      if (to < all.length && all[to]!.calm) {
        untilUs = all[back]!.t;
        back = to;
      }
    }
    found.push({ sinceUs, untilUs });
    i = back;
  }
  return found;
}

const real = (points: readonly Point[]): Point[] => points.filter(([, v]) => !Number.isNaN(v));

function means(points: readonly Point[], lengthUs: number): { slot: number; t: number; mean: number }[] {
  const bySlot = [...Map.groupBy(points, ([t]) => Math.floor(t / lengthUs))].slice(0, -1);
  return bySlot.map(([slot, its]) => ({
    slot,
    t: Math.round(slot * lengthUs + its.reduce((sum, [t]) => sum + (t - slot * lengthUs), 0) / its.length),
    mean: its.reduce((sum, [, v]) => sum + v, 0) / its.length,
  }));
}

const median = (some: readonly number[]): number => {
  const s = some.toSorted((a, b) => a - b);
  return (s[(s.length - 1) >> 1]! + s[s.length >> 1]!) / 2;
};

/** What the rule says, from its description. */
function plainly(rule: OwnRule, all: readonly Point[]): Plain[] {
  const points = real(all);
  switch (rule.type) {
    case 'stuck-value': {
      let run: Point[] = [];
      const judged = points.map((p): Judged => {
        const with_ = [...run, p].map(([, v]) => v);
        const moved = run.length === 0 || Math.max(...with_) - Math.min(...with_) > rule.band;
        run = moved ? [p] : [...run, p];
        return { t: p[0], since: run[0]![0], hit: !moved && p[0] - run[0]![0] >= rule.after, calm: moved };
      });
      return alarmsOf(judged, 0, 0);
    }
    case 'rate-of-change': {
      const over = rule.over ?? rule.per;
      const all = means(points, over / 16);
      const judged = all.flatMap(({ t }, i): Judged[] => {
        const near = all.slice(0, i + 1).filter((m, k) => t - m.t <= over || k >= i - 1);
        if (near.length < 2 || t - near[0]!.t < over / 2) return [];
        const mt = near.reduce((s, m) => s + (m.t - t), 0) / near.length;
        const mv = near.reduce((s, m) => s + m.mean, 0) / near.length;
        const tv = near.reduce((s, m) => s + (m.t - t - mt) * (m.mean - mv), 0);
        const tt = near.reduce((s, m) => s + (m.t - t - mt) ** 2, 0);
        const rate = (tv / tt) * rule.per;
        const y = rule.direction === 'either' ? Math.abs(rate) : rule.direction === 'rising' ? rate : -rate;
        return [{ t, hit: y > rule.limit, calm: y <= rule.limit - rule.deadband }];
      });
      return alarmsOf(judged, rule.onDelay, rule.offDelay);
    }
    case 'value-outlier':
    case 'drift':
      return robustly(rule, means(points, rule.bucket));
    default: {
      const sign = rule.type.startsWith('high') ? 1 : -1;
      const judged = points.map(([t, v]) => ({
        t,
        hit: sign * v > sign * rule.limit,
        calm: sign * v <= sign * rule.limit - rule.deadband,
      }));
      return alarmsOf(judged, rule.onDelay, rule.offDelay);
    }
  }
}

/** Values that are usual: at most 112, older than the newest 16, thinned out so that they reach back; none of an alarm. */
function robustly(
  rule: Extract<OwnRule, { bucket: number }>,
  all: readonly { slot: number; mean: number }[],
): Plain[] {
  const found: Plain[] = [];
  const spanUs = Math.max(36 * 60 * MIN, 112 * rule.bucket);
  let usual: number[] = [];
  let recent: { t: number; mean: number }[] = [];
  let [spacing, average] = [0, 0];
  let first: number | null = null;
  let last: number | null = null;
  let notBefore: number | null = null;
  let open = false;
  for (const { slot, mean } of all) {
    const t = slot * rule.bucket;
    const wasOpen = open;
    if (usual.length >= 32) {
      const m = median(usual);
      const mad = median(usual.map((v) => Math.abs(v - m)));
      const z = (mean - m) / Math.max(1.4826 * mad, rule.minDeviation, 0.0005 * Math.abs(m));
      const most = 2 * rule.threshold;
      average += (Math.max(-most, Math.min(most, z)) - average) / 16;
      const y = Math.abs(rule.type === 'drift' ? average : z);
      if (!open && y > rule.threshold) found.push({ sinceUs: t, untilUs: null });
      if (open && y <= rule.threshold / 2) found.push({ ...found.pop()!, untilUs: t });
      open = found.at(-1)?.untilUs === null;
    }
    if (open) {
      recent = [];
      continue;
    }
    if (wasOpen) {
      notBefore = t;
      continue;
    }
    if (t <= (notBefore ?? 0)) continue;
    recent.push({ t, mean });
    if (recent.length <= 16) continue;
    const old = recent.shift()!;
    if (last !== null && old.t - last < spacing) continue;
    if (usual.length === 112) {
      spacing ||= (last! - first!) / 111;
      if (spacing * 112 < spanUs) {
        usual = usual.filter((_, i) => i % 2 === 1);
        spacing *= 2;
      } else usual.shift();
    }
    first ??= old.t;
    last = old.t;
    usual.push(old.mean);
  }
  return found;
}

/** The same in pieces: a restart keeps what the store keeps, as JSON. */
function streamed(rule: OwnRule, points: readonly Point[], r: () => number): Plain[] {
  const rules = { it: rule as Rule };
  let evaluator = new RuleEvaluator(rules, CEL);
  const found = new Map<number, RuleFound>();
  let kept: RulesBaseline = {};
  let keptAt = evaluator.baselineChanges;
  for (let i = 0; i < points.length; ) {
    // some come again
    const from = r() < 0.2 ? Math.max(0, i - Math.floor(r() * 5)) : i;
    const to = i + 1 + Math.floor(r() * (r() < 0.2 ? 60 : 4));
    const some = points.slice(from, to);
    const samples = { timesUs: some.map(([t]) => t), values: some.map(([, v]) => v) };
    for (const f of evaluator.push(samples, false)) found.set(f.sinceUs, f);
    if (evaluator.baselineChanges !== keptAt) kept = JSON.parse(JSON.stringify(evaluator.baseline()));
    keptAt = evaluator.baselineChanges;
    i = to;
    if (r() < 0.8) continue;
    const state = JSON.parse(JSON.stringify(evaluator.state())) as RulesState;
    evaluator = new RuleEvaluator(rules, CEL, state, kept);
    keptAt = evaluator.baselineChanges;
  }
  return [...found.values()].map(({ sinceUs, untilUs }) => ({ sinceUs, untilUs }));
}

const RULES: Readonly<Record<string, { stepUs: number; make: (r: () => number) => object }>> = {
  high: {
    stepUs: S,
    make: (r) => ({ limit: 20 + 4 * r(), deadband: r() < 0.3 ? 0 : r(), ...delaysOf(r) }),
  },
  'low-low': {
    stepUs: S,
    make: (r) => ({ limit: 20 - 4 * r(), deadband: r() < 0.3 ? 0 : r(), ...delaysOf(r) }),
  },
  'rate-of-change': {
    stepUs: S,
    make: (r) => ({
      ...{ limit: 0.2 + 2 * r(), per: '10s', over: r() < 0.5 ? '4s' : '30s', deadband: 0.2 * r() },
      ...{ direction: ['rising', 'falling', 'either'][Math.floor(3 * r())], ...delaysOf(r) },
    }),
  },
  'stuck-value': { stepUs: S, make: (r) => ({ after: r() < 0.5 ? '4s' : '9s', band: r() < 0.5 ? 0 : 0.1 }) },
  'value-outlier': {
    stepUs: 20 * S,
    make: (r) => ({
      threshold: 2 + 4 * r(),
      bucket: r() < 0.5 ? '1m' : '30s',
      minDeviation: r() < 0.5 ? 0 : 0.2,
    }),
  },
  drift: {
    stepUs: 20 * S,
    make: (r) => ({
      threshold: 2 + r(),
      bucket: r() < 0.5 ? '1m' : '40s',
      minDeviation: r() < 0.5 ? 0 : 0.1,
    }),
  },
};

const delaysOf = (r: () => number) =>
  r() < 0.3 ? {} : { onDelay: `${Math.floor(r() * 6)}s`, offDelay: `${Math.floor(r() * 6)}s` };

describe.each(Object.entries(RULES))('%s', (type, { stepUs, make }) => {
  test('in any pieces, with restarts and what comes again, as it is on the whole', () => {
    let alarms = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const r = uniforms(seed * 7919);
      const written = make(r);
      const rule = rulesOf({ rules: { it: { type, ...written } } })['it'] as OwnRule;
      const points = series(r, stepUs === S ? 300 : 1_500, stepUs);
      const expected = plainly(rule, points);
      expect(streamed(rule, points, r), `seed ${seed}, ${JSON.stringify(written)}`).toEqual(expected);
      alarms += expected.length;
    }
    expect(alarms).toBeGreaterThan(20);
  });
});

const at = (values: readonly number[], fromUs = 0) => ({
  timesUs: values.map((_, i) => fromUs + (i + 1) * S),
  values,
});
const high = (more: object = {}) =>
  rulesOf({ rules: { high: { limit: 80, deadband: 2, onDelay: '2s', offDelay: '2s', ...more } } });

const CEL = { unit: 'Cel', conversion: SAME };
const BAR = { unit: 'bar', conversion: SAME };

test('says why in words, and when it is worse', () => {
  const found = new RuleEvaluator(high(), CEL).push(at([79, 81, 82, 83, 89, 79, 79, 77, 77, 77]), false);
  expect(found.map((f) => [f.sinceUs / S, f.untilUs, f.value, f.closedReason])).toEqual([
    [2, null, 83, null],
    [2, null, 89, null],
    [2, 8 * S, 89, 'returned'],
  ]);
  expect(found.map((f) => f.reason)).toEqual([
    'is 83 Cel, above 80 Cel (high) for 2 s',
    'is 89 Cel, above 80 Cel (high) for 2 s',
    'was 89 Cel, above 80 Cel (high); back below 78 Cel',
  ]);
});

test('a row has the worst so far, which is told when it is much worse', () => {
  const evaluator = new RuleEvaluator(high(), CEL);
  evaluator.push(at([81, 82, 83, 84]), false);
  expect(evaluator.takeWorse()).toMatchObject([{ value: 84, untilUs: null }]);
  expect(evaluator.push(at([83, 83], 4 * S), false)).toEqual([]);
  expect(evaluator.takeWorse()).toEqual([]);
});

test('what came long after it was measured is found as history; what lasts into the present opens anew', () => {
  const evaluator = new RuleEvaluator(high(), CEL);
  expect(evaluator.push(at([81, 82, 83, 84]), true)).toMatchObject([{ history: true, sinceUs: S }]);
  const found = evaluator.push(at([85, 85, 85, 70, 70, 70], 4 * S), false);
  expect(found).toMatchObject([
    { history: false, sinceUs: 5 * S, untilUs: null },
    { history: false, sinceUs: 5 * S, untilUs: 8 * S },
  ]);
});

test('another definition ends what its own rule has open, and no other', () => {
  const rules = rulesOf({ rules: { high: { limit: 80 }, 'high-high': { limit: 90 } } });
  const before = new RuleEvaluator(rules, CEL);
  expect(before.push(at([95]), false)).toHaveLength(2);
  const changed = rulesOf({ rules: { high: { limit: 70 }, 'high-high': { limit: 90 } } });
  const after = new RuleEvaluator(changed, CEL, before.state());
  expect(after.takeEnded()).toMatchObject([{ kind: 'high', closedReason: 'definition', sinceUs: S }]);
  expect(after.push(at([95], S), false)).toMatchObject([{ kind: 'high', sinceUs: 2 * S }]);
});

test('what is accepted is learnt: a stuck value until it changes, a drift by its new reference', () => {
  const stuck = new RuleEvaluator(rulesOf({ rules: { s: { type: 'stuck-value', after: '2s' } } }), BAR);
  expect(stuck.push(at([1, 1, 1]), false)).toMatchObject([{ reason: 'stands at 1 bar, for more than 2 s' }]);
  expect(stuck.accept('s', 4 * S)).toMatchObject({ closedReason: 'accepted', untilUs: 4 * S });
  expect(stuck.push(at([1, 1, 2, 2, 2], 3 * S), false)).toMatchObject([{ sinceUs: 6 * S }]);

  const r = uniforms(3);
  const drift = new RuleEvaluator(rulesOf({ rules: { drift: { bucket: '1s', minDeviation: 0.1 } } }), BAR);
  const level = (n: number, v: number) => Array.from({ length: n }, () => v + 0.1 * (r() - 0.5));
  expect(drift.push(at(level(200, 5)), false)).toEqual([]);
  expect(drift.push(at(level(300, 6), 200 * S), false)).toMatchObject([
    { kind: 'drift', untilUs: null, expected: expect.closeTo(5, 1) },
  ]);
  expect(drift.accept('drift', 500 * S)).toMatchObject({ closedReason: 'accepted' });
  expect(drift.push(at(level(200, 6), 500 * S), false)).toEqual([]);
});
