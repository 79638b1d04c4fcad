import { z } from '@hono/zod-openapi';
import type { SparkplugState } from '@loadcycle/codecs/sparkplug/index';
import { pathOf, wishOf } from '@loadcycle/codecs/sparkplug/names';
import { type DevicePath, parseTimeUs, parseTopic, type SignalPath, signalKey } from '@loadcycle/contract';
import { isSparkplugTopic, parseSparkplugTopic, sparkplugKey } from '@loadcycle/contract/sparkplug-topics';
import type { Database } from '@loadcycle/database/port';
import { getSignals } from '@loadcycle/processors/catalogue/index';
import { SparkplugNames } from '@loadcycle/processors/work/sparkplug-names';
import type { StoredTails } from '@loadcycle/processors/work/tails';
import { allows } from '../auth/principal.ts';
import { jsonAnswer } from '../http/document.ts';
import { type Endpoint, endpoint, type RawBody } from '../http/endpoint.ts';
import { nowUs } from '../http/range.ts';
import { beyondGrants, Refusal } from '../http/refusal.ts';
import { json } from '../http/respond.ts';
import type { KnownSignal, Named } from '../threads/message.ts';
import type { Threads } from '../threads/threads.ts';
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

export interface ValidateServices {
  readonly reader: Database;
  /** as landing is set */
  readonly autoRegister: boolean;
  readonly threads: Threads;
}

export function validateRoutes({ reader, autoRegister, threads }: ValidateServices): Endpoint[] {
  return [
    endpoint<unknown, unknown, RawBody>({
      method: 'post',
      safe: true,
      path: '/v1/validate',
      access: { scopes: ['signals:write', 'samples:read'], on: 'allowed' },
      tag: 'Analysis',
      id: 'validateMessage',
      summary: 'What would happen to a message',
      description:
        'By the functions that landing itself runs. Says nothing of duplicates, which only the ledger knows.',
      body: { raw: true, documented: MessageSchema, types: ['application/json'], limitBytes: 2_097_152 },
      responses: { 200: jsonAnswer('What would happen', InspectionSchema) },
      handle: async ({ c, body, principal }) => {
        const asker = { client: principal.clientId, gone: c.req.raw.signal };
        const { bytes } = body;
        const { receivedAt, ...sent } = await threads.run(asker, 'readMessage', { bytes }, [bytes.buffer]);
        const names = new SparkplugNames(reader, 'foresee');
        const from = deviceOf(sent.mqttTopic);
        if (from !== null) {
          await names.settle([from]);
          const { site, device } = names.nameOf({ site: from.path.site, device: from.path.device });
          if (!allows(principal.grants, site, device)) throw beyondGrants(`${site}/${device}`);
        }
        const message = { ...sent, receivedAtUs: receivedAt === undefined ? nowUs() : timeOf(receivedAt) };
        const node = await nodeOf(reader, sent.mqttTopic);
        const signals = await threads.run(asker, 'signalsOf', { message, node });
        const inUse = await pathsInUse(names, sent.mqttTopic, signals);
        const known = await knownOf(reader, [...inUse.values()]);
        const result = await threads.run(asker, 'inspect', {
          message,
          node,
          known,
          autoRegister,
          names: inUse,
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
function deviceOf(mqttTopic: string): { path: DevicePath; wish: DevicePath } | null {
  const deviceIn = ({ site, device }: DevicePath): DevicePath => ({ site, device });
  if (!isSparkplugTopic(mqttTopic)) {
    const topic = parseTopic(mqttTopic);
    return topic === null ? null : { path: deviceIn(topic), wish: deviceIn(topic) };
  }
  const topic = parseSparkplugTopic(mqttTopic);
  if (topic === null) return null;
  const named = [topic.group, topic.node, topic.device, ''] as const;
  return { path: deviceIn(pathOf(...named)), wish: deviceIn(wishOf(...named)) };
}

/** By which paths landing would take the signals, by the keys that the codec gave. */
async function pathsInUse(
  names: SparkplugNames,
  mqttTopic: string,
  signals: readonly Named[],
): Promise<Map<string, SignalPath>> {
  const isSparkplug = isSparkplugTopic(mqttTopic);
  if (isSparkplug) await names.settle(signals);
  return new Map(signals.map(({ path }) => [signalKey(path), isSparkplug ? names.nameOf(path) : path]));
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

/** What the store knows of signals. */
async function knownOf(reader: Database, paths: readonly SignalPath[]): Promise<KnownSignal[]> {
  if (paths.length === 0) return [];
  const signals = await getSignals(reader, paths);
  const rows = await reader.query<{ id: number; state: StoredTails }>(
    'SELECT signal_id AS id, state FROM validation_state WHERE signal_id = ANY($1::int[])',
    [signals.map((s) => s.id)],
  );
  const tails = new Map(rows.map((r) => [r.id, r.state]));
  return signals.map(({ id, path, definition, units }) => ({
    ...{ path, definition, units },
    tails: tails.get(id),
  }));
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
