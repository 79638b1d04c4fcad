import { z } from '@hono/zod-openapi';
import { allows } from '@loadcycle/contract/grants';
import { momentUs } from '@loadcycle/contract/moment';
import type { Database } from '@loadcycle/database/port';
import {
  addSilence,
  endSilence,
  findSilence,
  listSilences,
  type NewSilence,
  type Silence,
} from '@loadcycle/processors/notify/silences';
import { everywhere, grantCondition, type Principal } from '../auth/principal.ts';
import { unprocessable } from '../http/check.ts';
import { jsonAnswer } from '../http/document.ts';
import { type Access, type Endpoint, endpoint } from '../http/endpoint.ts';
import { IdParams, NameSchema } from '../http/params.ts';
import { beyondGrants, notFound } from '../http/refusal.ts';
import { json } from '../http/respond.ts';
import { anomalyOr404 } from './anomalies.ts';
import { iso, isoOrNull, TimeSchema } from './schemas.ts';

const LOOK: Access = { scopes: ['cycles:read', 'anomalies:write', 'notify:write'], on: 'allowed' };
const WRITE: Access = { scopes: ['anomalies:write', 'notify:write'], on: 'named' };
/** Longer than a year is for ever: a definition or a target is what is meant then. */
const LONGEST_US = 366 * 86_400_000_000;

const until = z.string().min(1).max(64).openapi({
  description: 'Its end: a date and time, or a duration from now as `+2h`; a year ahead at most',
  example: '+2h',
});
const note = z.string().max(2000).optional();

const SilenceSchema = z
  .object({
    id: z.int(),
    site: z.string().nullable().openapi({ description: 'null: any; so of the others' }),
    device: z.string().nullable(),
    signal: z.string().nullable(),
    kind: z.string().nullable(),
    anomaly: z.int().nullable().openapi({ description: 'The one anomaly that is shelved' }),
    until: TimeSchema,
    note: z.string().nullable(),
    active: z.boolean(),
    createdAt: TimeSchema,
    createdBy: z.string(),
    endedAt: TimeSchema.nullable().openapi({ description: 'Before its time' }),
    endedBy: z.string().nullable(),
  })
  .openapi('Silence');

const answerOf = (s: Silence): z.infer<typeof SilenceSchema> => ({
  id: s.id,
  site: s.site,
  device: s.device,
  signal: s.signal,
  kind: s.kind,
  anomaly: s.anomalyId,
  until: iso(s.untilUs),
  note: s.note,
  active: s.holds,
  createdAt: iso(s.createdAtUs),
  createdBy: s.createdBy,
  endedAt: isoOrNull(s.endedAtUs),
  endedBy: s.endedBy,
});

export interface SilenceServices {
  readonly reader: Database;
  readonly control: Database;
}

export function silenceRoutes({ reader, control }: SilenceServices): Endpoint[] {
  const reaches = (principal: Principal, s: Pick<Silence, 'site' | 'device'>): boolean =>
    s.site === null ? everywhere(principal.grants) : allows(principal.grants, s.site, s.device ?? undefined);
  const add = async (silence: NewSilence, principal: Principal): Promise<z.infer<typeof SilenceSchema>> => {
    const id = await addSilence(control, silence, principal.clientId);
    return answerOf((await findSilence(reader, id))!);
  };
  return [
    endpoint({
      method: 'get',
      path: '/v1/notify/silences',
      access: LOOK,
      tag: 'Notify',
      id: 'listSilences',
      summary: 'What is not told for a while, the latest first',
      description: "Those within the client's grants, shelved anomalies among them.",
      query: z.strictObject({
        all: z
          .enum(['true', 'false'])
          .optional()
          .openapi({ description: 'Those that have ended too; they are kept for 90 days' }),
      }),
      responses: { 200: jsonAnswer('The latest thousand', z.object({ silences: z.array(SilenceSchema) })) },
      handle: async ({ c, query, principal }) => {
        const grants = [[...principal.grants]];
        const rows = await listSilences(reader, SEEN, grants, query.all === 'true');
        return json(c, { silences: rows.map(answerOf) });
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/notify/silences',
      access: WRITE,
      tag: 'Notify',
      id: 'createSilence',
      summary: 'Tells nobody of anomalies for a while',
      description:
        'Of a site, device, signal or kind; of everything where none is given, which needs the grant `*`. What is silenced is still recorded and shown. When the silence ends, what is still open is told.',
      body: {
        schema: z
          .strictObject({
            site: NameSchema.optional(),
            device: NameSchema.optional(),
            signal: NameSchema.optional(),
            kind: z.string().min(1).max(64).optional(),
            until,
            note,
          })
          .openapi('NewSilence'),
        types: ['application/json'],
      },
      responses: { 201: jsonAnswer('The silence', SilenceSchema) },
      handle: async ({ c, body, principal }) => {
        const { site = null, device = null, signal = null, kind = null } = body;
        if (device !== null && site === null) throw unprocessable('/device', 'needs the site that it is of');
        if (!reaches(principal, { site, device })) throw beyondGrants(site ?? 'everything');
        const one = { metric: null, sinceUs: null, anomalyId: null };
        const silence = {
          site,
          device,
          signal,
          kind,
          ...one,
          untilUs: endOf(body.until),
          note: body.note ?? null,
        };
        const answer = await add(silence, principal);
        return json(c, answer, 201, { location: `/v1/notify/silences/${answer.id}` });
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/anomalies/{id}/shelve',
      access: { scopes: ['anomalies:write', 'notify:write'], on: 'allowed' },
      tag: 'Anomalies',
      id: 'shelveAnomaly',
      summary: 'Tells nobody of one anomaly until a time; where it is still open then, it is told',
      params: IdParams,
      body: { schema: z.strictObject({ until, note }).openapi('Shelve'), types: ['application/json'] },
      responses: { 201: jsonAnswer('The silence, of this anomaly alone', SilenceSchema) },
      handle: async ({ c, params, body, principal }) => {
        const a = await anomalyOr404(reader, principal, params.id);
        const { site, device, signal, kind, sinceUs, id: anomalyId } = a;
        const one = { site, device, signal, kind, metric: a.metric ?? '', sinceUs, anomalyId };
        const answer = await add({ ...one, untilUs: endOf(body.until), note: body.note ?? null }, principal);
        return json(c, answer, 201, { location: `/v1/notify/silences/${answer.id}` });
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/notify/silences/{id}/end',
      access: { scopes: ['anomalies:write', 'notify:write'], on: 'allowed' },
      tag: 'Notify',
      id: 'endSilence',
      summary: 'Ends a silence now; what is still open is told',
      params: IdParams,
      responses: { 200: jsonAnswer('The silence', SilenceSchema) },
      handle: async ({ c, params, principal }) => {
        const known = await findSilence(reader, params.id);
        if (known === null || !reaches(principal, known)) throw notFound(`silence ${params.id}`);
        await endSilence(control, params.id, principal.clientId);
        return json(c, answerOf((await findSilence(reader, params.id))!));
      },
    }),
  ];
}

/** What `reaches` says, as SQL for the grants in parameter 1. */
const SEEN = `CASE WHEN site IS NULL THEN '*' = ANY($1::text[]) ELSE ${grantCondition(1, 'site', "coalesce(device, '')")} END`;

function endOf(text: string): number {
  const nowUs = Date.now() * 1000;
  let us: number;
  try {
    us = momentUs(text, nowUs);
  } catch {
    throw unprocessable('/until', 'no date and time, and no duration such as +2h');
  }
  if (us <= nowUs) throw unprocessable('/until', 'is not in the future');
  if (us - nowUs > LONGEST_US) throw unprocessable('/until', 'is more than a year ahead');
  return us;
}
