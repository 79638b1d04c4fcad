import type { QualityClass } from '@loadcycle/contract';
import { chunkWindows } from '@loadcycle/database/chunk-walk';
import type { Database, Queryable } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import type { Range } from '../http/params.ts';
import { type SampleBlock, sampleBlocks } from './blocks.ts';
import { integerLiteral, timeLiteral } from './literal.ts';
import { qualityCondition } from './quality.ts';
import { behind, nextOf, type SampleCursor, startOf } from './sample-cursor.ts';
import { goOn } from './slices.ts';
import { inOrder } from './ties.ts';

export interface SampleRow {
  readonly atUs: number;
  readonly value: number | null;
  readonly quality: number;
}

export interface SamplesWanted extends Range {
  readonly signalId: number;
  readonly quality: readonly QualityClass[];
}

export interface SamplesPage {
  readonly rows: readonly SampleRow[];
  readonly next: SampleCursor | null;
}

/** A page of more rows, or of rows far apart, is read in blocks where landing shares the connection. */
const ONE_QUERY = 5_000;

/** A page of raw samples, ascending in time; rows of one time in the order of their quality and value, -0 before 0. */
export async function samplesPage(
  db: Database,
  wanted: SamplesWanted,
  limit: number,
  cursor: SampleCursor | null,
  periodUs: number | null,
  signal?: AbortSignal,
): Promise<SamplesPage> {
  const range = cursor === null ? wanted : { ...wanted, fromUs: cursor.atUs, toUs: cursor.toUs };
  const rows = await read(db, range, limit + 1, cursor, periodUs, signal);
  return { rows: rows.slice(0, limit), next: nextOf(rows, limit, cursor, range.toUs) };
}

async function read(
  db: Database,
  range: SamplesWanted,
  limit: number,
  cursor: SampleCursor | null,
  periodUs: number | null,
  signal: AbortSignal | undefined,
): Promise<readonly SampleRow[]> {
  if (!db.features.singleConnection || limit <= ONE_QUERY) {
    // no more than what should be enough is put in order
    const shortUs = range.fromUs + Math.max(1_000_000, limit * (periodUs ?? 1000) * 1.5);
    const toUs = Math.min(range.toUs, Math.ceil(shortUs));
    const rows = await fromQuery(db, { ...range, toUs }, limit, cursor);
    if (rows.length === limit || toUs === range.toUs) return rows;
    if (!db.features.singleConnection)
      return await fromChunks(db, { ...range, fromUs: toUs }, limit, rows, signal);
  }
  return fromBlocks(sampleBlocks(db, range, periodUs), limit, cursor, signal);
}

/** `rows`, and what follows in the range, from no more chunks than it takes. */
async function fromChunks(
  db: Database,
  range: SamplesWanted,
  limit: number,
  rows: SampleRow[],
  signal: AbortSignal | undefined,
): Promise<SampleRow[]> {
  for await (const window of chunkWindows(db, 'sample', range)) {
    goOn(signal);
    const more = await fromQuery(db, { ...range, ...window }, limit - rows.length, null);
    for (const row of more) rows.push(row);
    if (rows.length >= limit) break;
  }
  return rows;
}

function fromQuery(
  db: Queryable,
  wanted: SamplesWanted,
  limit: number,
  cursor: SampleCursor | null,
): Promise<SampleRow[]> {
  const params: number[] = [];
  const after = cursor === null ? 'true' : behind(cursor, params);
  return db.query<SampleRow>(
    `SELECT ${us('ts')} AS "atUs", value, quality FROM sample
     WHERE signal_id = ${integerLiteral(wanted.signalId)} AND ts >= ${timeLiteral(wanted.fromUs)}
       AND ts < ${timeLiteral(wanted.toUs)} AND ${qualityCondition(wanted.quality)} AND ${after}
     ORDER BY ts, quality, value, atan2(value, -1) LIMIT ${integerLiteral(limit)} OFFSET ${integerLiteral(cursor?.given ?? 0)}`,
    params,
  );
}

async function fromBlocks(
  blocks: AsyncGenerator<SampleBlock>,
  limit: number,
  cursor: SampleCursor | null,
  signal: AbortSignal | undefined,
): Promise<SampleRow[]> {
  const rows: SampleRow[] = [];
  let first = true;
  for await (const block of blocks) {
    goOn(signal);
    const { atUs, value, quality, count } = inOrder(block);
    for (let i = first ? startOf(block, cursor) : 0; i < count && rows.length < limit; i++) {
      const v = value[i]!;
      rows.push({ atUs: atUs[i]!, value: Number.isNaN(v) ? null : v, quality: quality![i]! });
    }
    first = false;
    if (rows.length >= limit) break;
  }
  return rows;
}
