import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOf, openTestApi, post, SIGNAL, seed, type TestApi, until } from './api-support.ts';

/** HTTP as its standards have it: methods, conditions, encodings, and what never becomes a request. */
let t: TestApi;
beforeAll(async () => {
  t = await openTestApi();
  await seed(t.db);
});
afterAll(() => t.close());

/** Sends bytes as they are and gives what comes back until the server closes. */
function raw(text: string, options: { end?: boolean } = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(t.api.port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (piece) => (answer += piece));
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
    socket.write(text, 'latin1', () => {
      if (options.end === true) socket.destroy();
    });
  });
}

describe('methods', () => {
  it.each([
    ['GET', '/v1/dead-letters/replay', 'POST'],
    ['OPTIONS', '/v1/dead-letters/replay', 'POST'],
    ['OPTIONS', '/v1/dead-letters/1', 'GET, HEAD, DELETE'],
    ['HEAD', '/v1/pipeline/start', 'POST'],
    ['GET', '/oauth/token', 'POST'],
    ['POST', '/openapi.json', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
    ['DELETE', '/docs/', 'GET, HEAD'],
    ['PUT', '/docs', 'GET, HEAD'],
  ])('%s %s is 405 and names what there is: %s', async (method, path, allow) => {
    const response = await t.call(path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    if (method !== 'HEAD')
      expect(await response.json()).toMatchObject({ code: 'request.method-not-allowed' });
  });

  it('a path that is no path is 404, whatever the method', async () => {
    for (const path of [
      '/v1/sites/plant1%2Fdevices',
      '/v1//sites',
      '//v1/sites',
      '/v1/sites;x=1',
      '/v1/sites%00',
    ]) {
      for (const method of ['GET', 'POST']) {
        expect([path, (await t.call(path, { method })).status]).toEqual([path, 404]);
      }
    }
    // another way to write the same path is the same path, with the same lock
    for (const path of ['/%761/sites', '/v1/x/%2e%2e/sites']) {
      expect([path, (await t.call(path, { token: null })).status]).toEqual([path, 401]);
    }
  });
});

describe('answers that depend on headers', () => {
  it('say so, to HEAD and in 304 as well', async () => {
    const samples = `${SIGNAL}/samples?from=2026-11-24T10:00:00Z&to=2026-11-24T10:00:01Z`;
    for (const [path, vary] of [
      [samples, ['Accept', 'Accept-Encoding']],
      [SIGNAL, ['Accept-Encoding']],
      ['/', ['Accept-Encoding']],
    ] as const) {
      const get = await t.call(path);
      const named = (r: Response): string[] => (r.headers.get('vary') ?? '').split(', ').sort();
      expect([path, named(get)]).toEqual([path, vary]);
      expect(named(await t.call(path, { method: 'HEAD' }))).toEqual(vary);
      const known = { 'if-none-match': get.headers.get('etag')! };
      const unchanged = await t.call(path, { headers: known });
      expect([unchanged.status, named(unchanged)]).toEqual([304, vary]);
    }
    expect((await t.call('/nothing')).headers.get('cache-control')).toBe('no-store');
  });

  it('have one entity tag for each encoding, or a weak one', async () => {
    const labels = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`label-${i}`, 'x'.repeat(100)]));
    const put = await t.call(SIGNAL, post({ preset: 'voltage', labels }, 'PUT'));
    expect(put.status).toBe(200);
    const plain = await t.call(SIGNAL, { headers: { 'accept-encoding': 'gzip;q=0' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    const packed = await t.call(SIGNAL, { headers: { 'accept-encoding': 'gzip' } });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    const [strong, weak] = [plain.headers.get('etag')!, packed.headers.get('etag')!];
    expect(strong).toMatch(/^"v\d+"$/);
    expect(weak).toBe(`W/${strong}`);
    // and both name the version to change
    const change = (tag: string): Promise<Response> =>
      t.call(SIGNAL, {
        ...post({ preset: 'voltage' }, 'PUT'),
        headers: { 'content-type': 'application/json', 'if-match': tag },
      });
    expect((await change(weak)).status).toBe(200);
    expect((await change(strong)).status).toBe(412);
  });
});

describe('conditions', () => {
  it.each(['*', 'W/$', '"a", $', '"a,b", W/$ , "c"'])(
    'If-None-Match: %s names what is there',
    async (list) => {
      for (const path of [SIGNAL, '/v1/sites', '/docs/']) {
        const tag = (await t.call(path)).headers.get('etag')!.replace(/^W\//, '');
        const response = await t.call(path, { headers: { 'if-none-match': list.replace('$', tag) } });
        expect([path, response.status, await response.text()]).toEqual([path, 304, '']);
      }
    },
  );

  it('If-None-Match does not see a tag inside of another one', async () => {
    const tag = (await t.call(SIGNAL)).headers.get('etag')!.slice(1, -1);
    const response = await t.call(SIGNAL, { headers: { 'if-none-match': `"x,${tag}"` } });
    expect(response.status).toBe(200);
  });

  it('If-Match takes lists and *, and is 412 for what is not there', async () => {
    const path = '/v1/sites/plant1/devices/motor1/signals/conditions';
    const put = async (header: Record<string, string>): Promise<number> =>
      (
        await t.call(path, {
          ...post({ preset: 'voltage' }, 'PUT'),
          headers: { 'content-type': 'application/json', ...header },
        })
      ).status;
    expect(await put({ 'if-match': '*' })).toBe(412);
    expect(await put({ 'if-match': '"v1"' })).toBe(412);
    expect(await put({ 'if-none-match': '*' })).toBe(201);
    expect(await put({ 'if-none-match': '*' })).toBe(412);
    expect(await put({ 'if-match': '*' })).toBe(200);
    expect(await put({ 'if-match': '"v7", "v1"' })).toBe(200);
    expect(await put({ 'if-match': '"something"' })).toBe(412);
    expect(await put({ 'if-match': '"v7", "v8"' })).toBe(412);
    expect(await put({ 'if-match': 'v1' })).toBe(400);
    expect(await put({ 'if-none-match': '"v1"' })).toBe(400);
    const refused = await t.call(path, {
      ...post({ preset: 'voltage' }, 'PUT'),
      headers: { 'content-type': 'application/json', 'if-match': '"v7"' },
    });
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
  });
});

describe('bodies', () => {
  const stop = (headers: Record<string, string>, body: string | Buffer): Promise<Response> =>
    t.call('/v1/analysis/cycles', { method: 'POST', headers, body: body as never });

  it('that are packed are refused, however small', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, 32));
    for (const encoding of ['gzip', 'br', 'deflate', 'gzip, identity']) {
      const response = await stop({ 'content-type': 'application/json', 'content-encoding': encoding }, bomb);
      expect([encoding, response.status]).toEqual([encoding, 415]);
      expect(response.headers.get('accept-encoding')).toBe('identity');
    }
    const onTheWay = await raw(
      `POST /v1/analysis/cycles HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${t.admin}\r\ncontent-type: application/json\r\ntransfer-encoding: gzip, chunked\r\nconnection: close\r\n\r\n0\r\n\r\n`,
    );
    expect(onTheWay).toMatch(/^HTTP\/1\.1 415 /);
    const type = await stop({ 'content-type': 'text/html' }, '<html>');
    expect([type.status, type.headers.get('accept')]).toEqual([415, 'application/json, text/csv']);
    const plain = { t0: 0, dt: 1000, values: [1, 2, 3] };
    const fine = await stop(
      { 'content-type': 'application/json', 'content-encoding': 'Identity' },
      JSON.stringify(plain),
    );
    expect(fine.status).toBe(200);
  });

  it('that are nested without end are refused, and do no harm', async () => {
    const json = { 'content-type': 'application/json' };
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    for (const [path, body] of [
      ['/v1/validate', `{"topic":"a","payload":${deep}}`],
      ['/v1/analysis/cycles', `{"t0":0,"dt":1,"values":[1],"settings":{"a":${deep}}}`],
      ['/v1/pipeline/stop', deep],
    ] as const) {
      const response = await t.call(path, { method: 'POST', headers: json, body });
      expect([path, response.status]).toEqual([path, 422]);
    }
    const nested = `{"topic":"a","payload":${'['.repeat(60)}${']'.repeat(60)}}`;
    const told = await t.call('/v1/validate', { method: 'POST', headers: json, body: nested });
    expect(await told.json()).toMatchObject({ outcome: 'dead-lettered' });
    const yaml = { 'content-type': 'application/yaml' };
    const flow = await t.call('/v1/catalogue?dryRun=true', {
      method: 'POST',
      headers: yaml,
      body: '['.repeat(50_000),
    });
    expect(flow.status).toBe(422);
  });

  it('that end early are no failure of ours', async () => {
    const request = [
      'POST /v1/pipeline/stop HTTP/1.1',
      'host: x',
      'x-request-id: ends-early',
      `authorization: Bearer ${t.admin}`,
      'content-type: application/json',
      'content-length: 100',
      '',
      '{"devices":',
    ].join('\r\n');
    await Promise.all([1, 2, 3].map(() => raw(request, { end: true })));
    const entry = await until(async () => {
      const [row] = await t.db.query<{ status: number; address: string }>(
        `SELECT status, address FROM access_log WHERE request_id = 'ends-early' LIMIT 1`,
      );
      return row;
    });
    expect(entry).toEqual({ status: 400, address: '127.0.0.1' });
    expect(t.logLines.filter((line) => line.startsWith('request failed'))).toEqual([]);
  });

  it('that are only looked at leave nothing behind, whatever key they bring', async () => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'looked-at' };
    for (const values of [
      [1, 2],
      [3, 4],
    ]) {
      const body = JSON.stringify({ t0: 0, dt: 1000, values });
      expect((await t.call('/v1/analysis/cycles', { method: 'POST', headers, body })).status).toBe(200);
    }
    const body = JSON.stringify({ topic: 'a', payload: [] });
    expect((await t.call('/v1/validate', { method: 'POST', headers, body })).status).toBe(200);
    expect(await t.db.query(`SELECT key FROM idempotency_key WHERE key = 'looked-at'`)).toEqual([]);
  });

  it('of CSV want a time and a value in each line', async () => {
    const response = await stop({ 'content-type': 'text/csv' }, '0\n1\n');
    expect(response.status).toBe(422);
  });
});

describe('what never becomes a request of the application', () => {
  it.each([
    ['no HTTP', 'GARBAGE\r\n\r\n', 400],
    ['a method that there is not', 'FOO /v1/sites HTTP/1.1\r\nhost: x\r\n\r\n', 400],
    ['no host', 'GET /v1/sites HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['a host that is none', 'GET /v1/sites HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n', 400],
    [
      'two lengths',
      'POST /oauth/token HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a control character', 'GET /v1/si\x01tes HTTP/1.1\r\nhost: x\r\n\r\n', 400],
    ['an address without end', `GET /v1/sites?x=${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 414],
    ['a header without end', `GET /v1/sites HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s is a problem with the same headers', async (_name, request, status) => {
    const answer = await raw(request);
    const at = answer.indexOf('\r\n\r\n');
    const [line, ...headers] = answer.slice(0, at).toLowerCase().split('\r\n');
    expect(line).toMatch(new RegExp(`^http/1.1 ${status} `));
    const of = (name: string): string | undefined =>
      headers.find((h) => h.startsWith(`${name}: `))?.slice(name.length + 2);
    expect(of('content-type')).toBe('application/problem+json');
    expect(of('x-content-type-options')).toBe('nosniff');
    expect(of('content-security-policy')).toContain("default-src 'none'");
    expect(of('cache-control')).toBe('no-store');
    expect(of('connection')).toBe('close');
    const problem = JSON.parse(answer.slice(at + 4));
    expect(problem).toMatchObject({ status, requestId: of('x-request-id') });
    expect(await jsonOf(t.call(problem.type))).toMatchObject({ status });
  });
});
