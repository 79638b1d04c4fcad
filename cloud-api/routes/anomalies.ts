import { z } from '@hono/zod-openapi';
import { ANOMALY_KINDS, type AnomalyKind } from '@loadcycle/contract/anomaly-event';
import { RULE_KINDS } from '@loadcycle/contract/rule-settings';
import { SAME } from '@loadcycle/contract/units/conversion';
import { findingIn } from '@loadcycle/contract/units/cycle-conversion';
import type { Database } from '@loadcycle/database/port';
import type { Principal } from '../auth/principal.ts';
import { jsonAnswer } from '../http/document.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { cursorParam, IdParams, integerParam, NameSchema, type Range, rangeQuery } from '../http/params.ts';
import { rangeOf } from '../http/range.ts';
import { notFound, Refusal } from '../http/refusal.ts';
import { json } from '../http/respond.ts';
import {
  type AnomalyCursor,
  type AnomalyRow,
  accept,
  acknowledge,
  anomalyPage,
  findAnomaly,
} from '../retrieval/anomalies.ts';
import { isTime, notACursor } from '../retrieval/cursor.ts';
import { iso, isoOrNull, NextSchema, TimeSchema } from './schemas.ts';

const DAY_US = 86_400_000_000;

const AnomalySchema = z
  .object({
    id: z.int(),
    site: z.string(),
    device: z.string(),
    signal: z.string(),
    kind: z.enum(ANOMALY_KINDS),
    metric: z.string().nullable().openapi({
      description: 'Of a cycle; of a rule its name; null where none is concerned',
    }),
    state: z
      .enum(['open', 'closed', 'withdrawn'])
      .openapi({ description: 'withdrawn: late data have shown that it was none' }),
    since: TimeSchema.openapi({
      description: 'By the time of measurement; of no-data: when the cloud heard the signal last',
    }),
    until: TimeSchema.nullable(),
    closedReason: z
      .enum(['returned', 'accepted', 'definition', 'history'])
      .nullable()
      .openapi({
        description:
          'returned: it is in line again; accepted: somebody said that this is the new normal; definition: what the ' +
          'definition says now counts; history: found in samples that came long after they were measured, nobody was told',
      }),
    value: z.number().nullable().openapi({ description: 'The one furthest from what was expected' }),
    expected: z.number().nullable(),
    score: z.number().nullable().openapi({ description: 'Robust standard deviations between the two' }),
    reason: z
      .string()
      .nullable()
      .openapi({ description: 'In words, with value, limit and unit; null where the fields say all' }),
    notedAt: TimeSchema,
    acknowledgedAt: TimeSchema.nullable(),
    acknowledgedBy: z.string().nullable(),
    acceptedAt: TimeSchema.nullable().openapi({
      description: 'When somebody said that this is the new normal',
    }),
    acceptedBy: z.string().nullable(),
    note: z.string().nullable(),
    silencedUntil: TimeSchema.nullable().openapi({
      description: 'Nobody is told of it until then: silenced, or shelved',
    }),
  })
  .openapi('Anomaly');

const answerOf = (a: AnomalyRow): z.infer<typeof AnomalySchema> => ({
  id: a.id,
  site: a.site,
  device: a.device,
  signal: a.signal,
  kind: a.kind as AnomalyKind,
  metric: a.metric,
  state: a.state,
  since: iso(a.sinceUs),
  until: isoOrNull(a.untilUs),
  closedReason: a.closedReason,
  ...findingIn(a, a.conversion ?? SAME),
  score: a.score,
  reason: a.reason,
  notedAt: iso(a.notedAtUs),
  acknowledgedAt: isoOrNull(a.acknowledgedAtUs),
  acknowledgedBy: a.acknowledgedBy,
  acceptedAt: isoOrNull(a.acceptedAtUs),
  acceptedBy: a.acceptedBy,
  note: a.note,
  silencedUntil: isoOrNull(a.silencedUntilUs),
});

const encode = (a: AnomalyRow, { fromUs, toUs }: Range): string =>
  Buffer.from(`8 ${a.sinceUs} ${a.id} ${fromUs} ${toUs}`).toString('base64url');
function decode(text: string): { after: AnomalyCursor; range: Range } {
  const m = /^8 (-?\d{1,16}) (\d{1,15}) (-?\d{1,16}) (-?\d{1,16})$/.exec(
    Buffer.from(text, 'base64url').toString('latin1'),
  );
  const [sinceUs, id, fromUs, toUs] = [1, 2, 3, 4].map((i) => Number(m?.[i])) as [
    number,
    number,
    number,
    number,
  ];
  if (![sinceUs, fromUs, toUs].every(isTime)) throw notACursor();
  return { after: { sinceUs, id }, range: { fromUs, toUs } };
}

const NOTE = {
  schema: z.strictObject({ note: z.string().max(2000).optional() }).optional(),
  types: ['application/json'] as const,
  optional: true,
};

/** Rules that learn what is usual, or wait for a change. */
const LEARNT: ReadonlySet<string> = new Set(['stuck-value', 'value-outlier', 'drift']);

/** Where the definition says what is too much; null: it is learnt, so somebody's word counts. */
function fieldOf({ kind, metric }: AnomalyRow): string | null {
  if (kind === 'limit') return `anomalies.limits.${metric}`;
  const isRule = (RULE_KINDS as readonly string[]).includes(kind);
  return isRule && !LEARNT.has(kind) ? `rules.${metric}` : null;
}

/** The anomaly, where the client may see it; else it is not found. */
export async function anomalyOr404(reader: Database, principal: Principal, id: number): Promise<AnomalyRow> {
  const found = await findAnomaly(reader, principal.grants, id);
  if (found === null) throw notFound(`anomaly ${id}`);
  return found;
}

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
        kind: z.enum(ANOMALY_KINDS).optional(),
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
        const cursor = query.cursor === undefined ? null : decode(query.cursor);
        const range = cursor?.range ?? rangeOf(query, DAY_US);
        const filter = {
          ...range,
          grants: principal.grants,
          site,
          device,
          signal,
          kind,
          state,
          acknowledged,
        };
        const rows = await anomalyPage(reader, filter, limit + 1, cursor?.after ?? null);
        const page = rows.slice(0, limit);
        return json(c, {
          anomalies: page.map(answerOf),
          next: rows.length > limit ? encode(page.at(-1)!, range) : null,
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
        const found = await anomalyOr404(reader, principal, params.id);
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
      body: NOTE,
      responses: { 200: jsonAnswer('The anomaly', AnomalySchema) },
      handle: async ({ c, params, body, principal }) => {
        await anomalyOr404(reader, principal, params.id);
        await acknowledge(control, params.id, principal.clientId, body?.note ?? null);
        return json(c, answerOf(await anomalyOr404(reader, principal, params.id)));
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/anomalies/{id}/accept',
      access: { scopes: ['anomalies:write'], on: 'allowed' },
      tag: 'Anomalies',
      id: 'acceptAnomaly',
      summary: 'Says that what an open anomaly tells of is the new normal',
      description:
        'The anomaly is acknowledged; within some seconds it is closed (`closedReason` `accepted`), and what is usual ' +
        'for its metric is learnt anew from the cycles since it began, or for a rule from what comes. A limit is part of the definition: change it there.',
      params: IdParams,
      body: NOTE,
      responses: { 200: jsonAnswer('The anomaly', AnomalySchema) },
      handle: async ({ c, params, body, principal }) => {
        const known = await anomalyOr404(reader, principal, params.id);
        if (known.state !== 'open') {
          throw new Refusal('request.conflict', `anomaly ${params.id} is ${known.state} already`);
        }
        const field = fieldOf(known);
        if (field !== null) {
          throw new Refusal('request.conflict', 'its limit is part of the definition of the signal', {
            hint: `change ${field} of ${known.site}/${known.device}/${known.signal}`,
          });
        }
        await accept(control, params.id, principal.clientId, body?.note ?? null);
        return json(c, answerOf(await anomalyOr404(reader, principal, params.id)));
      },
    }),
  ];
}
