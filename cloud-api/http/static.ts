import { readFile, stat } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { methodNotAllowed } from './allow.ts';
import type { App, AppContext } from './endpoint.ts';
import { matches } from './respond.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/** A file below `folder`, or null: nothing outside of it, no hidden file, no type that is not listed. */
async function fileAnswer(c: AppContext, folder: string, path: string): Promise<Response | null> {
  let name: string;
  try {
    name = normalize(decodeURIComponent(path)).replace(/^\/+/, '');
  } catch {
    return null;
  }
  const type = TYPES[extname(name)];
  if (type === undefined || name.includes('\0') || name.split(sep).some((p) => p.startsWith('.')))
    return null;
  const file = join(folder, name);
  const info = await stat(file).catch(() => null);
  if (info === null || !info.isFile()) return null;
  if (c.req.method !== 'GET' && c.req.method !== 'HEAD') throw methodNotAllowed(['GET']);
  const etag = `W/"${info.size.toString(36)}-${Math.round(info.mtimeMs).toString(36)}"`;
  const headers = { etag, 'cache-control': 'no-cache' };
  c.set('vary', ['Accept-Encoding']);
  const known = c.req.header('if-none-match');
  if (known !== undefined && matches(known, etag)) return c.body(null, 304, headers);
  return c.body(new Uint8Array(await readFile(file)), 200, { ...headers, 'content-type': type });
}

/** Serves the files of a folder under a prefix; what is not there falls through to the next. */
export function mountFolder(app: App, prefix: string, folder: string): void {
  // as a middleware: a path that is no file is no route either, whatever the method
  app.use(`${prefix}/*`, async (c, next) => {
    const path = c.req.path.slice(prefix.length);
    const answer = await fileAnswer(c, folder, path.endsWith('/') ? `${path}index.html` : path);
    if (answer === null) return next();
    c.set('route', `GET ${prefix}/*`);
    return answer;
  });
}
