import { randomUUID } from 'node:crypto';
import { OpenAPIHono } from '@hono/zod-openapi';
import { failureKind, type Logger, PROBLEM_CONTENT_TYPE, problem, problemOf } from '@loadcycle/contract';
import { compress } from 'hono/compress';
import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';
import type { AccessLog } from './access-log.ts';
import { addressOf } from './connection.ts';
import type { App, AppContext, AppEnv } from './endpoint.ts';
import { Refusal } from './refusal.ts';

export interface AppOptions {
  readonly log: Logger;
  readonly accessLog: AccessLog;
  /** origins that may call from a browser; none: only the API's own pages */
  readonly corsOrigins: readonly string[];
  /** a proxy in front tells the client's address in X-Forwarded-For */
  readonly trustProxy: boolean;
  readonly onAnswer?: (route: string, method: string, status: number, durationMs: number) => void;
}

const REQUEST_ID = /^[\w.:-]{1,64}$/;
/** Logged for compliance: what concerns data or credentials; not the page's files and health checks. */
const LOGGED = /^\/(v1|oauth)(\/|$)/;

/** Parameters that hold a secret, or would if somebody sent one in the wrong place. */
const SECRET_NAME = /ticket|token|secret|password|authorization|assertion/i;

/** The path with its query as it may be logged: a ticket is a secret, and so is what does not belong there. */
export function loggedPath(url: string): string {
  const { pathname, search } = new URL(url);
  const parts = search.slice(1).split('&');
  const shown = parts.map((part) => {
    const name = part.split('=', 1)[0]!;
    // the name may be percent-encoded, as a whole or in part
    return SECRET_NAME.test(new URLSearchParams(name).toString()) ? `${name}=(secret)` : part;
  });
  return `${pathname}${search === '' ? '' : `?${shown.join('&')}`}`.slice(0, 2000);
}

function varyOf(present: string | null, own: readonly string[]): string {
  const names = (present ?? '').split(',').map((name) => name.trim());
  const known = new Set(names.map((name) => name.toLowerCase()));
  return [...names, ...own.filter((name) => !known.has(name.toLowerCase()))].filter(Boolean).join(', ');
}

export function sendProblem(c: AppContext, details: ReturnType<typeof problem>, headers = {}): Response {
  c.set('code', details.code);
  const own = { 'content-type': PROBLEM_CONTENT_TYPE, 'cache-control': 'no-store' };
  return c.json(details, details.status as 400, { ...own, ...headers });
}

/** The shell around every endpoint: request id, access log, security headers, compression, CORS, problems. */
export function makeApp(options: AppOptions): App {
  const app = new OpenAPIHono<AppEnv>();
  app.use('*', async (c, next) => {
    const started = performance.now();
    const given = c.req.header('x-request-id');
    c.set('requestId', given !== undefined && REQUEST_ID.test(given) ? given : randomUUID());
    // now: a client that is gone when its answer is there has no address any more
    const address = addressOf(c, options.trustProxy);
    await next();
    c.res.headers.set('x-request-id', c.get('requestId'));
    for (const [name, value] of Object.entries(c.get('limit') ?? {})) c.res.headers.set(name, value);
    const vary = c.get('vary');
    if (vary !== undefined) c.res.headers.set('vary', varyOf(c.res.headers.get('vary'), vary));
    const durationMs = performance.now() - started;
    options.onAnswer?.(c.get('route') ?? 'other', c.req.method, c.res.status, durationMs);
    if (!LOGGED.test(c.req.path)) return;
    const who = c.get('principal') ?? c.get('asker');
    options.accessLog.add({
      atUs: Date.now() * 1000,
      requestId: c.get('requestId'),
      clientId: who?.clientId ?? null,
      tokenId: who?.tokenId ?? null,
      address,
      method: c.req.method,
      path: loggedPath(c.req.url),
      route: c.get('route') ?? null,
      status: c.res.status,
      code: c.get('code') ?? null,
      durationMs,
    });
  });
  app.use('*', secureHeaders({ ...SECURITY, crossOriginEmbedderPolicy: false }));
  if (options.corsOrigins.length > 0) app.use('*', cors(corsOf(options.corsOrigins)));
  app.use('*', compress());
  app.notFound((c) =>
    sendProblem(c, problem('request.not-found', { detail: c.req.path, requestId: c.get('requestId') })),
  );
  app.onError((error, c) => onError(error, c, options.log));
  return app;
}

function onError(error: Error, c: AppContext, log: Logger): Response {
  const requestId = c.get('requestId');
  const details = problemOf(error, requestId);
  const errors = error instanceof Refusal && error.errors !== undefined ? { errors: error.errors } : {};
  const fields = { requestId, route: c.get('route'), code: details.code };
  // that too much is at work says the access log; a line for each would be too much again
  if (details.status >= 500 && details.code !== 'request.overloaded') {
    log[failureKind(error) === 'transient' ? 'warn' : 'error']({ ...fields, err: error }, 'request failed');
  }
  const retry = details.status === 503 ? { 'retry-after': '2' } : {};
  const headers = error instanceof Refusal ? error.headers : {};
  return sendProblem(c, { ...details, ...errors }, { ...retry, ...headers });
}

/** Everything from the API's own address: the pages need nothing else. uPlot sets sizes through style attributes. */
const SECURITY = {
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    manifestSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
  referrerPolicy: 'no-referrer',
  xFrameOptions: 'DENY',
};

const corsOf = (origins: readonly string[]) => ({
  origin: [...origins],
  allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowHeaders: [
    'authorization',
    'content-type',
    'idempotency-key',
    'if-match',
    'if-none-match',
    'last-event-id',
    'x-request-id',
  ],
  exposeHeaders: [
    'allow',
    'etag',
    'idempotency-replayed',
    'location',
    'link',
    'ratelimit',
    'ratelimit-policy',
    'retry-after',
    'www-authenticate',
    'x-request-id',
  ],
  maxAge: 600,
});
