/**
 * Wall-clock time that only moves as the monotonic clock does.
 *
 * Wall time is read once, against the monotonic clock, and all later times are that anchor plus what the monotonic
 * clock says has passed. So no step of the wall clock (NTP after a boot without a battery clock, an operator,
 * a suspended machine) ever bends the times inside a batch; `checkWall` notices it, takes a new anchor, and the
 * caller begins a new batch there. On Linux the monotonic clock is slewed together with the wall clock, so what
 * remains between them are steps.
 */
export interface ClockSources {
  /** µs of a clock that never steps */
  readonly monotonicUs: () => number;
  /** µs since the epoch; a resolution of 1 ms is enough */
  readonly wallUs: () => number;
}

const systemClock: ClockSources = {
  // not performance.now(): its origin differs from thread to thread
  monotonicUs: () => {
    const [s, ns] = process.hrtime();
    return s * 1e6 + ns / 1e3;
  },
  wallUs: () => Date.now() * 1000,
};

export class Clock {
  readonly #sources: ClockSources;
  readonly #toleranceUs: number;
  #offsetUs: number;
  #epoch = 0;

  /** @param toleranceUs how far the two may come apart before it counts as a step */
  constructor(sources: ClockSources = systemClock, toleranceUs = 20_000) {
    this.#sources = sources;
    this.#toleranceUs = toleranceUs;
    this.#offsetUs = this.#measure();
  }

  /** Changes with each new anchor: times of two epochs are not on one grid. */
  get epoch(): number {
    return this.#epoch;
  }

  /** µs of the monotonic clock. */
  monotonicUs(): number {
    return this.#sources.monotonicUs();
  }

  /** µs since the epoch, integer: the anchor plus the monotonic clock. */
  nowUs(): number {
    return this.wallAt(this.monotonicUs());
  }

  /** The same for a moment of the monotonic clock. */
  wallAt(monotonicUs: number): number {
    return Math.round(monotonicUs + this.#offsetUs);
  }

  /** Null where the wall clock has kept up; else how far it has stepped, in µs, and the new anchor holds. */
  checkWall(): number | null {
    const offsetUs = this.#measure();
    const stepUs = Math.round(offsetUs - this.#offsetUs);
    if (Math.abs(stepUs) <= this.#toleranceUs) return null;
    this.#offsetUs = offsetUs;
    this.#epoch++;
    return stepUs;
  }

  /** Wall less monotonic; read again where the process was interrupted between the two. */
  #measure(): number {
    let best = Number.POSITIVE_INFINITY;
    let offset = 0;
    for (let i = 0; i < 5 && best > 100; i++) {
      const before = this.#sources.monotonicUs();
      const wall = this.#sources.wallUs();
      const took = this.#sources.monotonicUs() - before;
      if (took < best) {
        best = took;
        offset = wall - before;
      }
    }
    return offset;
  }
}
