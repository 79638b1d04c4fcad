import type { Rule, RuleKind, Rules } from '@loadcycle/contract/rule-settings';
import { Alarm, type AlarmChange, type AlarmState } from './alarm.ts';
import { type Judge, RateJudge, StuckJudge, ThresholdJudge } from './judges.ts';
import { type RobustBaseline, RobustJudge } from './robust-judge.ts';
import type { Samples } from './samples.ts';
import { reasonOf, type Said } from './words.ts';

/** An anomaly as a rule finds it, in the form of a row. */
export interface RuleFound {
  readonly kind: RuleKind;
  /** the rule's name */
  readonly metric: string;
  readonly sinceUs: number;
  readonly untilUs: number | null;
  readonly hitUs: number;
  readonly history: boolean;
  readonly closedReason: 'returned' | 'accepted' | 'definition' | null;
  readonly value: number | null;
  readonly expected: number | null;
  readonly score: number | null;
  readonly reason: string;
}

interface RuleState {
  /** JSON of the rule that it is of */
  readonly rule: string;
  readonly alarm: AlarmState;
  readonly judge: unknown;
}

/** A signal's rules between two groups. Plain JSON. */
export interface RulesState {
  readonly lastUs: number | null;
  readonly rules: Readonly<Record<string, RuleState>>;
}

/** What the robust rules have learnt, by rule; written only when it changes. Plain JSON. */
export type RulesBaseline = Readonly<Record<string, RobustBaseline>>;

/** Rules of one signal; conditions are judged where all of their signals come together. */
export type OwnRule = Exclude<Rule, { type: 'condition' }>;

interface Running {
  readonly name: string;
  readonly rule: OwnRule;
  readonly text: string;
  readonly judge: Judge;
  readonly alarm: Alarm;
}

export const isOwn = (rule: Rule): rule is OwnRule => rule.type !== 'condition';

/** Judges one signal's samples by its rules. Pure: what it says depends on the samples in their order and nothing else. */
export class RuleEvaluator {
  readonly #said: Said;
  readonly #running: Running[] = [];
  /** what the definition has ended, until the next {@link push} */
  readonly #ended: RuleFound[] = [];
  #lastUs: number | null;

  constructor(rules: Rules, said: Said, state: RulesState | null = null, baseline: RulesBaseline = {}) {
    this.#said = said;
    this.#lastUs = state?.lastUs ?? null;
    for (const [name, rule] of Object.entries(rules)) {
      if (!isOwn(rule)) continue;
      const text = JSON.stringify(rule);
      const before = state?.rules[name];
      const same = before?.rule === text ? before : undefined;
      const alarm = new Alarm(delaysOf(rule), leastOf(rule), same?.alarm);
      const judge = judgeOf(rule, same?.judge, same === undefined ? undefined : baseline[name]);
      this.#running.push({ name, rule, text, judge, alarm });
    }
    for (const [name, before] of Object.entries(state?.rules ?? {})) {
      if (this.#running.some((r) => r.name === name && r.text === before.rule)) continue;
      const rule = JSON.parse(before.rule) as OwnRule;
      const ended = new Alarm(delaysOf(rule), 0, before.alarm).end();
      if (ended !== null) this.#ended.push(this.#over(name, rule, ended, 'definition'));
    }
  }

  state(): RulesState {
    const rules = this.#running.map(({ name, text, judge, alarm }) => {
      return [name, { rule: text, alarm: alarm.state, judge: judge.state() }] as const;
    });
    return { lastUs: this.#lastUs, rules: Object.fromEntries(rules) };
  }

  baseline(): RulesBaseline {
    const robust = this.#running.flatMap(({ name, judge }) =>
      judge instanceof RobustJudge ? [[name, judge.baseline()] as const] : [],
    );
    return Object.fromEntries(robust);
  }

  /** Another number whenever {@link baseline} gives something else. */
  get baselineChanges(): number {
    let sum = 0;
    for (const { judge } of this.#running) if (judge instanceof RobustJudge) sum += judge.changes;
    return sum;
  }

  /** What another definition has ended. */
  takeEnded(): RuleFound[] {
    return this.#ended.splice(0);
  }

  /** Judges those that come after all that has been judged. `history`: they came long after they were measured. */
  push({ timesUs, values }: Samples, history: boolean): RuleFound[] {
    const found: RuleFound[] = [];
    const lastUs = this.#lastUs ?? Number.NEGATIVE_INFINITY;
    const n = timesUs.length;
    let from = 0;
    while (from < n && timesUs[from]! <= lastUs) from++;
    if (from === n) return found;
    for (const { name, rule, judge, alarm } of this.#running) {
      for (let i = from; i < n; i++) {
        const value = values[i]!;
        if (Number.isNaN(value)) continue;
        const verdict = judge.push(timesUs[i]!, value, alarm.atRest);
        const change = verdict === null ? null : alarm.take(verdict, history);
        if (judge instanceof RobustJudge) judge.learn(alarm.isOpen);
        if (change !== null) found.push(this.#found(name, rule, change));
      }
    }
    this.#lastUs = timesUs[n - 1]!;
    return found;
  }

  /** Open ones that are worse than was told, as they stand now: for their rows. */
  takeWorse(): RuleFound[] {
    return this.#running.flatMap(({ name, rule, alarm }) => {
      const change = alarm.takeWorse();
      return change === null ? [] : [this.#found(name, rule, change)];
    });
  }

  /** What a rule has open is the new normal. Null where it has nothing open. */
  accept(name: string, atUs: number): RuleFound | null {
    const its = this.#running.find((r) => r.name === name);
    const ended = its?.alarm.end() ?? null;
    if (its === undefined || ended === null) return null;
    if (its.judge instanceof RobustJudge) its.judge.reset(Math.min(atUs, ended.sinceUs));
    if (its.judge instanceof StuckJudge) its.judge.accept();
    return { ...this.#over(name, its.rule, ended, 'accepted'), untilUs: Math.max(atUs, ended.sinceUs) };
  }

  #found(metric: string, rule: OwnRule, c: AlarmChange): RuleFound {
    const closedReason = c.untilUs === null ? null : ('returned' as const);
    return { ...rowOf(c), kind: rule.type, metric, closedReason, reason: reasonOf(rule, c, this.#said) };
  }

  #over(metric: string, rule: OwnRule, c: AlarmChange, closedReason: 'accepted' | 'definition'): RuleFound {
    // as it stood when it was ended
    const reason = reasonOf(rule, { ...c, untilUs: null }, this.#said);
    return {
      ...rowOf(c),
      untilUs: Math.max(this.#lastUs ?? 0, c.sinceUs),
      kind: rule.type,
      metric,
      closedReason,
      reason,
    };
  }
}

function rowOf({ sinceUs, untilUs, hitUs, history, value, expected, score }: AlarmChange) {
  return { sinceUs, untilUs, hitUs, history, value, expected, score };
}

const delaysOf = (rule: OwnRule) =>
  'onDelay' in rule ? { onDelay: rule.onDelay, offDelay: rule.offDelay } : { onDelay: 0, offDelay: 0 };

const leastOf = (rule: OwnRule): number =>
  'limit' in rule ? Math.max(rule.deadband, 0.05 * Math.abs(rule.limit)) : 0;

function judgeOf(rule: OwnRule, state: unknown, baseline: RobustBaseline | undefined): Judge {
  switch (rule.type) {
    case 'rate-of-change':
      return new RateJudge(rule, state as ConstructorParameters<typeof RateJudge>[1]);
    case 'stuck-value':
      return new StuckJudge(rule, state as ConstructorParameters<typeof StuckJudge>[1]);
    case 'value-outlier':
    case 'drift':
      return new RobustJudge(rule, state as ConstructorParameters<typeof RobustJudge>[1], baseline ?? null);
    default:
      return new ThresholdJudge(rule);
  }
}
