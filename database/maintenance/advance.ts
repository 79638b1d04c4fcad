import { chunkWindows, END_OF_TIME_US } from '../chunk-walk.ts';
import type { Database } from '../port.ts';
import { ts, us } from '../sql.ts';
import {
  AGGREGATES,
  announce,
  edgeOf,
  floorTo,
  type Level,
  markDone,
  Refreshing,
  type Root,
  refreshStep,
  TIME_COLUMN,
} from './aggregates.ts';

export interface AdvanceOptions {
  /** rows younger than this (by the newest row) are left to be computed at reading, µs */
  readonly lagUs: number;
  /** how long one step should hold the connection, ms */
  readonly stepMs: number;
  readonly signal: AbortSignal;
  /** shared with others that refresh the same store */
  readonly refreshing?: Refreshing;
}

/**
 * Moves the aggregates' ends on behind the data, in windows of bounded work, on both engines. Follows the time of the
 * measurements: a replayed recording is followed through its own time. All that lies before an end has been refreshed
 * but for what a request tells of (`requestRefresh`).
 */
export class Advance {
  readonly #db: Database;
  readonly #options: AdvanceOptions;
  readonly #refreshing: Refreshing;

  constructor(db: Database, options: AdvanceOptions) {
    this.#db = db;
    this.#options = options;
    this.#refreshing = options.refreshing ?? new Refreshing(options.stepMs);
  }

  /** Brings all levels of one root as far as they can go now. */
  async run(root: Root): Promise<void> {
    const { doneUs } = await edgeOf(this.#db, AGGREGATES[root][0]!);
    // only chunks behind what is done are looked into
    let endUs = await this.#edgeUs(root, 'DESC', doneUs);
    if (endUs === null) return;
    endUs = Math.min(endUs, Date.now() * 1000) - this.#options.lagUs;
    for (const level of AGGREGATES[root]) {
      endUs = floorTo(endUs, level.bucketUs);
      await this.#advance(root, level, endUs);
      // a coarser level never goes further than the one that it is made from
      if (this.#options.signal.aborted) return;
    }
  }

  async #advance(root: Root, level: Level, endUs: number): Promise<void> {
    let { doneUs } = await edgeOf(this.#db, level);
    if (doneUs >= endUs) return;
    await announce(this.#db, root, level, endUs);
    while (!this.#options.signal.aborted && doneUs < endUs) {
      // gaps, of years perhaps, are jumped over
      const firstUs = await this.#edgeUs(root, 'ASC', doneUs);
      if (firstUs === null || firstUs >= endUs) doneUs = endUs;
      else {
        const window = { fromUs: floorTo(firstUs, level.bucketUs), toUs: endUs };
        const refreshing = this.#refreshing;
        doneUs = await refreshing.alone(() => refreshStep(this.#db, root, level, refreshing, window));
      }
      await markDone(this.#db, level, doneUs);
    }
  }

  /** The first or last row from `fromUs` on, by one look into the index of few chunks for each signal. */
  async #edgeUs(root: Root, order: 'ASC' | 'DESC', fromUs: number): Promise<number | null> {
    const column = TIME_COLUMN[root];
    const range = { fromUs, toUs: END_OF_TIME_US };
    for await (const window of chunkWindows(this.#db, root, range, order)) {
      const [row] = await this.#db.query<{ at: number | null }>(
        `SELECT ${order === 'ASC' ? 'min' : 'max'}(${us('edge.at')}) AS at FROM signal s, LATERAL (
           SELECT ${column} AS at FROM ${root}
           WHERE signal_id = s.id AND ${column} >= ${ts('$1')} AND ${column} < ${ts('$2')}
           ORDER BY ${column} ${order} LIMIT 1) edge`,
        [window.fromUs, window.toUs],
      );
      if (row!.at !== null) return row!.at;
    }
    return null;
  }
}
