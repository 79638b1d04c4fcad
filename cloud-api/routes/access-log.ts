import { z } from '@hono/zod-openapi';
import type { Database } from '@loadcycle/database/port';
import { jsonAnswer } from '../http/document.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { cursorParam, integerParam, rangeQuery } from '../http/params.ts';
import { rangeOf } from '../http/range.ts';
import { json } from '../http/respond.ts';
import { accessPage } from '../retrieval/access-log.ts';
import { decodeCursor, encodeCursor } from '../retrieval/cursor.ts';
import { iso, NextSchema, TimeSchema } from './schemas.ts';

const EntrySchema = z
  .object({
    at: TimeSchema,
    requestId: z.string(),
    client: z.string().nullable(),
    token: z.string().nullable().openapi({ description: "The token's id (jti), never the token" }),
    address: z.string(),
    method: z.string(),
    path: z.string(),
    route: z.string().nullable(),
    status: z.int(),
    code: z.string().nullable(),
    durationMs: z.number(),
  })
  .openapi('AccessEntry');

export function accessLogRoutes({ reader }: { reader: Database }): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/access-log',
      access: { scopes: ['admin'], on: 'everything' },
      tag: 'Access',
      id: 'getAccessLog',
      summary: 'Who did what, when, from where, and how it ended',
      query: z.strictObject({
        ...rangeQuery,
        client: z.string().max(160).optional(),
        status: integerParam('Only this status', 100, 599).optional(),
        limit: integerParam('Entries in one answer at most; 1000 where it is absent', 1, 10_000).optional(),
        cursor: cursorParam.optional(),
      }),
      responses: {
        200: jsonAnswer(
          'Entries, ascending in time',
          z.object({ entries: z.array(EntrySchema), next: NextSchema }),
        ),
      },
      handle: async ({ c, query }) => {
        const cursor = query.cursor === undefined ? null : decodeCursor(query.cursor);
        const wanted = { ...rangeOf(query), client: query.client ?? null, status: query.status ?? null };
        const page = await accessPage(reader, wanted, query.limit ?? 1000, cursor);
        return json(c, {
          entries: page.rows.map(({ atUs, ...rest }) => ({ at: iso(atUs), ...rest })),
          next: page.next === null ? null : encodeCursor(page.next),
        });
      },
    }),
  ];
}
