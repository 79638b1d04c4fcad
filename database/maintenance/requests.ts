import type { Window } from '../chunk-walk.ts';
import type { Database } from '../port.ts';
import { ts, us } from '../sql.ts';
import {
  AGGREGATES,
  ceilTo,
  edgeOf,
  floorTo,
  merge,
  Refreshing,
  type Root,
  refreshStep,
} from './aggregates.ts';

export interface RequestOptions {
  readonly stepMs: number;
  /** raw rows older than this are gone, and a refresh would take their aggregates away; µs, null: kept for ever */
  readonly rawRetentionUs: number | null;
  readonly signal: AbortSignal;
  /** shared with others that refresh the same store */
  readonly refreshing?: Refreshing;
}

interface Request {
  id: number;
  root: Root;
  from_us: number;
  to_us: number;
}

/** Work on the finest level after which the levels above it follow and readers are told how far it is, ms. */
const PIECE_MS = 1_000;
/** Windows this near to each other are refreshed as one. */
const NEAR_US = 1_000_000;

/**
 * Carries out the refreshes that were asked for (`requestRefresh`), overlapping ones together, in pieces: each goes
 * through all levels and is then struck off, so that readers have it although the rest still waits. A crash in between
 * costs a second refresh of a piece. Answers how many requests there were.
 */
export async function runRefreshRequests(db: Database, options: RequestOptions): Promise<number> {
  const requests = await db.query<Request>(
    `SELECT id, root, ${us('from_ts')} AS from_us, ${us('to_ts')} AS to_us FROM refresh_request ORDER BY from_ts LIMIT 10000`,
  );
  const oldestUs = options.rawRetentionUs === null ? 0 : Date.now() * 1000 - options.rawRetentionUs;
  const refreshing = options.refreshing ?? new Refreshing(options.stepMs);
  for (const root of ['sample', 'cycle'] as const) {
    const own = requests.filter((r) => r.root === root);
    if (own.length === 0) continue;
    const ids = own.map((r) => r.id);
    const windows = merge(
      own.map((r) => ({ fromUs: Math.max(oldestUs, r.from_us), toUs: r.to_us })),
      NEAR_US,
    );
    // what lies before the retention is gone
    await strikeOff(db, ids, oldestUs);
    for (const { fromUs, toUs } of windows) {
      for (let at = fromUs; at <= toUs; ) {
        const piece = { fromUs: at, toUs };
        at = await refreshing.alone(() => refreshPiece(db, root, piece, refreshing, options));
        if (options.signal.aborted) return 0;
        await strikeOff(db, ids, at);
      }
    }
  }
  return requests.length;
}

/** What of the requests is done: all up to a time. Windows hold their end. */
async function strikeOff(db: Database, ids: readonly number[], doneToUs: number): Promise<void> {
  await db.query(
    `WITH done AS (DELETE FROM refresh_request WHERE id = ANY($1::int8[]) AND to_ts < ${ts('$2')})
     UPDATE refresh_request SET from_ts = ${ts('$2')}
     WHERE id = ANY($1::int8[]) AND from_ts < ${ts('$2')} AND to_ts >= ${ts('$2')}`,
    [ids, doneToUs],
  );
}

/** Refreshes all levels from the window's start on; answers up to where, behind the window's end where that is all. */
async function refreshPiece(
  db: Database,
  root: Root,
  window: Window,
  refreshing: Refreshing,
  { signal }: RequestOptions,
): Promise<number> {
  const started = performance.now();
  let { toUs } = window;
  for (const level of AGGREGATES[root]) {
    const finest = level === AGGREGATES[root][0];
    // what lies behind is brought into the level later, from what is refreshed here
    const { announcedUs } = await edgeOf(db, level);
    const lastUs = Math.min(announcedUs, ceilTo(toUs + 1, level.bucketUs));
    for (let at = floorTo(window.fromUs, level.bucketUs); at < lastUs; ) {
      if (signal.aborted) return window.fromUs;
      at = await refreshStep(db, root, level, refreshing, { fromUs: at, toUs: lastUs });
      if (finest && at < lastUs && performance.now() - started > PIECE_MS) {
        toUs = at - 1;
        break;
      }
    }
  }
  return toUs + 1;
}
