import type { Window } from '@loadcycle/database/chunk-walk';
import type { Database } from '@loadcycle/database/port';
import { ledgerRowsByHour, MOST_ROWS } from './readable.ts';
import type { Tile } from './tiles.ts';

/** What an answer leaves out, and why: rollups that have not caught up, and too many rows to read them instead. */
export interface Partial {
  readonly reason: 'rollups.behind';
  /** in the order of time */
  readonly ranges: readonly Window[];
}

const HOUR_US = 3_600_000_000;
/** So short a stretch of rows is read without asking how many they are. */
const SHORT_US = 60_000_000;

/**
 * The tiles that can be read in the time of one answer. Where a rollup has not caught up the rows answer, up to as many
 * as an answer may read, by the ledger's sums; what would be more is left out, and named.
 */
export async function withinBudget(
  db: Database,
  all: readonly Tile[],
  signalIds: readonly number[],
): Promise<{ tiles: readonly Tile[]; partial: Partial | null }> {
  const rows = all.filter((t) => t.rollup === null && t.toUs - t.fromUs > SHORT_US);
  if (rows.length === 0) return { tiles: all, partial: null };
  const hours = await ledgerRowsByHour(db, signalIds, rows[0]!.fromUs, rows.at(-1)!.toUs);
  let left = db.features.singleConnection ? MOST_ROWS.shared : MOST_ROWS.own;
  const kept: Tile[] = [];
  const ranges: { fromUs: number; toUs: number }[] = [];
  for (const tile of all) {
    if (!rows.includes(tile)) {
      kept.push(tile);
      continue;
    }
    let at = tile.fromUs;
    for (const [hour, count] of hours) {
      const [a, b] = [Math.max(at, hour), Math.min(tile.toUs, hour + HOUR_US)];
      if (a >= b) continue;
      left -= (count * (b - a)) / HOUR_US;
      if (left < 0) break;
      at = b;
    }
    if (left >= 0) at = tile.toUs;
    if (at > tile.fromUs) kept.push({ ...tile, toUs: at });
    if (at === tile.toUs) continue;
    const last = ranges.at(-1);
    if (last?.toUs === at) last.toUs = tile.toUs;
    else ranges.push({ fromUs: at, toUs: tile.toUs });
  }
  return { tiles: kept, partial: ranges.length === 0 ? null : { reason: 'rollups.behind', ranges } };
}
