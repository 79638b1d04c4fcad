import { z } from '@hono/zod-openapi';
import type { DuplicateIdentity } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { jsonAnswer } from '../http/document.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { DeviceParams, SignalParams, SiteParams } from '../http/params.ts';
import { json } from '../http/respond.ts';
import {
  type DeviceClock,
  type DeviceRow,
  devicesOf,
  findDevice,
  findSignal,
  listSites,
  signalsOf,
} from '../retrieval/catalogue.ts';
import { iso, isoOrNull, SignalSchema, signalAnswer, TimeSchema } from './schemas.ts';

export const DeviceSchema = z
  .object({
    site: z.string(),
    device: z.string(),
    state: z.enum(['online', 'silent', 'offline', 'unknown']).openapi({
      description:
        'silent: it said that it is online, and has not been heard for three times the interval of its status ' +
        '(at least 30 s)',
    }),
    problems: z
      .array(
        z.object({
          code: z.enum(['device.duplicate-identity']),
          detail: z.string(),
          since: TimeSchema,
          lastSeen: TimeSchema,
        }),
      )
      .openapi({ description: 'What the cloud sees of it that it can not see itself' }),
    sampling: z.boolean().nullable(),
    signals: z.int(),
    status: z
      .record(z.string(), z.unknown())
      .nullable()
      .openapi({ description: 'The last status that the device published, or its last will' }),
    statusAt: TimeSchema.nullable(),
    clock: z
      .object({
        offsetS: z
          .number()
          .openapi({ description: 'So far the clock is ahead of the cloud; negative: behind' }),
        source: z.enum(['status', 'batches']).openapi({
          description: 'What it was measured by; batches only tell that a clock is ahead',
        }),
        measuredAt: TimeSchema,
      })
      .nullable()
      .openapi({ description: "The device's clock, by the median of its latest messages" }),
  })
  .openapi('Device');

export function deviceAnswer(d: DeviceRow): z.infer<typeof DeviceSchema> {
  const sampling = d.status?.['sampling'];
  return {
    site: d.site,
    device: d.device,
    state: d.state,
    problems: d.duplicate === null ? [] : [duplicateIdentity(d.duplicate)],
    sampling: typeof sampling === 'boolean' ? sampling : null,
    signals: d.signals,
    status: d.status,
    statusAt: isoOrNull(d.statusAtUs),
    clock: d.clock === null ? null : clockAnswer(d.clock),
  };
}

const clockAnswer = ({ offsetUs, source, measuredAtUs }: DeviceClock) => ({
  offsetS: offsetUs / 1e6,
  source,
  measuredAt: iso(measuredAtUs),
});

function duplicateIdentity(found: DuplicateIdentity) {
  return {
    code: 'device.duplicate-identity' as const,
    detail:
      `two agents run with this name (sessions ${found.sessions.join(' and ')}) and their samples are mixed: ` +
      'stop one of them, or give it a name and credentials of its own',
    since: iso(found.sinceUs),
    lastSeen: iso(found.lastUs),
  };
}

const READ = ['samples:read', 'cycles:read', 'pipeline:control', 'signals:write'] as const;

export function catalogueRoutes({ reader }: { reader: Database }): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/sites',
      access: { scopes: READ, on: 'allowed' },
      tag: 'Catalogue',
      id: 'listSites',
      summary: 'Sites that the token reaches',
      responses: {
        200: jsonAnswer(
          'Sites',
          z.object({ sites: z.array(z.object({ site: z.string(), devices: z.int(), online: z.int() })) }),
        ),
      },
      handle: async ({ c, principal }) => json(c, { sites: await listSites(reader, principal.grants) }),
    }),
    endpoint({
      method: 'get',
      path: '/v1/sites/{site}/devices',
      access: { scopes: READ, on: 'within' },
      tag: 'Catalogue',
      id: 'listDevices',
      summary: 'Devices of a site',
      params: SiteParams,
      responses: { 200: jsonAnswer('Devices', z.object({ devices: z.array(DeviceSchema) })) },
      handle: async ({ c, params, principal }) => {
        const rows = await devicesOf(reader, principal.grants, params.site);
        return json(c, { devices: rows.map(deviceAnswer) });
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/sites/{site}/devices/{device}',
      access: { scopes: READ, on: 'path' },
      tag: 'Catalogue',
      id: 'getDevice',
      summary: 'One device and its last status',
      params: DeviceParams,
      responses: { 200: jsonAnswer('The device', DeviceSchema) },
      handle: async ({ c, params }) => json(c, deviceAnswer(await findDevice(reader, params))),
    }),
    endpoint({
      method: 'get',
      path: '/v1/sites/{site}/devices/{device}/signals',
      access: { scopes: READ, on: 'path' },
      tag: 'Catalogue',
      id: 'listSignals',
      summary: 'Signals of a device, with their definitions',
      params: DeviceParams,
      responses: { 200: jsonAnswer('Signals', z.object({ signals: z.array(SignalSchema) })) },
      handle: async ({ c, params }) =>
        json(c, { signals: (await signalsOf(reader, params)).map(signalAnswer) }),
    }),
    endpoint({
      method: 'get',
      path: '/v1/sites/{site}/devices/{device}/signals/{signal}',
      access: { scopes: READ, on: 'path' },
      tag: 'Catalogue',
      id: 'getSignal',
      summary: 'One signal and its definition',
      params: SignalParams,
      responses: { 200: jsonAnswer('The signal; its ETag is its version', SignalSchema) },
      handle: async ({ c, params }) => {
        const signal = await findSignal(reader, params);
        return json(c, signalAnswer(signal), 200, { etag: `"v${signal.version}"` });
      },
    }),
  ];
}
