import type { Batch, SignalDefinition } from '@loadcycle/contract';
import { type BatchTail, type Validated, validateBatch } from '../validation/validate.ts';

interface SessionEnd {
  readonly session: string;
  readonly seq: number;
  readonly tail: BatchTail;
}

/** JSON knows neither NaN nor infinity: both are null there. */
interface StoredEnd {
  session: string;
  seq: number;
  value: number | null;
  timeUs: number;
  runStartUs: number;
  highUs: number | null;
}
export type StoredTails = readonly StoredEnd[];

/** More than one, so that a backlog of an earlier session and the present one do not lose sight of each other. */
const SESSIONS = 4;

/**
 * The ends of one signal's latest sessions, which validation wants for the next batch. What is remembered is a
 * function of the log's records alone, in their order, resends included: landing and the cycles worker, each at
 * its own pace, give every sample the same quality.
 */
export class Tails {
  #ends: SessionEnd[] = [];

  static from(stored: StoredTails | undefined): Tails {
    const tails = new Tails();
    tails.#ends = (stored ?? []).map(({ session, seq, value, timeUs, runStartUs, highUs }) => ({
      session,
      seq,
      tail: { value: value ?? Number.NaN, timeUs, runStartUs, highUs: highUs ?? Number.NEGATIVE_INFINITY },
    }));
    return tails;
  }

  /** The end of the batch before, where that is known. */
  before(batch: Pick<Batch, 'session' | 'seq'>): BatchTail | null {
    return this.#ends.find((e) => e.session === batch.session && e.seq + 1 === batch.seq)?.tail ?? null;
  }

  /** Throws `message.unit-mismatch`; then nothing is remembered of the batch. */
  validate(batch: Batch, definition: SignalDefinition, receivedAtUs: number): Validated {
    const at = this.#ends.findIndex((e) => e.session === batch.session);
    const before = at < 0 ? null : this.#ends[at]!;
    const validated = validateBatch(batch, definition, receivedAtUs, { before: this.before(batch) });
    if (before === null || batch.seq > before.seq) {
      if (at >= 0) this.#ends.splice(at, 1);
      this.#ends.push({ session: batch.session, seq: batch.seq, tail: validated.tail });
      if (this.#ends.length > SESSIONS) this.#ends.shift();
    }
    return validated;
  }

  stored(): StoredTails {
    return this.#ends.map(({ session, seq, tail }) => ({
      session,
      seq,
      value: Number.isNaN(tail.value) ? null : tail.value,
      timeUs: tail.timeUs,
      runStartUs: tail.runStartUs,
      highUs: Number.isFinite(tail.highUs) ? tail.highUs : null,
    }));
  }
}
