export interface RepeatsOptions<T> {
  /** lines of one kind that pass in a window */
  readonly perWindow: number;
  readonly windowMs: number;
  /** told at the end of a window in which lines of a kind were held back; `last` is the last of them */
  readonly onHeldBack: (last: T, count: number, seconds: number) => void;
}

interface Kind<T> {
  passed: number;
  held: number;
  last: T | null;
  /** lines that may pass in this window */
  readonly limit: number;
}

/** Kinds that are counted apart; what comes beyond them is one kind together. */
const MAX_KINDS = 100;
const OTHERS = '…';

/**
 * A rate limit on log lines: of each kind some pass in a window, the others are counted, and the count is told when the
 * window ends. A kind that goes on passes one line in each further window.
 */
export class Repeats<T> {
  readonly #o: RepeatsOptions<T>;
  #kinds = new Map<string, Kind<T>>();
  #timer: NodeJS.Timeout | null = null;
  #openedAt = 0;

  constructor(options: RepeatsOptions<T>) {
    this.#o = options;
  }

  /** Whether a line of this kind may be written now. */
  passes(name: string, line: T): boolean {
    const key = this.#kinds.has(name) || this.#kinds.size < MAX_KINDS ? name : OTHERS;
    let kind = this.#kinds.get(key);
    if (kind === undefined) {
      kind = { passed: 0, held: 0, last: null, limit: this.#o.perWindow };
      this.#kinds.set(key, kind);
    }
    this.#open();
    if (kind.passed < kind.limit) {
      kind.passed++;
      return true;
    }
    kind.held++;
    kind.last = line;
    return false;
  }

  #open(): void {
    if (this.#timer !== null) return;
    this.#openedAt = performance.now();
    this.#timer = setTimeout(() => this.flush(), this.#o.windowMs).unref();
  }

  /** Ends the window, and tells what was held back in it. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const seconds = Math.max(1, Math.round((performance.now() - this.#openedAt) / 1000));
    const ended = [...this.#kinds];
    this.#kinds = new Map();
    for (const [name, { held, last }] of ended) {
      if (held === 0) continue;
      // for one window more: a kind that has ended by then begins anew
      this.#kinds.set(name, { passed: 0, held: 0, last: null, limit: 1 });
      this.#o.onHeldBack(last!, held, seconds);
    }
    if (this.#kinds.size > 0) this.#open();
  }
}
