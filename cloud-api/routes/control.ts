import { z } from '@hono/zod-openapi';
import { AgentChange, LoadcycleError } from '@loadcycle/contract';
import { nearNames } from '@loadcycle/contract/near';
import type { Database } from '@loadcycle/database/port';
import { allows, everywhere, type Principal } from '../auth/principal.ts';
import type { Commander } from '../control/commander.ts';
import {
  findOperation,
  isFinished,
  listOperations,
  type OperationCursor,
  type OperationRow,
  type OperationSummary,
} from '../control/operations.ts';
import { jsonAnswer } from '../http/document.ts';
import { type AppContext, type Call, type Endpoint, endpoint } from '../http/endpoint.ts';
import { cursorParam, integerParam, NameSchema } from '../http/params.ts';
import { nowUs } from '../http/range.ts';
import { beyondGrants, notFound, Refusal } from '../http/refusal.ts';
import { json } from '../http/respond.ts';
import { type DeviceRow, listDevices } from '../retrieval/catalogue.ts';
import { isTime, notACursor } from '../retrieval/cursor.ts';
import { demandRates, keyOf } from './device-rates.ts';
import { iso, isoOrNull, NextSchema, TimeSchema } from './schemas.ts';

const DevicePathSchema = z
  .string()
  .regex(/^[a-z0-9_-]{1,64}\/[a-z0-9_-]{1,64}$/, 'site/device')
  .openapi({ example: 'plant1/motor1' });

const targets = {
  devices: z.array(DevicePathSchema).min(1).max(10_000).optional().openapi({
    description: 'These devices; without it all of the site, without both all that the token reaches',
  }),
  site: NameSchema.optional(),
  expiresInS: z.number().min(1).max(604_800).optional().openapi({
    description: 'Devices that have not answered by then never carry it out; 60 where it is absent',
  }),
};

const one = (t: { devices?: unknown; site?: unknown }): boolean =>
  t.devices === undefined || t.site === undefined;
const ONE = { message: 'devices or site, not both', path: ['site'] };

const TargetsSchema = z.strictObject(targets).refine(one, ONE).openapi('Targets');
const ConfigureSchema = z
  .strictObject({ ...targets, changes: z.array(AgentChange.strict()).min(1).max(1000) })
  .refine(one, ONE)
  .openapi('Configure', { description: 'Rate, signals, and settings of a simulated waveform' });

const OperationSchema = z
  .object({
    id: z.uuid(),
    action: z.enum(['start', 'stop', 'configure']),
    state: z
      .enum(['running', 'done', 'failed'])
      .openapi({ description: 'failed: a device failed, or ran out of time' }),
    createdAt: TimeSchema,
    expiresAt: TimeSchema,
    devices: z.array(
      z.object({
        site: z.string(),
        device: z.string(),
        state: z.enum(['pending', 'sent', 'accepted', 'done', 'failed', 'expired']),
        attempts: z.int(),
        sentAt: TimeSchema.nullable(),
        answeredAt: TimeSchema.nullable(),
        code: z.string().nullable(),
        detail: z.string().nullable(),
      }),
    ),
  })
  .openapi('Operation');

function operationAnswer(o: OperationRow): z.infer<typeof OperationSchema> {
  const bad = o.commands.some((c) => c.state === 'failed' || c.state === 'expired');
  return {
    id: o.id,
    action: o.action,
    state: isFinished(o) ? (bad ? 'failed' : 'done') : 'running',
    createdAt: iso(o.createdAtUs),
    expiresAt: iso(o.expiresAtUs),
    devices: o.commands.map(({ id: _, sentAtUs, answeredAtUs, ...c }) => ({
      ...c,
      sentAt: isoOrNull(sentAtUs),
      answeredAt: isoOrNull(answeredAtUs),
    })),
  };
}

const count = z.int();
const OperationSummarySchema = OperationSchema.omit({ devices: true })
  .extend({
    clientId: z.string().openapi({ description: 'Who asked for it' }),
    devices: z
      .object({
        pending: count,
        sent: count,
        accepted: count,
        done: count,
        failed: count,
        expired: count,
      })
      .openapi({ description: 'How many of those that the token reaches stand where' }),
  })
  .openapi('OperationSummary');

function summaryAnswer(o: OperationSummary): z.infer<typeof OperationSummarySchema> {
  const { pending, sent, accepted, failed, expired } = o.counts;
  const finished = pending + sent + accepted === 0;
  return {
    id: o.id,
    action: o.action,
    state: finished ? (failed + expired > 0 ? 'failed' : 'done') : 'running',
    createdAt: iso(o.createdAtUs),
    expiresAt: iso(o.expiresAtUs),
    clientId: o.clientId,
    devices: o.counts,
  };
}

const encode = (o: OperationSummary): string =>
  Buffer.from(`9 ${o.createdAtUs} ${o.id}`).toString('base64url');
function decode(text: string): OperationCursor {
  const m = /^9 (\d{1,16}) ([0-9a-f-]{36})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const [createdAtUs, id] = [Number(m?.[1]), m?.[2] ?? ''];
  if (!isTime(createdAtUs) || !z.uuid().safeParse(id).success) throw notACursor();
  return { createdAtUs, id };
}

export interface ControlServices {
  readonly reader: Database;
  /** null: this deployment has no broker */
  readonly commander: Commander | null;
  /** samples a second that a device may be asked for where it does not say what it can do */
  readonly maxRateHz: number;
}

type Targets = z.infer<typeof TargetsSchema>;

const DEFAULT_EXPIRY_S = 60;

/** The devices that are meant. Refuses what the grants do not reach (403) and what there is not (422). */
async function devicesMeant(reader: Database, principal: Principal, t: Targets): Promise<DeviceRow[]> {
  const wanted = t.devices?.map((text) => {
    const [site, device] = text.split('/') as [string, string];
    return { site, device };
  });
  for (const d of wanted ?? []) {
    if (!allows(principal.grants, d.site, d.device)) throw beyondGrants(`${d.site}/${d.device}`);
  }
  if (t.site !== undefined && !allows(principal.grants, t.site)) throw beyondGrants(t.site);
  const known = await listDevices(reader, principal.grants);
  if (wanted === undefined) {
    const meant = known.filter((d) => t.site === undefined || d.site === t.site);
    if (meant.length === 0) throw new Refusal('request.unprocessable', 'there is no device to command');
    return meant;
  }
  const rows = new Map(known.map((d) => [keyOf(d), d]));
  const unknown = wanted.flatMap((d, i) => (rows.has(keyOf(d)) ? [] : [{ i, key: keyOf(d) }]));
  if (unknown.length > 0) {
    const near = nearNames(unknown[0]!.key, rows.keys());
    throw new Refusal('request.unprocessable', `there is no device ${unknown[0]!.key}`, {
      errors: unknown
        .slice(0, 20)
        .map(({ i, key }) => ({ pointer: `/devices/${i}`, detail: `there is no device ${key}` })),
      ...(near.length > 0 ? { hint: `did you mean ${near.join(', ')}?` } : {}),
    });
  }
  return [...new Set(wanted.map(keyOf))].map((key) => rows.get(key)!);
}

export function controlRoutes({ reader, commander, maxRateHz }: ControlServices): Endpoint[] {
  const begin = async (
    { c, principal }: Pick<Call<unknown, unknown, unknown>, 'c' | 'principal'>,
    action: 'start' | 'stop' | 'configure',
    t: Targets,
    changes: readonly AgentChange[] = [],
  ): Promise<Response> => {
    if (commander === null) throw new LoadcycleError('broker.unavailable', 'no MQTT broker is configured');
    const devices = await devicesMeant(reader, principal, t);
    demandRates(devices, changes, maxRateHz);
    const expiresAtUs = nowUs() + Math.round((t.expiresInS ?? DEFAULT_EXPIRY_S) * 1e6);
    const id = await commander.run({ action, changes, devices, clientId: principal.clientId, expiresAtUs });
    return accepted(c, id);
  };
  const accepted = async (c: AppContext, id: string): Promise<Response> => {
    const operation = await findOperation(reader, id);
    return json(c, operationAnswer(operation!), 202, { location: `/v1/operations/${id}` });
  };
  const answer = jsonAnswer('Accepted; poll the operation', OperationSchema, {
    Location: { description: 'Where to poll', schema: { type: 'string' } },
  });
  const simple = (action: 'start' | 'stop', summary: string): Endpoint =>
    endpoint({
      method: 'post',
      path: `/v1/pipeline/${action}`,
      access: { scopes: ['pipeline:control'], on: 'named' },
      tag: 'Control',
      id: `${action}Pipeline`,
      summary,
      body: { schema: TargetsSchema.optional(), types: ['application/json'], optional: true },
      responses: { 202: answer },
      handle: (call) => begin(call, action, call.body ?? {}),
    });
  return [
    simple('start', 'Starts sampling on devices'),
    simple('stop', 'Stops sampling on devices'),
    endpoint({
      method: 'post',
      path: '/v1/pipeline/configure',
      access: { scopes: ['pipeline:control'], on: 'named' },
      tag: 'Control',
      id: 'configurePipeline',
      summary: 'Changes what devices sample',
      body: { schema: ConfigureSchema, types: ['application/json'] },
      responses: { 202: answer },
      handle: (call) => begin(call, 'configure', call.body, call.body.changes),
    }),
    endpoint({
      method: 'get',
      path: '/v1/operations',
      access: { scopes: ['pipeline:control', 'samples:read', 'cycles:read'], on: 'allowed' },
      tag: 'Control',
      id: 'listOperations',
      summary: 'Operations, the latest first',
      description: 'Those that concern a device which the token reaches. They are kept for 30 days.',
      query: z.strictObject({
        action: z.enum(['start', 'stop', 'configure']).optional(),
        limit: integerParam('100 where it is absent', 1, 1000).optional(),
        cursor: cursorParam.optional(),
      }),
      responses: {
        200: jsonAnswer(
          'Operations',
          z.object({ operations: z.array(OperationSummarySchema), next: NextSchema }),
        ),
      },
      handle: async ({ c, query, principal }) => {
        const limit = query.limit ?? 100;
        const cursor = query.cursor === undefined ? null : decode(query.cursor);
        const rows = await listOperations(reader, principal.grants, query.action ?? null, limit + 1, cursor);
        const page = rows.slice(0, limit);
        return json(c, {
          operations: page.map(summaryAnswer),
          next: rows.length > limit ? encode(page.at(-1)!) : null,
        });
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/operations/{id}',
      access: { scopes: ['pipeline:control', 'samples:read', 'cycles:read'], on: 'allowed' },
      tag: 'Control',
      id: 'getOperation',
      summary: "An operation, with each device's answer",
      params: z.object({ id: z.uuid().openapi({ param: { name: 'id', in: 'path' } }) }),
      responses: { 200: jsonAnswer('The operation', OperationSchema) },
      handle: async ({ c, params, principal }) => {
        const operation = await findOperation(reader, params.id);
        if (operation === null) throw notFound(`operation ${params.id}`);
        const shown = operation.commands.filter((d) => allows(principal.grants, d.site, d.device));
        if (shown.length === 0 && !everywhere(principal.grants)) throw notFound(`operation ${params.id}`);
        return json(c, operationAnswer({ ...operation, commands: shown }));
      },
    }),
  ];
}
