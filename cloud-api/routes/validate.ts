import { z } from '@hono/zod-openapi';
import { parseTopic, signalKey } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { getSignal } from '@loadcycle/processors/catalogue/index';
import { decodeMessage } from '@loadcycle/processors/codecs/decode';
import { inspectMessage } from '@loadcycle/processors/validation/inspect';
import { allows } from '../auth/principal.ts';
import { jsonAnswer } from '../http/document.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { nowUs } from '../http/range.ts';
import { Refusal } from '../http/refusal.ts';
import { beyondGrants } from '../http/register.ts';
import { json } from '../http/respond.ts';
import { iso, TimeSchema } from './schemas.ts';

const MessageSchema = z
  .strictObject({
    topic: z
      .string()
      .min(1)
      .max(512)
      .openapi({ example: 'loadcycle/v1/plant1/motor1/samples/motor-voltage' }),
    contentType: z.string().max(128).optional(),
    payload: z
      .union([z.string().max(1_500_000), z.record(z.string(), z.unknown()), z.array(z.unknown())])
      .openapi({ description: 'The message: JSON as it is, or its text' }),
    encoding: z
      .enum(['utf8', 'base64'])
      .optional()
      .openapi({ description: 'Of a payload that is text; utf8 where absent' }),
    receivedAt: z
      .string()
      .max(64)
      .optional()
      .openapi({ description: 'As if it had come then; now where absent' }),
  })
  .openapi('MessageToValidate');

const InspectionSchema = z
  .object({
    outcome: z.enum(['landed', 'registered', 'dead-lettered']),
    reason: z.string().optional(),
    pointer: z.string().optional(),
    detail: z.string().optional(),
    hint: z.string().optional(),
    batches: z.array(
      z.object({
        signal: z.string(),
        session: z.string(),
        seq: z.int(),
        unit: z.string(),
        from: TimeSchema,
        to: TimeSchema,
        count: z.int(),
        good: z.int(),
        uncertain: z.int(),
        bad: z.int(),
        registered: z.boolean(),
        firstIssues: z.array(
          z.object({
            index: z.int(),
            t: TimeSchema,
            value: z.number().nullable(),
            class: z.enum(['good', 'uncertain', 'bad']),
            reason: z.string(),
          }),
        ),
      }),
    ),
  })
  .openapi('Inspection');

function bytesOf(m: z.infer<typeof MessageSchema>): Uint8Array {
  if (typeof m.payload !== 'string') return new TextEncoder().encode(JSON.stringify(m.payload));
  return new Uint8Array(Buffer.from(m.payload, m.encoding ?? 'utf8'));
}

export interface ValidateServices {
  readonly reader: Database;
  /** as landing is set */
  readonly autoRegister: boolean;
}

export function validateRoutes({ reader, autoRegister }: ValidateServices): Endpoint[] {
  return [
    endpoint({
      method: 'post',
      path: '/v1/validate',
      access: { scopes: ['signals:write', 'samples:read'], on: 'allowed' },
      tag: 'Analysis',
      id: 'validateMessage',
      summary: 'What would happen to a message',
      description:
        'By the functions that landing itself runs. Says nothing of duplicates, which only the ledger knows.',
      body: { schema: MessageSchema, types: ['application/json'], limitBytes: 2_097_152 },
      responses: { 200: jsonAnswer('What would happen', InspectionSchema) },
      handle: async ({ c, body, principal }) => {
        const topic = parseTopic(body.topic);
        if (topic !== null && !allows(principal.grants, topic.site, topic.device)) {
          throw beyondGrants(`${topic.site}/${topic.device}`);
        }
        const receivedAtUs = body.receivedAt === undefined ? nowUs() : timeOf(body.receivedAt);
        const message = {
          mqttTopic: body.topic,
          contentType: body.contentType ?? '',
          payload: bytesOf(body),
          receivedAtUs,
        };
        const definitions = await definitionsFor(reader, message);
        const result = inspectMessage(message, {
          definitionOf: (path) => definitions.get(signalKey(path)) ?? null,
          autoRegister,
        });
        return json(c, {
          ...result,
          batches: result.batches.map(({ fromUs, toUs, firstIssues, ...b }) => ({
            ...b,
            from: iso(fromUs),
            to: iso(toUs),
            firstIssues: firstIssues.map(({ timeUs, ...issue }) => ({ ...issue, t: iso(timeUs) })),
          })),
        });
      },
    }),
  ];
}

type Message = Parameters<typeof decodeMessage>[0];

/** Definitions of the signals that a message names; none where it can not be read. */
async function definitionsFor(reader: Database, message: Message) {
  const found = new Map<string, NonNullable<Awaited<ReturnType<typeof getSignal>>>['definition']>();
  let batches: ReturnType<typeof decodeMessage> = [];
  try {
    batches = decodeMessage(message);
  } catch {
    return found;
  }
  for (const { path } of batches) {
    const key = signalKey(path);
    if (found.has(key)) continue;
    const signal = await getSignal(reader, path);
    if (signal !== null) found.set(key, signal.definition);
  }
  return found;
}

function timeOf(text: string): number {
  const ms = Date.parse(text);
  if (!Number.isFinite(ms)) {
    throw new Refusal('request.unprocessable', 'receivedAt is no date and time', {
      errors: [{ pointer: '/receivedAt', detail: 'no date and time' }],
    });
  }
  return ms * 1000;
}
