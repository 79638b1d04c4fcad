import type { QualityClass } from '@loadcycle/contract';
import type { Queryable } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import type { Range } from '../http/params.ts';
import { type Cursor, pageOf } from './cursor.ts';
import { integerLiteral, timeLiteral } from './literal.ts';
import { qualityCondition } from './quality.ts';

export interface SampleRow {
  readonly atUs: number;
  readonly value: number | null;
  readonly quality: number;
}

export interface SamplesWanted extends Range {
  readonly signalId: number;
  readonly quality: readonly QualityClass[];
}

/**
 * A page of raw samples, ascending in time; rows of one time in the order of their quality and value, so that a
 * page can end between them.
 */
export async function samplesPage(
  db: Queryable,
  wanted: SamplesWanted,
  limit: number,
  cursor: Cursor | null,
): Promise<{ rows: readonly SampleRow[]; next: Cursor | null }> {
  const fromUs = cursor === null ? wanted.fromUs : Math.max(cursor.atUs, wanted.fromUs);
  const skip = cursor !== null && cursor.atUs >= wanted.fromUs ? cursor.given : 0;
  const rows = await db.query<SampleRow>(
    `SELECT ${us('ts')} AS "atUs", value, quality FROM sample
     WHERE signal_id = ${integerLiteral(wanted.signalId)} AND ts >= ${timeLiteral(fromUs)}
       AND ts < ${timeLiteral(wanted.toUs)} AND ${qualityCondition(wanted.quality)}
     ORDER BY ts, quality, value LIMIT ${integerLiteral(limit + 1)} OFFSET ${integerLiteral(skip)}`,
  );
  return pageOf(rows, limit, (r) => r.atUs, cursor);
}
