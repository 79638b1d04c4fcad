import { z } from '@hono/zod-openapi';
import { parseSignalKey } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { allows, hasScope, type Principal } from '../auth/principal.ts';
import { cutConnection } from '../http/connection.ts';
import { jsonAnswer } from '../http/document.ts';
import { type Access, type Endpoint, endpoint } from '../http/endpoint.ts';
import { numberParam, unitParam } from '../http/params.ts';
import { badParameter, beyondGrants } from '../http/refusal.ts';
import { json } from '../http/respond.ts';
import type { LiveHub } from '../live/hub.ts';
import { decodePositions } from '../live/position.ts';
import type { LiveReader } from '../live/reader.ts';
import { LIVE_EVENTS, type LiveEvent } from '../live/subscription.ts';
import { issueTicket, TICKET_LIFE_S } from '../live/tickets.ts';
import { findSignal } from '../retrieval/catalogue.ts';
import { answeredIn } from '../retrieval/units.ts';

const SSE = 'text/event-stream';
const DEFAULT_RATE = 50;
const MAX_RATE = 10_000;

const DESCRIPTION = `Server-Sent Events, fed from the tail of the event log.

- \`samples\`: \`{"signal":"site/device/signal","unit":"V","t":[µs, …],"v":[number or null, …]}\`, brought down to \`rate\`
  points a second with least and greatest kept; only of signals that are named, in their unit or in \`unit\`;
- \`cycles\`: what the cycles worker has committed: \`{"event":"cycle","revision":1,"cycle":{…}, …}\`, or \`cycle-removed\`;
- \`anomalies\`: an anomaly that opened or closed;
- \`status\`: \`{"site":…,"device":…,"status":{…}}\` as the device published it;
- \`hello\` at the start, \`gap\` where a resumed stream could not give all, \`end\` before the server closes.

An event's id says where the log stood: with it as \`Last-Event-ID\` (or \`lastEventId\`) the stream goes on from there; a
point may come twice then, none is missing. A comment comes at least every 15 seconds. A reader that does not keep up is
dropped. A browser's EventSource, which can send no header, brings a \`ticket\` from \`POST /v1/live/tickets\`.`;

/** What each kind of event needs. */
const NEEDS: Record<LiveEvent, Parameters<typeof hasScope>[1]> = {
  samples: ['samples:read'],
  cycles: ['cycles:read'],
  anomalies: ['cycles:read', 'anomalies:write'],
  status: ['samples:read', 'cycles:read', 'pipeline:control'],
};

const ACCESS: Exclude<Access, 'public'> = {
  scopes: ['samples:read', 'cycles:read', 'anomalies:write', 'pipeline:control'],
  on: 'allowed',
};

export interface LiveServices {
  readonly hub: LiveHub;
  readonly control: Database;
  /** is the token that this reader came with still good? */
  readonly stillGood: (principal: Principal) => Promise<boolean>;
}

const end = (reason: string): Uint8Array =>
  new TextEncoder().encode(`event: end\ndata: {"reason":"${reason}"}\n\n`);

/** Ends a stream when its token runs out or is taken back. */
function watch(
  reader: LiveReader,
  principal: Principal,
  stillGood: LiveServices['stillGood'],
  checkMs: number,
): void {
  const timer = setInterval(async () => {
    if (!reader.open) return clearInterval(timer);
    const late = Date.now() / 1000 > principal.expiresAt;
    const good = !late && (await stillGood(principal).catch(() => true));
    if (!good) reader.end(end(late ? 'token-expired' : 'token-revoked'));
  }, checkMs);
  timer.unref();
}

export function liveRoutes({ hub, control, stillGood }: LiveServices): Endpoint[] {
  const ticket = endpoint({
    method: 'post',
    path: '/v1/live/tickets',
    access: ACCESS,
    tag: 'Live',
    id: 'issueLiveTicket',
    summary: 'A ticket that opens the live stream once',
    responses: {
      201: jsonAnswer(
        'The ticket, for ?ticket=',
        z.object({ ticket: z.string(), expiresInS: z.int() }).openapi('LiveTicket'),
      ),
    },
    handle: async ({ c, principal }) => {
      const issued = await issueTicket(control, principal);
      return json(c, { ticket: issued, expiresInS: TICKET_LIFE_S }, 201, { 'cache-control': 'no-store' });
    },
  });
  const live = endpoint({
    method: 'get',
    path: '/v1/live',
    access: { ...ACCESS, ticket: true },
    tag: 'Live',
    id: 'liveStream',
    summary: 'Samples, cycles, anomalies and device status as they come',
    description: DESCRIPTION,
    query: z.strictObject({
      signal: z
        .array(z.string().regex(/^[a-z0-9_-]{1,64}(\/[a-z0-9_-]{1,64}){2}$/, 'site/device/signal'))
        .max(64)
        .optional()
        .openapi({ description: '`site/device/signal`; repeat it for several' }),
      event: z
        .array(z.enum(LIVE_EVENTS))
        .optional()
        .openapi({ description: 'Only these; all that the token may have' }),
      rate: numberParam('Points a second of each signal; 50 where it is absent')
        .refine((r) => r >= 0.1 && r <= MAX_RATE, { message: `from 0.1 to ${MAX_RATE}` })
        .optional(),
      unit: unitParam.optional(),
      lastEventId: z.string().max(16_384).optional(),
      ticket: z.string().max(128).optional(),
    }),
    many: ['signal', 'event'],
    produces: [SSE],
    timeLimitMs: null,
    responses: { 200: { description: 'The stream', content: { [SSE]: { schema: z.string() } } } },
    handle: async ({ c, query, principal }) => {
      const may = LIVE_EVENTS.filter((e) => hasScope(principal, NEEDS[e]));
      const refused = query.event?.find((e) => !may.includes(e));
      if (refused !== undefined) throw beyondGrants(`events of ${refused}`);
      const signals = query.signal === undefined ? null : [...new Set(query.signal)].sort();
      const beyond = signals?.map(parseSignalKey).find((p) => !allows(principal.grants, p.site, p.device));
      if (beyond !== undefined) throw beyondGrants(`${beyond.site}/${beyond.device}`);
      if (query.unit !== undefined) {
        for (const path of signals?.map(parseSignalKey) ?? []) {
          const known = await findSignal(hub.reader, path).catch(() => null);
          if (known !== null) answeredIn(known, query.unit);
        }
      }
      const id = c.req.header('last-event-id') ?? query.lastEventId;
      const from = id === undefined || id === '' ? null : decodePositions(id);
      if (id !== undefined && id !== '' && from === null)
        throw badParameter('lastEventId', 'not an id of this stream');
      const wanted = {
        events: query.event === undefined ? may : LIVE_EVENTS.filter((e) => query.event!.includes(e)),
        signals,
        rate: query.rate ?? DEFAULT_RATE,
        unit: query.unit ?? null,
        grants: [...principal.grants].sort(),
      };
      const reader = await hub.join(principal.clientId, wanted, from, () => cutConnection(c));
      watch(reader, principal, stillGood, hub.checkMs);
      const headers = { 'content-type': SSE, 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
      return new Response(reader.body, { headers });
    },
  });
  return [ticket, live];
}
