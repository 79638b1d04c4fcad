import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, it, vi } from 'vitest';
import { ApiError } from './api-error.ts';
import { createClient } from './client.ts';
import { liveEvents, readEvents } from './live.ts';
import { UnreachableError } from './unreachable.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
let server: Server | null = null;
/** tokens that were taken */
let tokens = 0;
/** how long they are good, s */
let lifeS = 900;

/** A server that gives tokens t1, t2, … and answers everything else by `handle`. */
async function serve(handle: Handler): Promise<string> {
  server = createServer((request, response) => {
    if (request.url !== '/oauth/token') return handle(request, response);
    response.end(JSON.stringify({ access_token: `t${++tokens}`, expires_in: lifeS }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
  tokens = 0;
  lifeS = 900;
  vi.useRealTimers();
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

it('renews a token before it ends, and uses one that lives shorter than the margin', async () => {
  const seen: string[] = [];
  const url = await serve((request, response) => {
    seen.push(tokenOf(request));
    response.end('{"sites":[]}');
  });
  const client = createClient({ url, credentials });
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  await client.GET('/v1/sites');
  vi.setSystemTime(Date.now() + 869_000);
  await client.GET('/v1/sites');
  vi.setSystemTime(Date.now() + 2_000);
  lifeS = 10;
  await client.GET('/v1/sites');
  vi.setSystemTime(Date.now() + 8_000);
  await client.GET('/v1/sites');
  vi.setSystemTime(Date.now() + 1_500);
  await client.GET('/v1/sites');
  expect(seen).toEqual(['t1', 't1', 't2', 't2', 't3']);
});

it('two requests whose token is refused take one new token', async () => {
  const refused: ServerResponse[] = [];
  const url = await serve((request, response) => {
    if (tokenOf(request) === 't1') {
      refused.push(response);
      if (refused.length === 2) response.writeHead(401).end();
      return;
    }
    response.end('{"sites":[]}');
    // the other refusal comes after this one has been made good
    if (!refused[0]!.writableEnded) refused[0]!.writeHead(401).end();
  });
  const client = createClient({ url, credentials });
  await Promise.all([client.GET('/v1/sites'), client.GET('/v1/sites')]);
  expect(tokens).toBe(2);
});

it('asks for tokens by the fetch that it was given, and is patient with them too', async () => {
  const asked: string[] = [];
  const waits: [number, number][] = [];
  const url = await serve((_, response) => response.end('{"sites":[]}'));
  const client = createClient({
    url: `${url}/`,
    credentials,
    onWait: (waitS, status) => waits.push([waitS, status]),
    fetch: async (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : String(input));
      asked.push(pathname);
      const headers = { 'retry-after': '0' };
      return asked.length === 1 ? new Response(null, { status: 503, headers }) : await fetch(input, init);
    },
  });
  await client.request('/v1/sites');
  expect(asked).toEqual(['/oauth/token', '/oauth/token', '/v1/sites']);
  expect(waits).toEqual([[0, 503]]);
});

it('takes a date for Retry-After', async () => {
  let calls = 0;
  const url = await serve((_, response) => {
    const past = new Date(Date.now() - 60_000).toUTCString();
    if (++calls === 1) response.writeHead(429, { 'retry-after': past }).end();
    else response.end('{"sites":[]}');
  });
  const waits: number[] = [];
  const client = createClient({ url, credentials, onWait: (waitS) => waits.push(waitS) });
  await client.GET('/v1/sites');
  expect(waits).toEqual([0]);
});

it('sends its token to its own API only', async () => {
  const url = await serve((_, response) => response.end('{}'));
  const client = createClient({ url, credentials });
  await expect(client.request('http://127.0.0.1:1/v1/sites')).rejects.toThrow(/begins with/);
  expect(tokens).toBe(0);
});

it('an abort ends a wait, a request on its way, and a call that has not begun', async () => {
  let first = (): void => {};
  const came = new Promise<void>((resolve) => {
    first = resolve;
  });
  const url = await serve((request, response) => {
    first();
    if (request.url === '/v1/sites') response.writeHead(503, { 'retry-after': '30' }).end();
  });
  const client = createClient({ url, credentials });
  const stopped = new Error('stopped');
  const waiting = new AbortController();
  const call = client.GET('/v1/sites', { signal: waiting.signal });
  await came;
  waiting.abort(stopped);
  await expect(call).rejects.toBe(stopped);
  const hanging = new AbortController();
  const request = client.request('/v1/hangs', { signal: hanging.signal });
  hanging.abort(stopped);
  await expect(request).rejects.toBe(stopped);
  await expect(client.GET('/v1/sites', { signal: AbortSignal.abort(stopped) })).rejects.toBe(stopped);
});

it('an abort ends a long stream even where the request that it began with has been collected', async () => {
  const url = await serve((_, response) => {
    const timer = setInterval(() => response.write('x\n'), 5);
    response.on('close', () => clearInterval(timer));
  });
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const client = createClient({ url, credentials });
  const ended = new AbortController();
  const body = await client.request('/v1/x', { signal: ended.signal }).then((r) => r.body!);
  let pieces = 0;
  const read = async (): Promise<void> => {
    for await (const _ of body) {
      pieces++;
      if (pieces % 5 === 0) gc();
      if (pieces === 20) ended.abort(new Error('enough'));
      if (pieces > 200) return;
    }
  };
  await expect(read()).rejects.toThrow('enough');
});

it('takes a live stream that has fallen silent for lost, says so, and goes on', async () => {
  const seen: string[] = [];
  const resumed: { from: string | undefined; after: string | undefined }[] = [];
  const url = await serve((request, response) => {
    resumed.push({ from: request.headers['last-event-id'] as string | undefined, after: seen.at(-1) });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`event: samples\nid: ${resumed.length}\ndata: {}\n\n`);
  });
  const ended = new AbortController();
  const lost: string[] = [];
  let back = 0;
  const events = liveEvents(createClient({ url, credentials }), new URLSearchParams(), {
    signal: ended.signal,
    silenceMs: 100,
    onLost: (error) => lost.push(error!.message),
    onBack: () => back++,
  });
  for await (const event of events) {
    seen.push(event.id!);
    if (seen.length === 3) ended.abort();
  }
  // on a busy machine an answer may itself come too late: the next one goes on from the same event
  expect(resumed.map((r) => r.from)).toEqual(resumed.map((r) => r.after));
  expect(new Set(lost)).toEqual(new Set(['nothing came for 0.1 s']));
  expect(lost.length).toBeGreaterThanOrEqual(2);
  expect(back).toBeGreaterThanOrEqual(2);
});

it('tells a code, and why nothing is reached', async () => {
  const url = await serve((_, response) => response.writeHead(404).end('{"code":"signal.unknown"}'));
  const error = await createClient({ url, credentials })
    .request('/v1/x')
    .catch((e: unknown) => e);
  expect(ApiError.is(error, 'signal.unknown')).toBe(true);
  expect(ApiError.is(error, 'request.not-found')).toBe(false);
  const nowhere = createClient({ url: 'http://127.0.0.1:1', credentials: { token: 'x' }, fetch });
  await expect(nowhere.request('/v1/x')).rejects.toThrow(/^no API answers at .*: (connect|bad port)/);
});
