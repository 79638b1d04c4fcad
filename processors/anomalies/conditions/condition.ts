import type { ConditionRule } from '@loadcycle/contract/rule-settings';
import { Alarm, type AlarmChange, type AlarmState, type Verdict } from '../rules/alarm.ts';

/** An entry of a condition became true or false. */
export interface EntryChange {
  readonly entry: number;
  readonly atUs: number;
  readonly isTrue: boolean;
  readonly value: number;
}

/** A condition between two looks. Plain JSON. */
export interface ConditionState {
  /** of each entry; null: nothing is known of it yet, which counts as false */
  readonly truth: readonly (boolean | null)[];
  readonly values: readonly (number | null)[];
  readonly toUs: number | null;
  readonly alarm: AlarmState;
  /** what it said when it opened */
  readonly reason: string | null;
  /** time alone may open or close it */
  readonly waits: boolean;
}

/**
 * Puts entries of several signals together. They change at instants and stand in between, so what it finds depends on the changes and
 * on nothing else: not on how far each look goes. Pure.
 */
export class ConditionJudge {
  readonly #rule: ConditionRule;
  readonly #truth: (boolean | null)[];
  readonly values: (number | null)[];
  readonly #alarm: Alarm;
  #toUs: number | null;

  constructor(rule: ConditionRule, state: ConditionState | null = null) {
    this.#rule = rule;
    const count = (rule.all ?? rule.any ?? []).length;
    this.#truth = state === null ? Array.from({ length: count }, () => null) : [...state.truth];
    this.values = state === null ? Array.from({ length: count }, () => null) : [...state.values];
    this.#alarm = new Alarm(rule, 0, state?.alarm);
    this.#toUs = state?.toUs ?? null;
  }

  state(reason: string | null): ConditionState {
    const alarm = this.#alarm.state;
    const waits = alarm.open ? alarm.backUs !== null : alarm.sinceUs !== null;
    return { truth: this.#truth, values: this.values, toUs: this.#toUs, alarm, reason, waits };
  }

  /** Which entries are true at present. */
  get truth(): readonly (boolean | null)[] {
    return this.#truth;
  }

  /**
   * Time goes on to `toUs`; `changes` up to there, ascending. One that comes late counts from where it stands. `note` is told of what
   * opens and closes, as it is then.
   */
  advance(changes: readonly EntryChange[], toUs: number, note: (change: AlarmChange) => void): void {
    const take = (atUs: number): void => {
      const change = this.#alarm.take(this.#verdict(atUs), false);
      if (change !== null) note(change);
    };
    const from = this.#toUs ?? Number.NEGATIVE_INFINITY;
    for (const [atUs, at] of Map.groupBy(changes, (c) => Math.max(c.atUs, from))) {
      // up to here it stood as it was
      if (this.#toUs !== null) take(atUs);
      for (const { entry, isTrue, value } of at) {
        this.#truth[entry] = isTrue;
        this.values[entry] = value;
      }
      take(atUs);
      this.#toUs = atUs;
    }
    if (toUs <= (this.#toUs ?? Number.NEGATIVE_INFINITY)) return;
    take(toUs);
    this.#toUs = toUs;
  }

  /** It is no longer asked. Null where nothing is open. */
  end(): AlarmChange | null {
    return this.#alarm.end();
  }

  #verdict(atUs: number): Verdict {
    const { all } = this.#rule;
    const is = all === undefined ? this.#truth.some((t) => t === true) : this.#truth.every((t) => t === true);
    return { atUs, hit: is, calm: !is, value: 0, excess: 0, expected: null, score: null };
  }
}
