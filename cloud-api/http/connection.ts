import type { HttpBindings } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { AppContext } from './endpoint.ts';

/** Breaks the connection of a request whose answer has begun and can not be ended: it must not look whole. */
export function cutConnection(c: AppContext): void {
  (c.env as unknown as HttpBindings).outgoing.destroy();
}

/** Is aborted when the client goes away before its answer is there, or (with `limitMs`) after so long. */
export function goneOf(c: AppContext, limitMs?: number): AbortSignal {
  const gone = c.req.raw.signal;
  return limitMs === undefined ? gone : AbortSignal.any([gone, AbortSignal.timeout(limitMs)]);
}

/** Address that a request comes from. */
export function addressOf(c: AppContext, trustProxy: boolean): string {
  if (trustProxy) {
    // the last one was written by our own proxy
    const forwarded = c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim();
    if (forwarded) return forwarded.slice(0, 64);
  }
  return getConnInfo(c).remote.address ?? 'unknown';
}
