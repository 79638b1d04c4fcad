import { z } from '@hono/zod-openapi';
import type { Database } from '@loadcycle/database/port';
import { jsonAnswer } from '../http/document.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { cursorParam, integerParam, NameSchema, rangeQuery } from '../http/params.ts';
import { rangeOf } from '../http/range.ts';
import { badParameter, notFound } from '../http/refusal.ts';
import { json } from '../http/respond.ts';
import {
  type AnomalyCursor,
  type AnomalyRow,
  acknowledge,
  anomalyPage,
  findAnomaly,
} from '../retrieval/anomalies.ts';
import { iso, isoOrNull, NextSchema, TimeSchema } from './schemas.ts';

const KINDS = ['outlier', 'regime', 'limit', 'missing-cycles', 'stuck-load', 'no-data'] as const;
const DAY_US = 86_400_000_000;

const AnomalySchema = z
  .object({
    id: z.int(),
    site: z.string(),
    device: z.string(),
    signal: z.string(),
    kind: z.enum(KINDS),
    metric: z.string().nullable().openapi({ description: 'Of a cycle; null where none is concerned' }),
    state: z
      .enum(['open', 'closed', 'withdrawn'])
      .openapi({ description: 'withdrawn: late data have shown that it was none' }),
    since: TimeSchema.openapi({ description: 'By the time of measurement' }),
    until: TimeSchema.nullable(),
    value: z.number().nullable().openapi({ description: 'The one furthest from what was expected' }),
    expected: z.number().nullable(),
    score: z.number().nullable().openapi({ description: 'Robust standard deviations between the two' }),
    notedAt: TimeSchema,
    acknowledgedAt: TimeSchema.nullable(),
    acknowledgedBy: z.string().nullable(),
    note: z.string().nullable(),
  })
  .openapi('Anomaly');

const answerOf = (a: AnomalyRow): z.infer<typeof AnomalySchema> => ({
  id: a.id,
  site: a.site,
  device: a.device,
  signal: a.signal,
  kind: a.kind as (typeof KINDS)[number],
  metric: a.metric,
  state: a.state,
  since: iso(a.sinceUs),
  until: isoOrNull(a.untilUs),
  value: a.value,
  expected: a.expected,
  score: a.score,
  notedAt: iso(a.notedAtUs),
  acknowledgedAt: isoOrNull(a.acknowledgedAtUs),
  acknowledgedBy: a.acknowledgedBy,
  note: a.note,
});

const encode = (a: AnomalyRow): string => Buffer.from(`4 ${a.sinceUs} ${a.id}`).toString('base64url');
function decode(text: string): AnomalyCursor {
  const m = /^4 (-?\d{1,16}) (\d{1,15})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const cursor = { sinceUs: Number(m?.[1]), id: Number(m?.[2]) };
  if (m === null || !Number.isSafeInteger(cursor.sinceUs))
    throw badParameter('cursor', 'this is not a cursor of this request');
  return cursor;
}

const IdParams = z.object({
  id: z
    .string()
    .regex(/^\d{1,15}$/, 'an id')
    .transform(Number)
    .openapi({ type: 'integer', param: { name: 'id', in: 'path' } }),
});

export function anomalyRoutes({ reader, control }: { reader: Database; control: Database }): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/anomalies',
      access: { scopes: ['cycles:read', 'anomalies:write'], on: 'allowed' },
      tag: 'Anomalies',
      id: 'listAnomalies',
      summary: 'Anomalies, the latest first',
      description: 'Those that touch the range, the last day where it is absent, of what the token reaches.',
      query: z.strictObject({
        ...rangeQuery,
        site: NameSchema.optional(),
        device: NameSchema.optional(),
        signal: NameSchema.optional(),
        kind: z.enum(KINDS).optional(),
        state: z.enum(['open', 'closed', 'withdrawn']).optional(),
        acknowledged: z.enum(['true', 'false']).optional(),
        limit: integerParam('100 where it is absent', 1, 1000).optional(),
        cursor: cursorParam.optional(),
      }),
      responses: {
        200: jsonAnswer('Anomalies', z.object({ anomalies: z.array(AnomalySchema), next: NextSchema })),
      },
      handle: async ({ c, query, principal }) => {
        const limit = query.limit ?? 100;
        const { site = null, device = null, signal = null, kind = null, state = null } = query;
        const acknowledged = query.acknowledged === undefined ? null : query.acknowledged === 'true';
        const filter = {
          ...rangeOf(query, DAY_US),
          grants: principal.grants,
          site,
          device,
          signal,
          kind,
          state,
          acknowledged,
        };
        const cursor = query.cursor === undefined ? null : decode(query.cursor);
        const rows = await anomalyPage(reader, filter, limit + 1, cursor);
        const page = rows.slice(0, limit);
        return json(c, {
          anomalies: page.map(answerOf),
          next: rows.length > limit ? encode(page.at(-1)!) : null,
        });
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/anomalies/{id}',
      access: { scopes: ['cycles:read', 'anomalies:write'], on: 'allowed' },
      tag: 'Anomalies',
      id: 'getAnomaly',
      summary: 'One anomaly',
      params: IdParams,
      responses: { 200: jsonAnswer('The anomaly', AnomalySchema) },
      handle: async ({ c, params, principal }) => {
        const found = await findAnomaly(reader, principal.grants, params.id);
        if (found === null) throw notFound(`anomaly ${params.id}`);
        return json(c, answerOf(found));
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/anomalies/{id}/acknowledge',
      access: { scopes: ['anomalies:write'], on: 'allowed' },
      tag: 'Anomalies',
      id: 'acknowledgeAnomaly',
      summary: 'Acknowledges an anomaly; the first acknowledgement counts',
      params: IdParams,
      body: {
        schema: z.strictObject({ note: z.string().max(2000).optional() }).optional(),
        types: ['application/json'],
        optional: true,
      },
      responses: { 200: jsonAnswer('The anomaly', AnomalySchema) },
      handle: async ({ c, params, body, principal }) => {
        const known = await findAnomaly(reader, principal.grants, params.id);
        if (known === null) throw notFound(`anomaly ${params.id}`);
        await acknowledge(control, params.id, principal.clientId, body?.note ?? null);
        return json(c, answerOf((await findAnomaly(reader, principal.grants, params.id))!));
      },
    }),
  ];
}
