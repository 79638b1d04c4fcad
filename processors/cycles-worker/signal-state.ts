import {
  addSeq,
  BAD,
  type Batch,
  CYCLES_OFF,
  hasSeq,
  lastSampleUs,
  type SeqRanges,
} from '@loadcycle/contract';
import { type CycleSettings, type CycleState, cycleSettings } from '@loadcycle/contract/cycle-settings';
import type { TopicPartition } from '@loadcycle/event-log/port';
import { type CutCycle, canRead, READ_VERSIONS, Segmenter, STATE_VERSION } from '../cycles/segmenter.ts';
import type { KnownSignal } from '../work/catalogue.ts';
import { type StoredTails, Tails } from '../work/tails.ts';

export { canRead, READ_VERSIONS, STATE_VERSION };

/** What is kept of a signal beside the segmenter's own state, as plain JSON. */
export interface StoredExtra {
  tails?: StoredTails;
  seen?: Record<string, SeqRanges>;
  boundaryUs?: number | null;
  sinceUs?: number | null;
  checkpointUs?: number | null;
  /** JSON of the cycle settings that the segmenter runs with */
  settings?: string;
  /** the partition that its records come from */
  at?: TopicPartition;
  cycles?: CycleState;
}

const SESSIONS = 8;
const RANGES = 64;

/**
 * The batches that have been handled, as ranges of seq by session. Bounded: what it forgets and comes again is older
 * than what has been cut, so it passes for late and costs a re-cut that changes nothing.
 */
export class Seen {
  readonly #sessions = new Map<string, SeqRanges>();

  static from(stored: Record<string, SeqRanges> = {}): Seen {
    const seen = new Seen();
    for (const [session, ranges] of Object.entries(stored)) seen.#sessions.set(session, ranges);
    return seen;
  }

  has(session: string, seq: number): boolean {
    const ranges = this.#sessions.get(session);
    return ranges !== undefined && hasSeq(ranges, seq);
  }

  add(session: string, seq: number): void {
    let ranges = this.#sessions.get(session);
    if (ranges === undefined) {
      this.#sessions.set(session, (ranges = []));
      if (this.#sessions.size > SESSIONS) this.#sessions.delete(this.#sessions.keys().next().value!);
    }
    addSeq(ranges, seq);
    if (ranges.length > RANGES) ranges.shift();
  }

  stored(): Record<string, SeqRanges> {
    return Object.fromEntries(this.#sessions);
  }
}

/** What a definition says of cycles; `off`: the signal is not cut. */
export type Cutting = CycleSettings | typeof CYCLES_OFF;

export const cuttingOf = (cycles: object | typeof CYCLES_OFF | null): Cutting =>
  cycles === CYCLES_OFF ? CYCLES_OFF : cycleSettings(cycles ?? {});

export const settingsOf = (known: KnownSignal): Cutting => cuttingOf(known.definition.cycles);

/** The other way round from the text that is kept of it. */
export const readCutting = (text: string): Cutting => JSON.parse(text) as Cutting;

const segmenterOf = (cutting: Cutting, state?: Uint8Array): Segmenter | null =>
  cutting === CYCLES_OFF ? null : new Segmenter(cutting, state);

/** Kept of a signal that is not cut. */
const NO_STATE = new Uint8Array(0);

/** The values as the segmenter takes them: what is bad counts as missing. */
export function usable(values: Float64Array, quality: ArrayLike<number>, bad: number): Float64Array {
  if (bad === 0) return values;
  const out = values.slice();
  for (let i = 0; i < out.length; i++) if (quality[i]! >= BAD) out[i] = Number.NaN;
  return out;
}

/** The settings' version of a signal of which this consumer has judged nothing yet, while its limits have changed before. */
export const NOT_JUDGED = 0;

/** One signal's live segmenter and what belongs to it. */
export class SignalState {
  /** null: cycles are off */
  segmenter: Segmenter | null;
  settings: string;
  settingsVersion: number;
  readonly tails: Tails;
  readonly seen: Seen;
  boundaryUs: number | null;
  sinceUs: number | null;
  checkpointUs: number | null;
  at: TopicPartition | null;
  /** is the mean of the last batch nearer to the load level than to the base? */
  atLoad = false;

  constructor(known: KnownSignal, stored: { state: Uint8Array; version: number; extra: StoredExtra } | null) {
    const extra = stored?.extra ?? {};
    const settings = settingsOf(known);
    this.settings = extra.settings ?? JSON.stringify(settings);
    this.settingsVersion = stored?.version ?? (known.version > 1 ? NOT_JUDGED : known.version);
    // the settings that it was saved with; a change is met by `adopt`
    this.segmenter = segmenterOf(readCutting(this.settings), stored?.state);
    this.tails = Tails.from(extra.tails);
    this.seen = Seen.from(extra.seen);
    this.boundaryUs = extra.boundaryUs ?? null;
    this.sinceUs = extra.sinceUs ?? null;
    this.checkpointUs = extra.checkpointUs ?? null;
    this.at = extra.at ?? null;
  }

  /** Everything up to here is cut; null before the first sample. */
  get lastUs(): number | null {
    return this.segmenter?.lastUs ?? this.sinceUs;
  }

  /** A batch that begins after everything that has been cut. */
  push(batch: Batch, quality: Uint8Array, bad: number): CutCycle[] {
    if (this.segmenter === null) {
      this.sinceUs = lastSampleUs(batch);
      return [];
    }
    const { t0Us, dtUs, offsetsUs } = batch;
    const values = usable(batch.values, quality, bad);
    const cycles = this.segmenter.push({ t0Us, dtUs, offsetsUs, values });
    this.atLoad = this.#nearerToLoad(values);
    this.boundaryUs = cycles.at(-1)?.startedAtUs ?? this.boundaryUs;
    return cycles;
  }

  #nearerToLoad(values: Float64Array): boolean {
    const levels = this.segmenter?.levels ?? null;
    if (levels === null) return false;
    let n = 0;
    let sum = 0;
    for (const v of values) {
      if (Number.isNaN(v)) continue;
      sum += v;
      n++;
    }
    return n === 0 ? this.atLoad : Math.abs(sum / n - levels.load) < Math.abs(sum / n - levels.base);
  }

  isLate(batch: Batch): boolean {
    return this.lastUs !== null && batch.t0Us <= this.lastUs;
  }

  /** A saved state is due: `everyUs` of measurement time have gone by since the last one. */
  checkpointDue(batch: Batch, everyUs: number): boolean {
    const last = lastSampleUs(batch);
    if (this.segmenter === null) return false;
    if (this.checkpointUs !== null && last - this.checkpointUs < everyUs) return false;
    this.checkpointUs = last;
    return true;
  }

  /**
   * The catalogue has another definition. New cycle settings count from here on: a segmenter can't change them half
   * way, so a new one starts, and learns; of cycles that are off there is none.
   */
  adopt(known: KnownSignal): void {
    this.settingsVersion = known.version;
    const settings = settingsOf(known);
    const text = JSON.stringify(settings);
    if (text === this.settings) return;
    this.sinceUs = this.lastUs;
    this.settings = text;
    this.segmenter = segmenterOf(settings);
    this.atLoad = false;
  }

  /** What a reader is told of how it is cut. */
  get cycles(): CycleState {
    const { segmenter } = this;
    if (segmenter === null) return 'off';
    if (segmenter.levels !== null) return 'cut';
    return segmenter.showsNone ? 'none' : 'learning';
  }

  snapshot(): Uint8Array {
    return this.segmenter?.snapshot() ?? NO_STATE;
  }

  extra(): StoredExtra {
    return {
      cycles: this.cycles,
      tails: this.tails.stored(),
      seen: this.seen.stored(),
      boundaryUs: this.boundaryUs,
      sinceUs: this.sinceUs,
      checkpointUs: this.checkpointUs,
      settings: this.settings,
      ...(this.at === null ? {} : { at: this.at }),
    };
  }
}
