import { isIPv6 } from 'node:net';
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

/** Who counts as one against a limit: an IPv4 address, or the /64 that a subscriber of IPv6 has to himself. */
export function subscriberOf(address: string): string {
  const plain = address.split('%', 1)[0]!;
  if (!isIPv6(plain)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain);
  if (mapped !== null) return mapped[1]!;
  // one spelling of it, without dots
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const groups = (part: string): string[] => part.split(':').filter(Boolean);
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail ?? '')];
  return `${all.slice(0, 4).join(':')}::/64`;
}
