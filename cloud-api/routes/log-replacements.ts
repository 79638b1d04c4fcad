import { z } from '@hono/zod-openapi';
import type { Database } from '@loadcycle/database/port';
import { jsonAnswer } from '../http/document.ts';
import { type Access, type Endpoint, endpoint } from '../http/endpoint.ts';
import { IdParams } from '../http/params.ts';
import { notFound } from '../http/refusal.ts';
import { json } from '../http/respond.ts';
import {
  acknowledgeLogReplacement,
  type LogReplacementRow,
  logReplacements,
} from '../retrieval/log-replacements.ts';
import { iso, isoOrNull, TimeSchema } from './schemas.ts';

/** A log is that of all sites. */
const ACCESS: Access = { scopes: ['pipeline:control'], on: 'everything' };

const LogReplacementSchema = z
  .object({
    id: z.int(),
    topic: z.string(),
    kind: z.enum(['another-log', 'records-lost']).openapi({
      description: 'another-log: it was lost and made anew; records-lost: its newest records are gone',
    }),
    noticedAt: TimeSchema,
    consumers: z.array(
      z.object({
        consumer: z.string(),
        partition: z.int(),
        next: z.int().openapi({ description: 'Up to where it had read the old log' }),
        goesOnAt: z.int().openapi({ description: 'Where it started in the new one' }),
      }),
    ),
    acknowledgedAt: TimeSchema.nullable(),
    acknowledgedBy: z.string().nullable(),
    note: z.string().nullable(),
  })
  .openapi('LogReplacement');

const answerOf = (r: LogReplacementRow): z.infer<typeof LogReplacementSchema> => ({
  id: r.id,
  topic: r.topic,
  kind: r.oldLog !== null && r.oldLog === r.newLog ? 'records-lost' : 'another-log',
  noticedAt: iso(r.noticedAtUs),
  consumers: r.consumers.map(({ consumer, partition, next, goesOnAt }) => ({
    consumer,
    partition,
    next,
    goesOnAt,
  })),
  acknowledgedAt: isoOrNull(r.acknowledgedAtUs),
  acknowledgedBy: r.acknowledgedBy,
  note: r.note,
});

export function logReplacementRoutes(s: { reader: Database; control: Database }): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/log-replacements',
      access: ACCESS,
      tag: 'Pipeline',
      id: 'listLogReplacements',
      summary: 'Event logs that were lost, the latest first',
      description:
        'What was in a lost log only is missing: its holes in seq have the reason log.replaced in completeness.',
      query: z.strictObject({ acknowledged: z.enum(['true', 'false']).optional() }),
      responses: {
        200: jsonAnswer('The latest hundred', z.object({ replacements: z.array(LogReplacementSchema) })),
      },
      handle: async ({ c, query }) => {
        const acknowledged = query.acknowledged === undefined ? null : query.acknowledged === 'true';
        const rows = await logReplacements(s.reader, acknowledged);
        return json(c, { replacements: rows.map(answerOf) });
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/log-replacements/{id}/acknowledge',
      access: ACCESS,
      tag: 'Pipeline',
      id: 'acknowledgeLogReplacement',
      summary: 'Acknowledges that a log was lost, so that health and the pipeline no longer say so',
      params: IdParams,
      body: {
        schema: z.strictObject({ note: z.string().max(2000).optional() }).optional(),
        types: ['application/json'],
        optional: true,
      },
      responses: { 200: jsonAnswer('The lost log', LogReplacementSchema) },
      handle: async ({ c, params, body, principal }) => {
        const row = await acknowledgeLogReplacement(
          s.control,
          params.id,
          principal.clientId,
          body?.note ?? null,
        );
        if (row === null) throw notFound(`lost log ${params.id}`);
        return json(c, answerOf(row));
      },
    }),
  ];
}
