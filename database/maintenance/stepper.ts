/**
 * The size of the next step, learnt from how long the last ones took: the one connection must not be held for long.
 * Grows by doubling while steps take less than half of the aim, shrinks at once when one takes more.
 */
export class Stepper {
  #size: number;
  readonly #least: number;
  readonly #most: number;
  readonly #aimMs: number;

  constructor(first: number, least: number, most: number, aimMs: number) {
    this.#size = first;
    this.#least = least;
    this.#most = most;
    this.#aimMs = aimMs;
  }

  get size(): number {
    return this.#size;
  }

  async step(work: () => Promise<unknown>): Promise<void> {
    const start = performance.now();
    await work();
    const ms = performance.now() - start;
    if (ms < this.#aimMs / 2) this.#size = Math.min(this.#most, this.#size * 2);
    else if (ms > this.#aimMs)
      this.#size = Math.max(this.#least, this.#size * Math.max(0.25, this.#aimMs / ms));
  }
}
