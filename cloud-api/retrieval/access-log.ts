import type { Queryable } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import type { Range } from '../http/params.ts';
import { type Cursor, pageOf } from './cursor.ts';
import { integerLiteral, timeLiteral } from './literal.ts';

export interface AccessRow {
  readonly atUs: number;
  readonly requestId: string;
  readonly client: string | null;
  readonly token: string | null;
  readonly address: string;
  readonly method: string;
  readonly path: string;
  readonly route: string | null;
  readonly status: number;
  readonly code: string | null;
  readonly durationMs: number;
}

export async function accessPage(
  db: Queryable,
  wanted: Range & { client: string | null; status: number | null },
  limit: number,
  cursor: Cursor | null,
): Promise<{ rows: readonly AccessRow[]; next: Cursor | null }> {
  const { fromUs, toUs } = cursor === null ? wanted : { fromUs: cursor.atUs, toUs: cursor.toUs };
  const rows = await db.query<AccessRow>(
    `SELECT ${us('at')} AS "atUs", request_id AS "requestId", client_id AS client, token_id AS token, address, method,
       path, route, status, code, duration_ms AS "durationMs" FROM access_log
     WHERE at >= ${timeLiteral(fromUs)} AND at < ${timeLiteral(toUs)}
       AND ($1::text IS NULL OR client_id = $1) AND ($2::int IS NULL OR status = $2)
     ORDER BY at, request_id LIMIT ${integerLiteral(limit + 1)} OFFSET ${integerLiteral(cursor?.given ?? 0)}`,
    [wanted.client, wanted.status],
  );
  return pageOf(rows, limit, (r) => r.atUs, cursor, toUs);
}
