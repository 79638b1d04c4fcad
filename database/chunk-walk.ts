/**
 * Long ranges of a hypertable, a few chunks at a time.
 *
 * A statement locks every chunk that its range reaches, with its indexes and its compressed twin, before it reads a
 * row: about five locks each to read, twenty to drop. Over 1,000 chunks it takes as long to plan as the whole answer may
 * take, and in the end the lock table is full ("out of shared memory", 53200). So whoever reads or maintains a range that
 * nothing else bounds goes through it in windows that end where chunks end.
 */
import type { Queryable } from './port.ts';
import { literal, ts, us } from './sql.ts';

/** A stretch of time, µs since the epoch, `toUs` exclusive. */
export interface Window {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Hypertables that are walked, with the column that divides each into chunks. */
const TIME = { sample: 'ts', batch: 't0', cycle: 'started_at' } as const;
export type Walked = keyof typeof TIME;

/** No statement reads from more chunks than this: about 160 locks. */
export const MOST_CHUNKS = 32;

/** The ends of a hypertable's chunks within a range, as they are when it is made. */
export class ChunkEdges {
  readonly #ends: readonly number[];

  private constructor(ends: readonly number[]) {
    this.#ends = ends;
  }

  static async read(db: Queryable, table: Walked, { fromUs, toUs }: Window): Promise<ChunkEdges> {
    if (fromUs >= toUs) return new ChunkEdges([]);
    const rows = await db.query<{ end: number }>(
      'SELECT least(ends, $3::bigint) AS "end" FROM chunk_ranges($1, $2::bigint, $3::bigint)',
      [table, Math.floor(fromUs), Math.ceil(toUs)],
    );
    return new ChunkEdges(rows.map((r) => r.end));
  }

  /** `toUs`, or sooner, where more than `count` chunks would lie in [fromUs, toUs). */
  within(fromUs: number, toUs: number, count = MOST_CHUNKS): number {
    return Math.min(toUs, this.#ends[this.#after(fromUs) + count - 1] ?? toUs);
  }

  /** `fromUs`, or later, where more than `count` chunks would lie in [fromUs, toUs). */
  withinBackwards(fromUs: number, toUs: number, count = MOST_CHUNKS): number {
    // the chunk that holds what is just before toUs begins where the one before it ends, or later
    const last = this.#after(toUs - 1);
    return Math.max(fromUs, this.#ends[last - count] ?? fromUs);
  }

  /** Index of the first chunk that ends behind a time. */
  #after(us: number): number {
    let [low, high] = [0, this.#ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle]! > us) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/**
 * [fromUs, toUs) in windows of one chunk, then of two, four and so on up to {@link MOST_CHUNKS}: what is found in the
 * first few costs little, what is not found anywhere costs no more than a few dozen statements. The windows lie close
 * to each other, so that a chunk that is made while somebody walks is not missed.
 */
export async function* chunkWindows(
  db: Queryable,
  table: Walked,
  range: Window,
  order: 'ASC' | 'DESC' = 'ASC',
): AsyncGenerator<Window> {
  let { fromUs, toUs } = range;
  if (fromUs >= toUs) return;
  const edges = await ChunkEdges.read(db, table, range);
  for (let count = 1; fromUs < toUs; count = Math.min(MOST_CHUNKS, count * 2)) {
    if (order === 'ASC') {
      const end = edges.within(fromUs, toUs, count);
      yield { fromUs, toUs: end };
      fromUs = end;
    } else {
      const begin = edges.withinBackwards(fromUs, toUs, count);
      yield { fromUs: begin, toUs };
      toUs = begin;
    }
  }
}

/** Behind any time that is stored. */
export const END_OF_TIME_US = 9_000_000_000_000_000;

export interface Sought extends Window {
  readonly signalId: number;
  /** `ASC`: the first row of the range, `DESC`: the last one */
  readonly order: 'ASC' | 'DESC';
  /** further SQL condition, without parameters */
  readonly where?: string;
}

/** Time of a signal's first or last row in a range, µs; null where there is none. */
export async function edgeRow(
  db: Queryable,
  table: Walked,
  { signalId, order, where = 'true', ...range }: Sought,
): Promise<number | null> {
  const column = TIME[table];
  for await (const { fromUs, toUs } of chunkWindows(db, table, range, order)) {
    const [row] = await db.query<{ at: number }>(
      `SELECT ${us(column)} AS at FROM ${table} WHERE signal_id = $1 AND ${column} >= ${ts('$2')}
         AND ${column} < ${ts('$3')} AND ${where} ORDER BY ${column} ${order} LIMIT 1`,
      [signalId, Math.floor(fromUs), Math.ceil(toUs)],
    );
    if (row !== undefined) return row.at;
  }
  return null;
}

/**
 * The range that all rows of a hypertable lie in, rounded to chunks; null where there are none. For those who would
 * otherwise ask `min` and `max` of every chunk.
 */
export async function chunkSpan(db: Queryable, table: Walked): Promise<Window | null> {
  const [row] = await db.query<{ from: number | null; to: number | null }>(
    `SELECT greatest(min(begins), 0) AS "from", least(max(ends), ${END_OF_TIME_US}) AS "to"
     FROM chunk_ranges(${literal(table)}, 0, ${END_OF_TIME_US})`,
  );
  return row?.from == null || row.to === null ? null : { fromUs: row.from, toUs: row.to };
}
