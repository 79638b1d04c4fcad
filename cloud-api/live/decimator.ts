import type { Batch } from '@loadcycle/contract';
import { sampleTimeUs } from '@loadcycle/contract';

/** Points in the order of time; null: the sensor gave none. */
export interface LivePoints {
  readonly t: number[];
  readonly v: (number | null)[];
}

/**
 * Brings a signal down to `rate` points a second and keeps its extremes: time is cut into slots of two points, and
 * of each slot the least and the greatest go on, in their order. Slots follow the samples' own clock, so that the
 * same samples give the same points whenever and however they come. Slower signals pass as they are.
 */
export class Decimator {
  readonly #slotUs: number;
  #slot = Number.NaN;
  #count = 0;
  #least = 0;
  #leastAt = 0;
  #greatest = 0;
  #greatestAt = 0;
  #missingAt = Number.NaN;

  constructor(rate: number) {
    this.#slotUs = 2e6 / rate;
  }

  /** Is a slot begun that has not gone on yet? */
  get holds(): boolean {
    return !Number.isNaN(this.#slot);
  }

  push(batch: Batch, out: LivePoints): void {
    const { values } = batch;
    for (let i = 0; i < values.length; i++) {
      const at = sampleTimeUs(batch, i);
      const slot = Math.floor(at / this.#slotUs);
      if (slot !== this.#slot) {
        this.flush(out);
        this.#slot = slot;
      }
      const v = values[i]!;
      if (Number.isNaN(v)) {
        this.#missingAt = at;
        continue;
      }
      if (this.#count === 0 || v < this.#least) {
        this.#least = v;
        this.#leastAt = at;
      }
      if (this.#count === 0 || v > this.#greatest) {
        this.#greatest = v;
        this.#greatestAt = at;
      }
      this.#count++;
    }
  }

  /** Lets the slot that is begun go on. */
  flush(out: LivePoints): void {
    if (this.#count > 0) {
      const rising = this.#leastAt <= this.#greatestAt;
      const first = rising ? this.#leastAt : this.#greatestAt;
      const last = rising ? this.#greatestAt : this.#leastAt;
      out.t.push(first);
      out.v.push(rising ? this.#least : this.#greatest);
      if (first !== last) {
        out.t.push(last);
        out.v.push(rising ? this.#greatest : this.#least);
      }
    } else if (!Number.isNaN(this.#missingAt)) {
      // a slot with nothing in it breaks the line
      out.t.push(this.#missingAt);
      out.v.push(null);
    }
    this.#slot = Number.NaN;
    this.#count = 0;
    this.#missingAt = Number.NaN;
  }
}
