import { z } from '@hono/zod-openapi';
import type { Database } from '@loadcycle/database/port';
import { consumerOf, type TargetDefinition } from '@loadcycle/processors/notify/definitions';
import {
  consumerStates,
  notifyTargets,
  type TargetState,
  type WorkerState,
  worstOf,
} from '../retrieval/stalls.ts';
import { iso, isoOrNull, TimeSchema } from './schemas.ts';

export const TargetSchema = z
  .object({
    id: z.int().nullable().openapi({ description: 'null: of the settings of notify, and read-only' }),
    name: z.string(),
    kind: z.enum(['webhook', 'mqtt', 'email']),
    readOnly: z.boolean(),
    consumer: z.string().openapi({ description: 'Its name in the pipeline and in metrics' }),
    grants: z.array(z.string()),
    afterS: z.int(),
    signed: z
      .boolean()
      .nullable()
      .openapi({ description: 'webhook: what is posted is signed with its own key' }),
    mqttVersion: z.enum(['5', '3.1.1']).nullable(),
    username: z.string().nullable(),
    to: z.array(z.string()).nullable(),
    gatherS: z.int().nullable(),
    state: z
      .enum(['ok', 'waiting', 'failing', 'unknown'])
      .openapi({ description: 'unknown: no process of notify has said that it runs it' }),
    code: z.string().nullable(),
    detail: z.string().nullable().openapi({ description: 'What it answers, where it is not ok' }),
    delivered: z.int(),
    failed: z.int(),
    lastFailure: z
      .object({ at: TimeSchema, code: z.string().nullable(), detail: z.string().nullable() })
      .nullable(),
    since: TimeSchema.nullable().openapi({ description: 'It is told of what came after' }),
    createdBy: z.string().nullable(),
    changedAt: TimeSchema.nullable(),
    changedBy: z.string().nullable(),
  })
  .openapi('NotifyTarget');
export type Target = z.infer<typeof TargetSchema>;

export const TestSchema = z
  .object({
    taken: z.boolean(),
    code: z.string().nullable(),
    detail: z.string().openapi({ description: 'What the other side said, or why it was not reached' }),
  })
  .openapi('NotifyTest');

/** As they are answered. */
export async function answersOf(
  reader: Database,
  definitions: readonly TargetDefinition[],
): Promise<Target[]> {
  const [told, states] = await Promise.all([notifyTargets(reader), consumerStates(reader)]);
  return definitions.map((d) => {
    const consumer = consumerOf(d.id);
    const state = stateOf(
      consumer,
      told,
      states.filter((s) => s.consumer === consumer),
    );
    const { signed = null, mqttVersion = null, username = null, to = null, gatherS = null } = d.settings;
    return {
      id: d.id,
      name: d.name,
      kind: d.kind,
      readOnly: false,
      grants: [...d.grants],
      afterS: d.afterS,
      signed,
      mqttVersion,
      username,
      to: to === null ? null : [...to],
      gatherS,
      ...state,
      createdBy: d.createdBy,
      changedAt: iso(d.changedAtUs),
      changedBy: d.changedBy,
    };
  });
}

/** Those of the settings: they are told of everything. */
export async function targetsOfSettings(reader: Database): Promise<Target[]> {
  const [told, states] = await Promise.all([notifyTargets(reader), consumerStates(reader)]);
  return told.flatMap(({ consumer }) => {
    const webhook = /^notify-webhook-(.+)$/.exec(consumer)?.[1];
    if (webhook === undefined && consumer !== 'notify-mqtt') return [];
    const own = states.filter((s) => s.consumer === consumer);
    return [
      {
        ...OF_SETTINGS,
        name: webhook ?? 'mqtt',
        kind: webhook === undefined ? 'mqtt' : 'webhook',
        ...stateOf(consumer, told, own),
      },
    ];
  });
}

const OF_SETTINGS = {
  id: null,
  readOnly: true,
  grants: ['*'],
  afterS: 0,
  signed: null,
  mqttVersion: null,
  username: null,
  to: null,
  gatherS: null,
  createdBy: null,
  changedAt: null,
  changedBy: null,
};

type StateFields = Pick<
  Target,
  'consumer' | 'state' | 'code' | 'detail' | 'delivered' | 'failed' | 'lastFailure' | 'since'
>;

function stateOf(
  consumer: string,
  told: readonly TargetState[],
  workers: readonly WorkerState[],
): StateFields {
  const counts = told.find((t) => t.consumer === consumer);
  const worst = worstOf(workers);
  const last = counts?.lastFailure ?? null;
  return {
    consumer,
    state: worst?.state ?? 'unknown',
    code: worst?.code ?? null,
    detail: worst?.detail ?? null,
    delivered: counts?.delivered ?? 0,
    failed: counts?.failed ?? 0,
    lastFailure: last === null ? null : { at: iso(last.atUs), code: last.code, detail: last.detail },
    since: isoOrNull(counts?.sinceUs ?? null),
  };
}

/** Whether a process that tells of anomalies has said lately that it is there. */
export async function notifyIsThere(reader: Database): Promise<boolean> {
  const states = await consumerStates(reader);
  return worstOf(states.filter((s) => s.consumer.startsWith('notify-'))) !== null;
}
