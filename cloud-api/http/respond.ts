import { createHash } from 'node:crypto';
import type { AppContext } from './endpoint.ts';

const tagOf = (text: string): string => `W/"${createHash('sha1').update(text).digest('base64url')}"`;

/** Does If-None-Match name this tag? Compared weakly (RFC 9110, 13.1.2). */
export function matches(header: string, tag: string): boolean {
  const bare = tag.replace(/^W\//, '');
  const named: readonly string[] = header.match(/"[^"]*"/g) ?? [];
  return header.trim() === '*' || named.includes(bare);
}

/** JSON with a weak entity tag; 304 where the client has it already. */
export function json(
  c: AppContext,
  value: unknown,
  status: 200 | 201 | 202 = 200,
  headers: Record<string, string> = {},
): Response {
  const text = JSON.stringify(value);
  const out = new Headers({ 'content-type': 'application/json; charset=utf-8', ...headers });
  if (status === 200 && (c.req.method === 'GET' || c.req.method === 'HEAD')) {
    const tag = out.get('etag') ?? tagOf(text);
    out.set('etag', tag);
    if (!out.has('cache-control')) out.set('cache-control', 'private, no-cache');
    const known = c.req.header('if-none-match');
    if (known !== undefined && matches(known, tag)) {
      out.delete('content-type');
      return new Response(null, { status: 304, headers: out });
    }
  }
  out.set('content-length', String(Buffer.byteLength(text)));
  return new Response(text, { status, headers: out });
}

export const noContent = (): Response => new Response(null, { status: 204 });
