import { z } from '@hono/zod-openapi';
import { LoadcycleError } from '@loadcycle/contract';
import type { ZodType } from 'zod';
import { allows, allowsSome, everywhere, hasScope, type Principal } from '../auth/principal.ts';
import { refuseOtherMethods } from './allow.ts';
import { readBody } from './body.ts';
import type { BodyBudget, BodyMemory } from './body-budget.ts';
import { refusalOf } from './check.ts';
import { documentOf } from './document.ts';
import type { Access, App, AppContext, Call, Endpoint } from './endpoint.ts';
import { JSON_TYPE, negotiate } from './media.ts';
import { beyondGrants, notFound, Refusal, UnknownPath } from './refusal.ts';

/** What the one place of enforcement needs. */
export interface Guards {
  /** Whose token is it? Refuses with 401. */
  authenticate(c: AppContext, ticketAllowed: boolean): Promise<Principal>;
  /** Counts the request against its client's limit; asking for tokens has one of its own. Refuses with 429. */
  limit(c: AppContext, client: string): void;
  /** Runs a changing request once for each Idempotency-Key. */
  once(
    c: AppContext,
    principal: Principal,
    body: Uint8Array,
    run: () => Promise<Response>,
  ): Promise<Response>;
  /** who is counted where there is no client */
  subscriberOf(c: AppContext): string;
  /** what may have been meant by a name that is not there; only what the grants reach */
  hintFor(path: UnknownPath['path'], grants: readonly string[]): Promise<string | undefined>;
  /** memory for bodies */
  readonly bodies: BodyMemory;
}

export const DEFAULT_TIME_LIMIT_MS = 30_000;

/**
 * The one way in: every endpoint is registered here, and here alone its token, scope, grants, limits, media types
 * and schemas are enforced, in this order: 401, 429, 404 and 405, 403, path and query (400), 406, body (413, 415, 400,
 * 422, and 503 where there are too many at once).
 * An endpoint that does not say who may call it is refused when the server starts.
 */
export function register(app: App, guards: Guards, endpoints: readonly Endpoint[]): void {
  for (const e of endpoints) {
    demandAccess(e.path, e.access);
    app.openAPIRegistry.registerPath(documentOf(e) as never);
  }
  const paths = [...Map.groupBy(endpoints, (e) => e.path)];
  // what is written out goes before a pattern that fits it too, with its own methods and no others
  const parameters = (path: string): number => path.split('{').length;
  paths.sort(([a], [b]) => parameters(a) - parameters(b));
  for (const [path, own] of paths) {
    const pattern = path.replaceAll(/\{(.+?)\}/g, ':$1');
    for (const e of own) app.on([e.method.toUpperCase()], [pattern], (c) => answer(c, guards, e));
    const methods = own.map((e) => e.method.toUpperCase());
    const open = own.every((e) => e.access === 'public');
    refuseOtherMethods(app, pattern, methods, async (c) => {
      await admit(c, guards, open ? 'public' : 'any');
    });
  }
  // what is not there is counted too, and only told to whoever has a token
  for (const [pattern, access] of [
    ['/v1', 'any'],
    ['/v1/*', 'any'],
    ['/oauth/*', 'public'],
  ] as const) {
    app.all(pattern, async (c) => {
      await admit(c, guards, access);
      throw notFound(c.req.path);
    });
  }
}

function demandAccess(path: string, access: Access | undefined): void {
  const ok = access === 'public' || (access?.scopes !== undefined && access.scopes.length > 0 && access.on);
  if (!ok) throw new Error(`${path} does not say who may call it`);
  if (access === 'public') return;
  const named = path.includes('{site}');
  if ((access.on === 'path' || access.on === 'within') && !named) {
    throw new Error(`${path} has no site in its path to check the grants of`);
  }
}

async function answer(c: AppContext, guards: Guards, e: Endpoint): Promise<Response> {
  try {
    return await enforce(c, guards, e);
  } catch (error) {
    if (e.malformed === undefined || !(error instanceof Refusal) || error.code !== 'request.invalid')
      throw error;
    return e.malformed(c, error.message);
  }
}

async function enforce(c: AppContext, guards: Guards, e: Endpoint): Promise<Response> {
  c.set('route', `${e.method.toUpperCase()} ${e.path}`);
  c.set('vary', (e.produces ?? []).length > 1 ? ['Accept', 'Accept-Encoding'] : ['Accept-Encoding']);
  const principal = await admit(c, guards, e.access);
  if (principal !== null && e.access !== 'public') authorise(e.access, principal, c);
  const params = check(e.params, c.req.param(), 'parameter', 'request.invalid');
  const query = check(e.query, queryOf(c, e.many ?? []), 'parameter', 'request.invalid');
  const accept = negotiate(c.req.header('accept'), e.produces ?? [JSON_TYPE]);
  const memory = guards.bodies.begin();
  try {
    return await handle(c, guards, e, { params, query, accept, principal }, memory);
  } catch (error) {
    if (!(error instanceof UnknownPath) || principal === null || error.hint !== undefined) throw error;
    // a hint is worth no failure of its own
    const hint = await guards.hintFor(error.path, principal.grants).catch(() => undefined);
    throw hint === undefined ? error : new UnknownPath(error.path, { hint });
  } finally {
    memory.release();
  }
}

async function handle(
  c: AppContext,
  guards: Guards,
  e: Endpoint,
  checked: { params: unknown; query: unknown; accept: string; principal: Principal | null },
  memory: BodyBudget,
): Promise<Response> {
  const { principal } = checked;
  const read = e.body === undefined ? null : await readBody(c.req.raw, e.body, memory);
  const body =
    read === null || e.body?.raw === true
      ? read?.value
      : check(e.body?.schema, read.value, 'pointer', 'request.unprocessable');
  const call = { ...checked, c, body } as Call<unknown, unknown, unknown>;
  const run = async (): Promise<Response> => e.handle(call);
  if (e.method === 'get') {
    const response = await within(e.timeLimitMs, run());
    if (c.req.method !== 'HEAD') return response;
    // nobody will read it: what makes it must not be left waiting
    const { status, headers } = response;
    await response.body?.cancel();
    return new Response(null, { status, headers });
  }
  if (principal === null || e.safe === true) return within(e.timeLimitMs, run());
  // the limit is around it: what ends too late for this request is kept for the next one with its key
  return within(e.timeLimitMs, guards.once(c, principal, read?.bytes ?? new Uint8Array(), run));
}

/** `any`: whoever has a token; nothing is there that scopes or grants could be of. */
async function admit(c: AppContext, guards: Guards, access: Access | 'any'): Promise<Principal | null> {
  if (access === 'public') {
    guards.limit(c, `address ${guards.subscriberOf(c)}`);
    return null;
  }
  const ticket = access !== 'any' && access.ticket === true;
  const principal = await guards.authenticate(c, ticket).catch((error) => {
    // who tries tokens is counted too
    guards.limit(c, `address ${guards.subscriberOf(c)}`);
    throw error;
  });
  c.set('principal', principal);
  guards.limit(c, principal.clientId);
  return principal;
}

function authorise(access: Exclude<Access, 'public'>, principal: Principal, c: AppContext): void {
  if (!hasScope(principal, access.scopes)) {
    const scope = access.scopes.join(' ');
    throw new Refusal('request.forbidden', `this needs the scope ${access.scopes.join(' or ')}`, {
      headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
    });
  }
  const { site = '', device } = c.req.param() as { site?: string; device?: string };
  const granted =
    access.on === 'allowed' ||
    (access.on === 'named' && principal.grants.length > 0) ||
    (access.on === 'everything' && everywhere(principal.grants)) ||
    (access.on === 'path' && allows(principal.grants, site, device)) ||
    (access.on === 'within' && allowsSome(principal.grants, site));
  if (!granted) throw beyondGrants(WANTED[access.on] ?? c.req.path);
}

const WANTED: Record<string, string> = { everything: 'everything', named: 'anything' };

function queryOf(c: AppContext, many: readonly string[]): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {};
  for (const [name, values] of Object.entries(c.req.queries())) {
    if (many.includes(name)) out[name] = values;
    else if (values.length > 1) throw twice(name);
    else out[name] = values[0]!;
  }
  return out;
}

const twice = (parameter: string): Refusal =>
  new Refusal('request.invalid', `${parameter} is given twice`, {
    errors: [{ parameter, detail: 'given twice' }],
  });

/** Without a schema nothing is expected, and an unknown query parameter is a mistake worth telling. */
function check(
  schema: ZodType | undefined,
  value: unknown,
  place: 'parameter' | 'pointer',
  code: 'request.invalid' | 'request.unprocessable',
): unknown {
  const result = (schema ?? z.strictObject({})).safeParse(value);
  if (result.success) return result.data;
  throw refusalOf(result.error, place, code);
}

async function within(limitMs: number | null | undefined, work: Promise<Response>): Promise<Response> {
  if (limitMs === null) return work;
  const ms = limitMs ?? DEFAULT_TIME_LIMIT_MS;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LoadcycleError('request.timeout', `no answer in ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
