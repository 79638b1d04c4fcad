import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { ApiError } from './api-error.ts';
import { createClient } from './client.ts';
import { liveEvents, readEvents } from './live.ts';
import { UnreachableError } from './unreachable.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
let server: Server | null = null;

/** A server that gives tokens t1, t2, … and answers everything else by `handle`. */
async function serve(handle: Handler): Promise<string> {
  let tokens = 0;
  server = createServer((request, response) => {
    if (request.url !== '/oauth/token') return handle(request, response);
    response.end(JSON.stringify({ access_token: `t${++tokens}`, expires_in: 900 }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
});

const credentials = { clientId: 'me', clientSecret: 'secret' };
const tokenOf = (r: IncomingMessage): string => (r.headers.authorization ?? '').replace('Bearer ', '');

it('takes a new token once where the one it has is refused', async () => {
  const seen: string[] = [];
  const url = await serve((request, response) => {
    seen.push(tokenOf(request));
    response.writeHead(tokenOf(request) === 't1' ? 401 : 200).end('{"sites":[]}');
  });
  const client = createClient({ url, credentials });
  expect((await client.GET('/v1/sites')).data).toEqual({ sites: [] });
  await (await client.request('/v1/sites')).text();
  expect(seen).toEqual(['t1', 't2', 't2']);
});

it('does not ask for ever: a token that is refused twice is an error', async () => {
  let calls = 0;
  const url = await serve((_, response) => {
    calls++;
    response.writeHead(401).end('{"code":"request.unauthorized","detail":"no"}');
  });
  const refused = createClient({ url, credentials }).GET('/v1/sites');
  await expect(refused).rejects.toMatchObject({ status: 401, code: 'request.unauthorized' });
  expect(calls).toBe(2);
  const given = createClient({ url, credentials: { token: 'x' } }).request('/v1/sites');
  await expect(given).rejects.toBeInstanceOf(ApiError);
  expect(calls).toBe(3);
});

it('comes again, with its body, where the server asks for patience', async () => {
  const bodies: string[] = [];
  const url = await serve(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    bodies.push(body);
    if (bodies.length === 1) response.writeHead(503, { 'retry-after': '0' }).end();
    else response.writeHead(202).end('{}');
  });
  const client = createClient({ url, credentials });
  await client.POST('/v1/pipeline/stop', { body: { site: 'plant1' } });
  expect(bodies).toEqual(['{"site":"plant1"}', '{"site":"plant1"}']);
});

it('tells a server that is not there from one that refuses', async () => {
  const url = await serve((_, response) => response.writeHead(404).end('{"code":"signal.unknown"}'));
  await expect(createClient({ url, credentials }).request('/v1/x')).rejects.toMatchObject({
    status: 404,
    code: 'signal.unknown',
  });
  server!.close();
  server!.closeAllConnections();
  await expect(createClient({ url, credentials }).request('/v1/x')).rejects.toBeInstanceOf(UnreachableError);
});

it('goes on with a live stream from the last event after a lost connection', async () => {
  const resumed: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    resumed.push(request.headers['last-event-id'] as string | undefined);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const n = resumed.length;
    response.write(`: heartbeat\n\nevent: samples\nid: ${n}\ndata: {"n":${n}}\n\n`, () => {
      if (n < 3) response.destroy();
    });
  });
  const ended = new AbortController();
  const got: string[] = [];
  const events = liveEvents(createClient({ url, credentials }), new URLSearchParams(), {
    signal: ended.signal,
  });
  for await (const event of events) {
    got.push(event.data);
    if (got.length === 3) ended.abort();
  }
  expect(got).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
  expect(resumed).toEqual([undefined, '1', '2']);
});

it('a live stream that is refused is an error at once', async () => {
  const url = await serve((_, response) => response.writeHead(403).end('{"code":"request.forbidden"}'));
  const events = liveEvents(createClient({ url, credentials }), new URLSearchParams());
  await expect(events.next()).rejects.toMatchObject({ status: 403 });
});

it('reads events however the bytes are cut', async () => {
  const bytes = new TextEncoder().encode('id: 1\r\nevent: a\r\ndata: é\r\ndata: x\r\n\r\n:c\n\ndata:y\n\n');
  for (const size of [1, 2, 3, 7, bytes.length]) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
        controller.close();
      },
    });
    const got: unknown[] = [];
    for await (const event of readEvents(body)) got.push(event);
    expect(got).toEqual([
      { event: 'a', data: 'é\nx', id: '1' },
      { event: 'message', data: 'y', id: '1' },
    ]);
  }
});
