import type { HttpBindings } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { AppContext } from './endpoint.ts';

/** Breaks the connection of a request whose answer has begun and can not be ended: it must not look whole. */
export function cutConnection(c: AppContext): void {
  (c.env as unknown as HttpBindings).outgoing.destroy();
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
