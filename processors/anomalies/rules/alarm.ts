/** What a judge says of one sample, or of one mean. */
export interface Verdict {
  readonly atUs: number;
  /** beyond the limit */
  readonly hit: boolean;
  /** back by the deadband. Neither of the two: in between */
  readonly calm: boolean;
  readonly value: number;
  /** how far beyond, in any unit: the greatest one is told */
  readonly excess: number;
  readonly expected: number | null;
  readonly score: number | null;
  /** since when it has been so, where that is not `atUs` */
  readonly sinceUs?: number;
}

/** An alarm between two verdicts. Plain JSON. */
export interface AlarmState {
  /** first of the verdicts in a row that were beyond; null: the last one was not */
  readonly sinceUs: number | null;
  readonly open: boolean;
  /** first of the verdicts in a row that were back */
  readonly backUs: number | null;
  readonly lastUs: number;
  /** it opened in history: nobody was told */
  readonly history: boolean;
  readonly value: number;
  readonly excess: number;
  readonly expected: number | null;
  readonly score: number | null;
  /** `excess` when it was told last */
  readonly told: number;
}

export interface Delays {
  readonly onDelay: number;
  readonly offDelay: number;
}

/** What has become of an alarm. */
export interface AlarmChange {
  readonly what: 'opened' | 'worse' | 'returned';
  readonly sinceUs: number;
  readonly untilUs: number | null;
  readonly hitUs: number;
  readonly history: boolean;
  readonly value: number;
  readonly expected: number | null;
  readonly score: number | null;
}

const CALM: AlarmState = {
  ...{ sinceUs: null, open: false, backUs: null, lastUs: 0, history: false },
  ...{ value: 0, excess: -1, expected: null, score: null, told: 0 },
};
/** What is beyond by so many times more is told again. */
const WORSE = 2;

/**
 * On-delay and off-delay (ISA-18.2), the same for each kind of rule: open once verdicts have been beyond for `onDelay` without
 * a break, over once they have been back for `offDelay`. Pure: time is that of the verdicts.
 */
export class Alarm {
  readonly #delays: Delays;
  readonly #least: number;
  #worse = false;
  #s: AlarmState;

  /** `least`: an excess below this is not worth telling again. */
  constructor(delays: Delays, least: number, state: AlarmState = CALM) {
    this.#delays = delays;
    this.#least = least;
    this.#s = state.sinceUs === null ? CALM : state;
  }

  get isOpen(): boolean {
    return this.#s.open;
  }

  /** It is worse than it was told, since this was asked last: for its row, not to be told. */
  takeWorse(): AlarmChange | null {
    if (!this.#worse) return null;
    this.#worse = false;
    return this.#s.open ? changeOf(this.#s, 'worse', null) : null;
  }

  /** Nothing is open or under way: only a verdict that is beyond says anything. */
  get atRest(): boolean {
    return this.#s === CALM;
  }

  get state(): AlarmState {
    return this.#s;
  }

  /** `history`: the verdict is on what came long after it was measured. */
  take(v: Verdict, history: boolean): AlarmChange | null {
    // what was found in history is over with it
    if (!history && this.#s.history) this.#s = CALM;
    const s = this.#s;
    if (!s.open) return this.#pending(v, history);
    if (v.calm) {
      const backUs = s.backUs ?? v.atUs;
      if (v.atUs - backUs < this.#delays.offDelay) {
        if (s.backUs === null) this.#s = { ...s, backUs };
        return null;
      }
      this.#s = CALM;
      return changeOf(s, 'returned', backUs);
    }
    const isWorse = v.hit && v.excess > s.excess;
    const worst = isWorse ? worstOf(v) : {};
    this.#worse ||= isWorse;
    if (!v.hit && s.backUs === null) return null;
    this.#s = { ...s, ...worst, backUs: null, lastUs: v.hit ? v.atUs : s.lastUs };
    if (this.#s.excess <= WORSE * s.told) return null;
    this.#worse = false;
    this.#s = { ...this.#s, told: this.#s.excess };
    return changeOf(this.#s, 'worse', null);
  }

  /** Somebody's word, or another definition: null where nothing is open. */
  end(): AlarmChange | null {
    const s = this.#s;
    this.#s = CALM;
    return s.open && !s.history ? changeOf(s, 'returned', s.lastUs) : null;
  }

  #pending(v: Verdict, history: boolean): AlarmChange | null {
    if (!v.hit) {
      if (this.#s.sinceUs !== null) this.#s = CALM;
      return null;
    }
    const before = this.#s.sinceUs === null ? { ...CALM, sinceUs: v.sinceUs ?? v.atUs, history } : this.#s;
    const worst = v.excess > before.excess ? worstOf(v) : {};
    this.#s = { ...before, ...worst, lastUs: v.atUs };
    if (v.atUs - before.sinceUs! < this.#delays.onDelay) return null;
    this.#s = { ...this.#s, open: true, told: Math.max(this.#s.excess, this.#least) };
    return changeOf(this.#s, 'opened', null);
  }
}

const worstOf = ({ value, excess, expected, score }: Verdict) => ({ value, excess, expected, score });

function changeOf(s: AlarmState, what: AlarmChange['what'], untilUs: number | null): AlarmChange {
  const { history, value, expected, score } = s;
  return { what, sinceUs: s.sinceUs!, untilUs, hitUs: s.lastUs, history, value, expected, score };
}
