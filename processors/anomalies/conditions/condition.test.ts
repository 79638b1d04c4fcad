import { type ConditionRule, rulesOf } from '@loadcycle/contract/rule-settings';
import { expect, test } from 'vitest';
import type { AlarmChange } from '../rules/alarm.ts';
import { ConditionJudge, type ConditionState, type EntryChange } from './condition.ts';

const S = 1_000_000;

function random(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (Math.imul(a, 1_664_525) + 1_013_904_223) >>> 0;
    return a / 4_294_967_296;
  };
}

const END = 200 * S;

/** From all changes at once: when it was so for long enough, and when it was not for long enough after that. */
function plainly({ all, any, onDelay, offDelay }: ConditionRule, changes: readonly EntryChange[]) {
  const count = (all ?? any)!.length;
  const truth = Array.from({ length: count }, () => false);
  const spans: { fromUs: number; is: boolean }[] = [{ fromUs: 0, is: false }];
  for (const [atUs, its] of Map.groupBy(changes, (c) => c.atUs)) {
    for (const c of its) truth[c.entry] = c.isTrue;
    const is = all === undefined ? truth.includes(true) : !truth.includes(false);
    if (is !== spans.at(-1)!.is) spans.push({ fromUs: atUs, is });
  }
  const found: { sinceUs: number; untilUs: number | null }[] = [];
  for (const [i, { fromUs, is }] of spans.entries()) {
    const forUs = (spans[i + 1]?.fromUs ?? END) - fromUs;
    const open = found.at(-1)?.untilUs === null;
    if (is && !open && forUs >= onDelay) found.push({ sinceUs: fromUs, untilUs: null });
    if (!is && open && forUs >= offDelay) found.push({ ...found.pop()!, untilUs: fromUs });
  }
  return found;
}

test('several entries, in any looks and with restarts, as it is on the whole', () => {
  let alarms = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const r = random(seed * 7919);
    const delays = { onDelay: `${Math.floor(r() * 8)}s`, offDelay: `${Math.floor(r() * 8)}s` };
    const entries = [{ above: 1 }, { signal: 'flow', below: 2 }, { signal: 'pump/speed', above: 3 }];
    const form = r() < 0.5 ? { all: entries.slice(0, 2) } : { any: entries };
    const rule = rulesOf({ rules: { c: { type: 'condition', ...form, ...delays } } })['c'] as ConditionRule;
    const count = (rule.all ?? rule.any)!.length;
    const truth = Array.from({ length: count }, () => false);
    const changes: EntryChange[] = [];
    for (let t = S; t < END - S; t += Math.floor(r() * 8) * S) {
      const entry = Math.floor(r() * count);
      if (changes.some((c) => c.atUs === t && c.entry === entry)) continue;
      truth[entry] = !truth[entry];
      changes.push({ entry, atUs: t, isTrue: truth[entry]!, value: t });
    }
    const found = new Map<number, { sinceUs: number; untilUs: number | null }>();
    const note = ({ sinceUs, untilUs }: AlarmChange): void => void found.set(sinceUs, { sinceUs, untilUs });
    let judge = new ConditionJudge(rule);
    for (let from = 0, to = 0; to < END; from = to) {
      to = Math.min(END, to + Math.floor(r() * 20 * S));
      judge.advance(
        changes.filter((c) => c.atUs > from && c.atUs <= to),
        to,
        note,
      );
      if (r() < 0.3)
        judge = new ConditionJudge(rule, JSON.parse(JSON.stringify(judge.state(null))) as ConditionState);
    }
    const expected = plainly(rule, changes);
    expect([...found.values()], `seed ${seed}`).toEqual(expected);
    alarms += expected.length;
  }
  expect(alarms).toBeGreaterThan(400);
});
