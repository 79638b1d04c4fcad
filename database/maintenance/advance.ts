import { ChunkEdges, chunkWindows, END_OF_TIME_US } from '../chunk-walk.ts';
import type { Database } from '../port.ts';
import { ts, us } from '../sql.ts';
import {
  AGGREGATES,
  aggregatedTo,
  ceilTo,
  floorTo,
  type Level,
  type Root,
  refresh,
  stepEnd,
  TIME_COLUMN,
} from './aggregates.ts';
import { Stepper } from './stepper.ts';

export interface AdvanceOptions {
  /** rows younger than this (by the newest row) are left to be computed at reading, µs */
  readonly lagUs: number;
  /** how long one step should hold the connection, ms */
  readonly stepMs: number;
  readonly signal: AbortSignal;
}

/**
 * Moves the aggregates' ends on behind the data, in windows of bounded work, what the refresh policies do in the
 * cloud. Follows the time of the measurements: a replayed recording is followed through its own time.
 */
export class Advance {
  readonly #db: Database;
  readonly #options: AdvanceOptions;
  readonly #steppers = new Map<string, Stepper>();

  constructor(db: Database, options: AdvanceOptions) {
    this.#db = db;
    this.#options = options;
  }

  /** Brings all levels of one root as far as they can go now. */
  async run(root: Root): Promise<void> {
    const doneUs = (await aggregatedTo(this.#db, AGGREGATES[root][0]!.name)) ?? 0;
    // only chunks behind what is done are looked into
    let endUs = await this.#edgeUs(root, 'DESC', doneUs);
    if (endUs === null) return;
    endUs = Math.min(endUs, Date.now() * 1000) - this.#options.lagUs;
    for (const level of AGGREGATES[root]) {
      endUs = floorTo(endUs, level.bucketUs);
      await this.#advance(root, level, endUs);
    }
  }

  async #advance(root: Root, level: Level, endUs: number): Promise<void> {
    const stepper = this.#stepper(level);
    let fromUs = (await aggregatedTo(this.#db, level.name)) ?? 0;
    while (!this.#options.signal.aborted && fromUs < endUs) {
      // gaps, of years perhaps, are jumped over
      const firstUs = await this.#edgeUs(root, 'ASC', fromUs);
      if (firstUs === null || firstUs >= endUs) return;
      fromUs = floorTo(firstUs, level.bucketUs);
      const most = Math.min(endUs, fromUs + ceilTo(stepper.size, level.bucketUs));
      const edges = await ChunkEdges.read(this.#db, root, { fromUs, toUs: most });
      const toUs = stepEnd(root, level, edges, fromUs, most);
      if (toUs <= fromUs) return;
      const window = { fromUs, toUs };
      await stepper.step(() => refresh(this.#db, root, level, window));
      fromUs = toUs;
    }
  }

  #stepper(level: Level): Stepper {
    let stepper = this.#steppers.get(level.name);
    if (stepper === undefined) {
      const least = level.bucketUs;
      stepper = new Stepper(10 * least, least, 300 * least, this.#options.stepMs);
      this.#steppers.set(level.name, stepper);
    }
    return stepper;
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
