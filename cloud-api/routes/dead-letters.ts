import { z } from '@hono/zod-openapi';
import { BATCH_LIMITS, parseTopic } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import type { EventLog } from '@loadcycle/event-log/port';
import { type LetterEdit, replayDeadLetters } from '@loadcycle/processors/replay';
import { jsonAnswer } from '../http/document.ts';
import { type Access, type Endpoint, endpoint } from '../http/endpoint.ts';
import { cursorParam, IdParams, integerParam, rangeQuery } from '../http/params.ts';
import { momentOf, rangeOf } from '../http/range.ts';
import { badParameter, notFound, Refusal } from '../http/refusal.ts';
import { json, noContent } from '../http/respond.ts';
import {
  type DeadLetterRow,
  deadLetterCounts,
  deadLetterPage,
  findDeadLetter,
  purgeDeadLetters,
} from '../retrieval/dead-letters.ts';
import { iso, isoOrNull, NextSchema, TimeSchema } from './schemas.ts';

/** They may come from anywhere and hold anything: only for administrators of everything. */
const ACCESS: Access = { scopes: ['admin'], on: 'everything' };
const DAY_US = 86_400_000_000;

const DeadLetterSchema = z
  .object({
    id: z.int(),
    at: TimeSchema,
    reason: z.string().openapi({ example: 'message.invalid-field' }),
    pointer: z.string().nullable().openapi({ description: 'JSON Pointer to the place in the message' }),
    detail: z.string(),
    state: z.enum(['held', 'replayed']),
    replayedAt: TimeSchema.nullable(),
    replayedBy: z.string().nullable(),
    edited: z.boolean().openapi({ description: 'Another payload was sent in place of what came' }),
    key: z.string(),
    mqttTopic: z.string().nullable(),
    contentType: z.string().nullable(),
    receivedAt: TimeSchema.nullable(),
    bytes: z.int(),
    origin: z.object({ topic: z.string(), partition: z.int(), offset: z.int() }),
  })
  .openapi('DeadLetter');

const EditSchema = z
  .strictObject({
    payload: z.string().max(2 * BATCH_LIMITS.bytes),
    encoding: z
      .enum(['utf8', 'base64'])
      .optional()
      .openapi({ description: 'Of `payload`; utf8 where it is absent' }),
    topic: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .openapi({ description: 'MQTT topic; as it came where it is absent' }),
  })
  .openapi('DeadLetterEdit');

function editOf({ payload, encoding, topic }: z.infer<typeof EditSchema>): LetterEdit {
  const bytes = Buffer.from(payload, encoding ?? 'utf8');
  if (bytes.length > BATCH_LIMITS.bytes) {
    throw new Refusal('request.unprocessable', `the payload has more than ${BATCH_LIMITS.bytes} bytes`, {
      errors: [{ pointer: '/payload', detail: 'too large' }],
    });
  }
  if (topic !== undefined && parseTopic(topic)?.kind !== 'samples' && parseTopic(topic)?.kind !== 'status') {
    throw new Refusal('request.unprocessable', `"${topic}" is no topic of samples or statuses`, {
      errors: [{ pointer: '/topic', detail: 'no topic of samples or statuses' }],
    });
  }
  return { payload: bytes, topic };
}

const answerOf = (d: DeadLetterRow): z.infer<typeof DeadLetterSchema> => ({
  id: d.id,
  at: iso(d.atUs),
  reason: d.reason,
  pointer: d.pointer,
  detail: d.detail,
  state: d.state,
  replayedAt: isoOrNull(d.replayedAtUs),
  replayedBy: d.replayedBy,
  edited: d.edited,
  key: d.key,
  mqttTopic: d.mqttTopic,
  contentType: d.contentType,
  receivedAt: isoOrNull(d.receivedAtUs),
  bytes: d.bytes,
  origin: { topic: d.topic, partition: d.partition, offset: d.offset },
});

const encodeAfter = (id: number): string => Buffer.from(`3 ${id}`).toString('base64url');
function decodeAfter(text: string): number {
  const m = /^3 (\d{1,15})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  if (m === null) throw badParameter('cursor', 'this is not a cursor of this request');
  return Number(m[1]);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
function textOf(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

export interface DeadLetterServices {
  readonly reader: Database;
  readonly control: Database;
  readonly eventLog: EventLog;
}

export function deadLetterRoutes({ reader, control, eventLog }: DeadLetterServices): Endpoint[] {
  const common = { access: ACCESS, tag: 'Dead letters' };
  const reason = z.string().max(64).optional().openapi({ description: 'Only of this reason' });
  const one = async (id: number) => {
    const found = await findDeadLetter(reader, id);
    if (found === null) throw notFound(`dead letter ${id}`);
    return found;
  };
  return [
    endpoint({
      ...common,
      method: 'get',
      path: '/v1/dead-letters',
      id: 'listDeadLetters',
      summary: 'Messages that did not pass, with their reasons',
      query: z.strictObject({
        ...rangeQuery,
        reason,
        state: z.enum(['held', 'replayed']).optional(),
        limit: integerParam('100 where it is absent', 1, 1000).optional(),
        cursor: cursorParam.optional(),
      }),
      responses: {
        200: jsonAnswer(
          'Dead letters, oldest first; the last 30 days where no range is given',
          z.object({
            deadLetters: z.array(DeadLetterSchema),
            counts: z.array(z.object({ reason: z.string(), held: z.int(), replayed: z.int() })),
            next: NextSchema,
          }),
        ),
      },
      handle: async ({ c, query }) => {
        const limit = query.limit ?? 100;
        const filter = {
          ...rangeOf(query, 30 * DAY_US),
          reason: query.reason ?? null,
          state: query.state ?? null,
          after: query.cursor === undefined ? 0 : decodeAfter(query.cursor),
        };
        const rows = await deadLetterPage(reader, filter, limit + 1);
        const page = rows.slice(0, limit);
        return json(c, {
          deadLetters: page.map(answerOf),
          counts: await deadLetterCounts(reader),
          next: rows.length > limit ? encodeAfter(page.at(-1)!.id) : null,
        });
      },
    }),
    endpoint({
      ...common,
      method: 'get',
      path: '/v1/dead-letters/{id}',
      id: 'getDeadLetter',
      summary: 'One dead letter, with its payload',
      params: IdParams,
      responses: {
        200: jsonAnswer(
          'The dead letter',
          DeadLetterSchema.extend({
            payload: z.string().openapi({ format: 'byte', description: 'Base64, byte for byte' }),
            text: z.string().nullable().openapi({ description: 'The payload, where it is UTF-8' }),
            sent: EditSchema.nullable().openapi({ description: 'What was sent in its place' }),
          }).openapi('DeadLetterWithPayload'),
        ),
      },
      handle: async ({ c, params }) => {
        const found = await one(params.id);
        const payload = Buffer.from(found.payload).toString('base64');
        const { editedPayload, editedTopic } = found;
        const sent =
          editedPayload === null
            ? null
            : {
                payload: Buffer.from(editedPayload).toString('base64'),
                encoding: 'base64' as const,
                ...(editedTopic === null ? {} : { topic: editedTopic }),
              };
        return json(c, { ...answerOf(found), payload, text: textOf(found.payload), sent });
      },
    }),
    endpoint({
      ...common,
      method: 'post',
      path: '/v1/dead-letters/{id}/replay',
      id: 'replayDeadLetter',
      summary: 'Sends a dead letter into the log again; twice changes nothing',
      description:
        'With a body, its payload (and topic) are sent in place of what came. What came is kept as it is, what was sent beside it. `POST /v1/validate` says beforehand what would become of it.',
      params: IdParams,
      body: { schema: EditSchema.optional(), types: ['application/json'], optional: true, anyText: true },
      responses: { 200: jsonAnswer('How many were sent', z.object({ replayed: z.int() })) },
      handle: async ({ c, params, body, principal }) => {
        await one(params.id);
        const edit = body === undefined ? {} : { edit: editOf(body) };
        const filter = { ids: [params.id], by: principal.clientId, ...edit };
        return json(c, await replayDeadLetters(control, eventLog, filter));
      },
    }),
    endpoint({
      ...common,
      method: 'post',
      path: '/v1/dead-letters/replay',
      id: 'replayDeadLetters',
      summary: 'Sends all held dead letters of a reason into the log again',
      body: {
        schema: z.strictObject({
          reason: z.string().min(1).max(64),
          limit: z.int().min(1).max(100_000).optional(),
        }),
        types: ['application/json'],
      },
      responses: { 200: jsonAnswer('How many were sent', z.object({ replayed: z.int() })) },
      handle: async ({ c, body, principal }) => {
        const filter = { reason: body.reason, limit: body.limit ?? 10_000, by: principal.clientId };
        return json(c, await replayDeadLetters(control, eventLog, filter));
      },
    }),
    endpoint({
      ...common,
      method: 'delete',
      path: '/v1/dead-letters/{id}',
      id: 'purgeDeadLetter',
      summary: 'Removes a dead letter for good; the accounts keep its count',
      params: IdParams,
      responses: { 204: { description: 'Removed' } },
      handle: async ({ params }) => {
        const gone = await purgeDeadLetters(control, { id: params.id, reason: null, beforeUs: null });
        if (gone === 0) throw notFound(`dead letter ${params.id}`);
        return noContent();
      },
    }),
    endpoint({
      ...common,
      method: 'delete',
      path: '/v1/dead-letters',
      id: 'purgeDeadLetters',
      summary: 'Removes dead letters of a reason, or before a time, for good',
      query: z.strictObject({ reason, before: rangeQuery.to }),
      responses: { 200: jsonAnswer('How many were removed', z.object({ purged: z.int() })) },
      handle: async ({ c, query }) => {
        if (query.reason === undefined && query.before === undefined) {
          throw new Refusal('request.invalid', 'say which: reason, or before, or both');
        }
        const beforeUs = momentOf('before', query.before);
        const purged = await purgeDeadLetters(control, { id: null, reason: query.reason ?? null, beforeUs });
        return json(c, { purged });
      },
    }),
  ];
}
