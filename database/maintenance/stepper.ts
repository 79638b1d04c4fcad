/** No step is aimed at more than so many times what was asked for, whatever a step costs at the least. */
const MOST_STRETCHED = 4;

/**
 * The size of the next step, learnt from how long the last ones held the connection: the one connection must not be
 * held for long. Grows by doubling while steps take less than half of the aim, shrinks at once when one takes more. Part
 * of a step's cost does not follow its size; where that alone is near the aim, smaller steps would only be more of
 * them, so the aim moves up.
 */
export class Stepper {
  #size: number;
  readonly #least: number;
  readonly #most: number;
  readonly #aimMs: number;
  /** the shortest of the last steps, which forgets: about what one costs whatever its size */
  #shortestMs = Number.POSITIVE_INFINITY;

  constructor(first: number, least: number, most: number, aimMs: number) {
    this.#size = first;
    this.#least = least;
    this.#most = most;
    this.#aimMs = aimMs;
  }

  get size(): number {
    return this.#size;
  }

  /** Runs `work`, which answers for how long it held the connection, ms; what it waited for it is not its size's fault. */
  async step(work: () => Promise<number>): Promise<void> {
    const ms = await work();
    this.#shortestMs = Math.min(this.#shortestMs * 1.1, ms);
    const aim = Math.max(this.#aimMs, Math.min(3 * this.#shortestMs, MOST_STRETCHED * this.#aimMs));
    if (ms < aim / 2) this.#size = Math.min(this.#most, this.#size * 2);
    else if (ms > aim) this.#size = Math.max(this.#least, this.#size * Math.max(0.25, aim / ms));
  }
}
