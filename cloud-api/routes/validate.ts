import { z } from '@hono/zod-openapi';
import { type DevicePath, parseTimeUs, parseTopic, type SignalPath, signalKey } from '@loadcycle/contract';
import {
  isSparkplugTopic,
  parseSparkplugTopic,
  sparkplugKey,
} from '@loadcycle/contract/decode-sparkplug-topic';
import type { Database } from '@loadcycle/database/port';
import { getSignal, type StoredSignal } from '@loadcycle/processors/catalogue/index';
import type { RawMessage } from '@loadcycle/processors/codecs/decode';
import type { SparkplugState } from '@loadcycle/processors/codecs/sparkplug/index';
import { pathOf } from '@loadcycle/processors/codecs/sparkplug/names';
import { inspectMessage } from '@loadcycle/processors/validation/inspect';
import { type StoredTails, Tails } from '@loadcycle/processors/work/tails';
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
      .openapi({ format: 'date-time', description: 'As if it had come then; now where absent' }),
    replayed: z
      .boolean()
      .optional()
      .openapi({ description: 'As a dead letter that is replayed, out of its order (Sparkplug)' }),
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
      safe: true,
      path: '/v1/validate',
      access: { scopes: ['signals:write', 'samples:read'], on: 'allowed' },
      tag: 'Analysis',
      id: 'validateMessage',
      summary: 'What would happen to a message',
      description:
        'By the functions that landing itself runs. Says nothing of duplicates, which only the ledger knows.',
      body: { schema: MessageSchema, types: ['application/json'], limitBytes: 2_097_152, anyText: true },
      responses: { 200: jsonAnswer('What would happen', InspectionSchema) },
      handle: async ({ c, body, principal }) => {
        const { site, device } = deviceOf(body.topic) ?? {};
        if (site !== undefined && device !== undefined && !allows(principal.grants, site, device)) {
          throw beyondGrants(`${site}/${device}`);
        }
        const receivedAtUs = body.receivedAt === undefined ? nowUs() : timeOf(body.receivedAt);
        const message = {
          mqttTopic: body.topic,
          contentType: body.contentType ?? '',
          payload: bytesOf(body),
          receivedAtUs,
          replayed: body.replayed ?? false,
        };
        const node = await nodeOf(reader, body.topic);
        const known = await knownOf(reader, message, node);
        const result = inspectMessage(message, {
          definitionOf: (path) => known.get(signalKey(path))?.signal.definition ?? null,
          autoRegister,
          before: (path, batch) => known.get(signalKey(path))?.tails.before(batch) ?? null,
          sparkplug: () => node,
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

/** Whose message it would be; null where the topic says nothing of a device. */
function deviceOf(mqttTopic: string): DevicePath | null {
  if (!isSparkplugTopic(mqttTopic)) return parseTopic(mqttTopic);
  const topic = parseSparkplugTopic(mqttTopic);
  return topic === null ? null : pathOf(topic.group, topic.node, topic.device, '');
}

/** What landing knows of the Sparkplug edge node that a topic names. */
async function nodeOf(reader: Database, mqttTopic: string): Promise<SparkplugState | null> {
  const topic = isSparkplugTopic(mqttTopic) ? parseSparkplugTopic(mqttTopic) : null;
  if (topic === null) return null;
  const [row] = await reader.query<{ state: SparkplugState }>(
    `SELECT state FROM sparkplug_state WHERE consumer = 'landing' AND node = $1`,
    [sparkplugKey(topic)],
  );
  return row?.state ?? null;
}

interface Known {
  readonly signal: StoredSignal;
  /** the ends of its latest sessions, as landing has them */
  readonly tails: Tails;
}

/** What the store knows of the signals that a message names; none where it can not be read. */
async function knownOf(
  reader: Database,
  message: RawMessage,
  node: SparkplugState | null,
): Promise<Map<string, Known>> {
  const named = new Map<string, SignalPath>();
  inspectMessage(message, {
    definitionOf: (path) => {
      named.set(signalKey(path), path);
      return null;
    },
    autoRegister: true,
    sparkplug: () => node,
  });
  const known = new Map<string, Known>();
  for (const [key, path] of named) {
    const signal = await getSignal(reader, path);
    if (signal === null) continue;
    const [row] = await reader.query<{ state: StoredTails }>(
      'SELECT state FROM validation_state WHERE signal_id = $1',
      [signal.id],
    );
    known.set(key, { signal, tails: Tails.from(row?.state) });
  }
  return known;
}

function timeOf(text: string): number {
  try {
    const us = parseTimeUs(text);
    if (Number.isSafeInteger(us)) return us;
  } catch {
    // refused below
  }
  throw new Refusal('request.unprocessable', 'receivedAt is no date and time', {
    errors: [{ pointer: '/receivedAt', detail: 'no date and time' }],
  });
}
