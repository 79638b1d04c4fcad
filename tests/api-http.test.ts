import { connect } from 'node:net';
import { LoadcycleError } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  asRole,
  getToken,
  jsonOf,
  openTestApi,
  post,
  SIGNAL,
  seed,
  type TestApi,
  until,
} from './api-support.ts';

/** A store that can be taken away, as a network would: every call fails as the adapters' do. */
let away = false;
function breakable(db: Database, role: 'reader' | 'control'): Database {
  const real = asRole(db, role);
  const check = (): void => {
    if (away) throw new LoadcycleError('store.unavailable', 'connect ECONNREFUSED 10.1.2.3:5432');
  };
  return {
    features: real.features,
    query: async (sql, params) => {
      check();
      return real.query(sql, params);
    },
    transaction: async (work, options) => {
      check();
      return real.transaction(work, options);
    },
    exec: (sql) => real.exec(sql),
    copyOut: (sql) => {
      check();
      return real.copyOut(sql);
    },
    close: async () => {},
  };
}

let t: TestApi;
beforeAll(async () => {
  t = await openTestApi({
    roles: breakable,
    corsOrigins: ['https://dashboard.example'],
    rateLimit: { quota: 100_000, windowS: 60 },
  });
  await seed(t.db);
});
afterAll(() => t.close());

describe('every answer', () => {
  it('carries security headers and a request id', async () => {
    for (const path of ['/v1/sites', '/', '/docs/', '/nothing', '/healthz']) {
      const { headers } = await t.call(path);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('content-security-policy')).not.toMatch(/https?:/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
    const mine = await t.call('/v1/sites', { headers: { 'x-request-id': 'trace-1' } });
    expect(mine.headers.get('x-request-id')).toBe('trace-1');
    const odd = await t.call('/nothing', { headers: { 'x-request-id': '<script>' } });
    expect(odd.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect((await jsonOf(odd)).requestId).toBe(odd.headers.get('x-request-id'));
  });

  it('tells the rate limit in the standard headers', async () => {
    const { headers } = await t.call('/v1/sites');
    expect(headers.get('ratelimit-policy')).toBe('"client";q=100000;w=60');
    expect(headers.get('ratelimit')).toMatch(/^"client";r=\d+;t=\d+$/);
  });

  it('to a wrong method is 405 with Allow, to a wrong path 404, to HEAD as to GET without a body', async () => {
    const wrong = await t.call('/v1/sites', { method: 'PUT' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(await wrong.json()).toMatchObject({ type: '/problems/request.method-not-allowed' });
    const clients = await t.call('/v1/clients', { method: 'DELETE' });
    expect(clients.headers.get('allow')).toBe('GET, HEAD, POST');
    for (const path of [
      '/v2/sites',
      '/v1/sites/',
      '/V1/sites',
      '/v1/../etc/passwd',
      '/%2e%2e/package.json',
      '/.git/config',
    ]) {
      expect([path, (await t.call(path)).status]).toEqual([path, 404]);
    }
    const head = await t.call('/v1/sites', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(head.headers.get('etag')).toBe((await t.call('/v1/sites')).headers.get('etag'));
    const stream = await t.call(`${SIGNAL}/samples`, { method: 'HEAD', headers: { accept: 'text/csv' } });
    expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'text/csv']);
    const live = await t.call('/v1/live', { method: 'HEAD' });
    expect(live.status).toBe(200);
  });

  it('explains its problem types', async () => {
    expect(await jsonOf(t.call('/problems/request.invalid'))).toMatchObject({ status: 400, kind: 'poison' });
    expect((await t.call('/problems/nothing')).status).toBe(404);
    expect((await t.call('/problems/toString')).status).toBe(404);
  });
});

describe('CORS', () => {
  it('is for the origins of the settings only', async () => {
    const ask = (origin: string): Promise<Response> =>
      fetch(`${t.url}/v1/sites`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'GET',
          'access-control-request-headers': 'authorization',
        },
      });
    const good = await ask('https://dashboard.example');
    expect(good.status).toBe(204);
    expect(good.headers.get('access-control-allow-origin')).toBe('https://dashboard.example');
    expect(good.headers.get('access-control-allow-headers')).toContain('authorization');
    expect((await ask('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    const read = await t.call('/v1/sites', { headers: { origin: 'https://dashboard.example' } });
    expect(read.headers.get('access-control-expose-headers')).toContain('etag');
    expect(read.headers.get('vary')!.split(', ').sort()).toEqual(['Accept-Encoding', 'Origin']);
    // a page must be able to read what was refused as well
    const refused = await t.call('/v1/sites', {
      token: null,
      headers: { origin: 'https://dashboard.example' },
    });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([
      401,
      'https://dashboard.example',
    ]);
  });
});

describe('the reference page', () => {
  it('works offline: everything it loads comes from this server', async () => {
    const redirect = await fetch(`${t.url}/docs`, { redirect: 'manual' });
    expect(redirect.headers.get('location')).toBe('/docs/');
    const page = await (await fetch(`${t.url}/docs/`)).text();
    const links = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((m) => m[1]!);
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      expect(link).not.toMatch(/^(https?:)?\/\//);
      const asset = await fetch(new URL(link, `${t.url}/docs/`));
      expect([link, asset.status]).toEqual([link, 200]);
      await asset.body?.cancel();
    }
    const document = await jsonOf(fetch(`${t.url}/openapi.json`));
    expect(document.openapi).toBe('3.1.0');
  });
});

describe('limits', () => {
  it('turn a client away that asks too often, and no other', async () => {
    const tight = await openTestApi({
      rateLimit: { quota: 5, windowS: 3600 },
      tokenRateLimit: { quota: 8, windowS: 3600 },
      trustProxy: true,
    });
    const token = await tight.token(['samples:read'], ['*']);
    const other = await tight.token(['samples:read'], ['*']);
    const statuses: number[] = [];
    for (let i = 0; i < 7; i++) statuses.push((await tight.call('/v1/sites', { token })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
    const refused = await tight.call('/v1/sites', { token });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('ratelimit')).toMatch(/^"client";r=0;/);
    expect(await refused.json()).toMatchObject({ code: 'request.too-many' });
    expect((await tight.call('/v1/sites', { token: other })).status).toBe(200);
    // guessing tokens, or secrets, is counted by address
    const guesses: number[] = [];
    for (let i = 0; i < 6; i++) guesses.push((await tight.call('/v1/sites', { token: 'guess' })).status);
    expect(guesses).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await tight.call('/v1/sites', { token: other })).status).toBe(200);
    const form = { grant_type: 'client_credentials', client_id: 'admin', client_secret: 'guess' };
    const tokens: number[] = [];
    for (let i = 0; i < 6; i++) {
      const guess = await fetch(`${tight.url}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams(form),
      });
      tokens.push(guess.status);
    }
    expect(tokens).toEqual([401, 401, 401, 401, 401, 429]);
    // a subscriber of IPv6 has 2^64 addresses and is one; who is not behind the proxy's last hop is not believed
    const from = (forwarded: string): Promise<Response> =>
      tight.call('/v1/sites', { token: 'guess', headers: { 'x-forwarded-for': forwarded } });
    for (let i = 1; i <= 5; i++) expect((await from(`2001:db8::${i}`)).status).toBe(401);
    expect((await from('10.0.0.1, 2001:0db8:0:0:ffff::1')).status).toBe(429);
    expect((await from('2001:db8:0:1::1')).status).toBe(401);
    expect((await from('::ffff:10.1.1.1')).status).toBe(401);
    await tight.close();
  });

  it('hold for headers, and for who sends a body without end', async () => {
    const big = await fetch(`${t.url}/v1/sites`, { headers: { 'x-big': 'x'.repeat(20_000) } });
    expect(big.status).toBe(431);
    const socket = connect(t.api.port, '127.0.0.1');
    socket.on('error', () => {});
    const request = `POST /v1/pipeline/start HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${t.admin}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`;
    socket.write(request);
    const answer = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (d) => {
        text += d.toString();
        if (text.includes('\r\n\r\n')) resolve(text);
      });
      socket.on('close', () => resolve(text));
    });
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
    for (let i = 0; i < 40 && socket.writable; i++) socket.write(chunk);
    expect(await answer).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });
});

describe('when the store is down', () => {
  it('answers 503 with a reason and Retry-After, tells nothing of its inside, and is well again by itself', async () => {
    away = true;
    try {
      for (const path of [
        '/v1/sites',
        `${SIGNAL}/samples`,
        `${SIGNAL}/cycles`,
        '/v1/pipeline',
        '/v1/clients',
      ]) {
        const response = await t.call(path);
        expect([path, response.status, response.headers.get('retry-after')]).toEqual([path, 503, '2']);
        const text = await response.text();
        expect(JSON.parse(text)).toMatchObject({ type: '/problems/store.unavailable', status: 503 });
        expect(text).not.toContain('10.1.2.3');
      }
      const exported = await t.call(`${SIGNAL}/samples`, { headers: { accept: 'text/csv' } });
      expect(exported.status).toBe(503);
      const ready = await t.call('/readyz');
      expect(ready.status).toBe(503);
      expect(await ready.json()).toMatchObject({
        status: 'not-ready',
        checks: { store: { state: 'failing', code: 'store.unavailable' }, log: { state: 'ok' } },
      });
      expect((await t.call('/healthz')).status).toBe(200);
    } finally {
      away = false;
    }
    expect((await t.call('/v1/sites')).status).toBe(200);
    expect((await t.call('/readyz')).status).toBe(200);
  });
});

describe('the access log', () => {
  it('tells who did what, when, from where and how it ended; also what was refused, and while the store was away', async () => {
    const token = await t.token(['samples:read'], ['plant1']);
    await t.call('/v1/sites', { token, headers: { 'x-request-id': 'seen-1' } });
    await t.call('/v1/clients', { token, headers: { 'x-request-id': 'seen-2' } });
    await t.call('/v1/sites', { token: null, headers: { 'x-request-id': 'seen-3' } });
    away = true;
    await t.call('/v1/sites', { token, headers: { 'x-request-id': 'seen-4' } });
    away = false;
    const entries = await until(async () => {
      const { entries: all } = await jsonOf(t.call('/v1/access-log?from=-1h&limit=10000'));
      const seen = all.filter((e: { requestId: string }) => e.requestId.startsWith('seen-'));
      return seen.length >= 4 ? seen : null;
    });
    const byId = new Map(entries.map((e: { requestId: string }) => [e.requestId, e]));
    expect(byId.get('seen-1')).toMatchObject({
      client: expect.stringMatching(/^client-/),
      method: 'GET',
      path: '/v1/sites',
      route: 'GET /v1/sites',
      status: 200,
      code: null,
      address: '127.0.0.1',
    });
    expect(byId.get('seen-2')).toMatchObject({ status: 403, code: 'request.forbidden' });
    expect(byId.get('seen-3')).toMatchObject({ client: null, status: 401, code: 'request.unauthorized' });
    expect(byId.get('seen-4')).toMatchObject({ status: 503, code: 'store.unavailable' });
    const mine = await jsonOf(t.call('/v1/access-log?from=-1h&status=403&limit=1'));
    expect(mine.entries).toHaveLength(1);
    expect((await t.call('/v1/access-log', { token })).status).toBe(403);
  });

  it('can be appended to by the API, and changed by it in no way', async () => {
    const control = asRole(t.db, 'control');
    for (const sql of [
      "UPDATE access_log SET path = 'x'",
      'DELETE FROM access_log',
      'TRUNCATE access_log',
      'DROP TABLE access_log',
    ]) {
      await expect(control.query(sql)).rejects.toMatchObject({ code: expect.stringMatching(/^store\./) });
    }
  });

  it('gets shorter only by chunks that are older than what is kept, and than 30 days', async () => {
    const control = asRole(t.db, 'control');
    for (const days of [10, 60, 500]) {
      await t.db.query(
        `INSERT INTO access_log (at, request_id, address, method, path, status, duration_ms)
         VALUES (now() - make_interval(days => $1), 'old-' || $1, '::1', 'GET', '/v1/sites', 200, 1)`,
        [days],
      );
    }
    const left = async (): Promise<string[]> =>
      (
        await t.db.query<{ id: string }>(
          `SELECT request_id AS id FROM access_log WHERE request_id LIKE 'old-%' ORDER BY at`,
        )
      ).map((r) => r.id);
    await control.query('SELECT prune_access_log(make_interval(days => 400))');
    expect(await left()).toEqual(['old-60', 'old-10']);
    await control.query('SELECT prune_access_log(make_interval(days => 0))');
    expect(await left()).toEqual(['old-10']);
    await expect(asRole(t.db, 'reader').query(`SELECT prune_access_log('0 days')`)).rejects.toMatchObject({
      code: 'store.forbidden',
    });
  });

  it('holds no secret, nor do the logs', async () => {
    const secret = 'a-very-secret-secret';
    await fetch(`${t.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'admin',
        client_secret: secret,
      }),
    });
    await t.call(`/v1/live?ticket=${secret}`, { token: null });
    await t.call(`/oauth/token?client_id=admin&client_secret=${secret}`, { method: 'POST' });
    await t.call(`/v1/sites?%74icket=${secret}&Password=${secret}&a=1`);
    await t.call(`/v1/nothing?access_token=${secret}`);
    away = true;
    await t.call('/v1/sites');
    away = false;
    const rows = await until(async () => {
      const found = await t.db.query<{ line: string }>('SELECT to_jsonb(a)::text AS line FROM access_log a');
      return found.some((r) => r.line.includes('/v1/nothing')) ? found : null;
    });
    const token = t.admin;
    const signature = token.split('.')[2]!;
    for (const line of [...rows.map((r) => r.line), ...t.logLines]) {
      expect(line).not.toContain(secret);
      expect(line).not.toContain(signature);
    }
    expect(t.logLines.length).toBeGreaterThan(0);
  });
});

describe('database roles beneath', () => {
  it('let the reader write nothing, whatever the code does', async () => {
    const reader = asRole(t.db, 'reader');
    for (const sql of [
      "INSERT INTO site (name) VALUES ('x')",
      'DELETE FROM sample',
      'UPDATE signal SET unit = unit',
      'DELETE FROM dead_letter',
      "INSERT INTO operation (id, action, request, client_id, expires_at) VALUES (gen_random_uuid(), 'stop', '{}', 'x', now())",
      'SELECT secrets FROM api_client',
      'SELECT private_jwk FROM signing_key',
    ]) {
      await expect(reader.query(sql), sql).rejects.toMatchObject({ code: 'store.forbidden' });
    }
  });

  it('let control change no sample and no cycle', async () => {
    const control = asRole(t.db, 'control');
    for (const sql of [
      'DELETE FROM sample',
      'UPDATE cycle SET complete = false',
      'DELETE FROM batch',
      'DELETE FROM cycle',
    ]) {
      await expect(control.query(sql), sql).rejects.toMatchObject({ code: 'store.forbidden' });
    }
  });
});

describe('clients', () => {
  it('are made, changed, given new secrets, and removed, and their tokens follow', async () => {
    const made = await t.call(
      '/v1/clients',
      post({ id: 'dash', name: 'Dashboard', scopes: ['samples:read'], grants: ['plant1'] }),
    );
    expect(made.status).toBe(201);
    expect(made.headers.get('cache-control')).toBe('no-store');
    const { secret } = await jsonOf(made);
    const twice = await t.call('/v1/clients', post({ id: 'dash', name: 'x', scopes: ['admin'], grants: [] }));
    expect(twice.status).toBe(409);
    const list = await (await t.call('/v1/clients')).text();
    expect(list).toContain('"dash"');
    expect(list).not.toContain(secret);

    const token = await getToken(t.url, 'dash', secret);
    expect((await t.call(`${SIGNAL}/samples`, { token })).status).toBe(200);
    const patch = (body: unknown): Promise<Response> => t.call('/v1/clients/dash', post(body, 'PATCH'));
    expect(await jsonOf(patch({ grants: ['plant2'] }))).toMatchObject({
      grants: ['plant2'],
      scopes: ['samples:read'],
    });
    // what the old token says is no longer so
    expect((await t.call(`${SIGNAL}/samples`, { token })).status).toBe(401);
    // the time of issue counts in whole seconds
    const next = await until(async () => {
      const fresh = await getToken(t.url, 'dash', secret);
      return (await t.call('/v1/sites', { token: fresh })).status === 200 ? fresh : null;
    });
    expect((await t.call(`${SIGNAL}/samples`, { token: next })).status).toBe(403);

    const { secret: second } = await jsonOf(t.call('/v1/clients/dash/secret', { method: 'POST' }));
    for (const s of [secret, second]) expect(await getToken(t.url, 'dash', s)).toMatch(/^ey/);
    const { secret: third } = await jsonOf(t.call('/v1/clients/dash/secret', { method: 'POST' }));
    await expect(getToken(t.url, 'dash', secret)).rejects.toThrow('401');
    for (const s of [second, third]) expect(await getToken(t.url, 'dash', s)).toMatch(/^ey/);

    const held = await getToken(t.url, 'dash', third);
    expect((await t.call('/v1/clients/dash/revoke', { method: 'POST' })).status).toBe(204);
    expect((await t.call('/v1/sites', { token: held })).status).toBe(401);
    expect((await patch({ disabled: true })).status).toBe(200);
    await expect(getToken(t.url, 'dash', third)).rejects.toThrow('401');
    expect(await jsonOf(patch({ disabled: false }))).toMatchObject({ disabled: false });
    const last = await until(async () => {
      const fresh = await getToken(t.url, 'dash', third);
      return (await t.call('/v1/sites', { token: fresh })).status === 200 ? fresh : null;
    });
    expect((await t.call('/v1/clients/dash', { method: 'DELETE' })).status).toBe(204);
    expect((await t.call('/v1/sites', { token: last })).status).toBe(401);
    expect((await t.call('/v1/clients/dash')).status).toBe(404);
    expect((await t.call('/v1/clients/dash', { method: 'DELETE' })).status).toBe(404);
    expect((await t.call('/v1/clients/admin', { method: 'DELETE' })).status).toBe(409);
  });

  it('can not lock themselves out, only one another', async () => {
    const change = (id: string, body: unknown): Promise<Response> =>
      t.call(`/v1/clients/${id}`, post(body, 'PATCH'));
    for (const body of [
      { disabled: true },
      { scopes: ['samples:read'] },
      { grants: ['plant1'] },
      { grants: [] },
    ]) {
      expect([body, (await change('admin', body)).status]).toEqual([body, 409]);
    }
    expect((await change('admin', { name: 'Administrator' })).status).toBe(200);
    expect((await t.call('/v1/sites')).status).toBe(200);
  });

  it('have an answer with a secret that is kept nowhere, not even for its Idempotency-Key', async () => {
    const request = { ...post({ id: 'once', name: 'x', scopes: ['samples:read'], grants: [] }) };
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'make-once' };
    const first = await t.call('/v1/clients', { ...request, headers });
    const { secret } = await jsonOf(first);
    const again = await t.call('/v1/clients', { ...request, headers });
    expect(again.status).toBe(409);
    const kept = await t.db.query<{ line: string }>(
      'SELECT to_jsonb(k)::text AS line FROM idempotency_key k',
    );
    expect(kept.every((r) => !r.line.includes(secret))).toBe(true);
  });

  it.each([
    [{ id: 'a b', name: 'x', scopes: ['admin'], grants: [] }],
    [{ id: 'x', name: '', scopes: ['admin'], grants: [] }],
    [{ id: 'x', name: 'x', scopes: [], grants: [] }],
    [{ id: 'x', name: 'x', scopes: ['root'], grants: [] }],
    [{ id: 'x', name: 'x', scopes: ['admin'], grants: ['a/b/c'] }],
    [{ id: 'x', name: 'x', scopes: ['admin'], grants: ['**'] }],
    [{ id: 'x', name: 'x', scopes: ['admin'], grants: [], secret: 'mine' }],
  ])('refuse %j', async (body) => {
    expect((await t.call('/v1/clients', post(body))).status).toBe(422);
  });

  it('rotate the signing key through the API', async () => {
    expect(await jsonOf(t.call('/v1/keys/rotate', { method: 'POST' }))).toEqual({ outcome: 'published' });
    expect(await jsonOf(t.call('/v1/keys/rotate', { method: 'POST' }))).toEqual({ outcome: 'published' });
    await t.db.query(`UPDATE signing_key SET created_at = created_at - interval '5 minutes'`);
    expect(await jsonOf(t.call('/v1/keys/rotate', { method: 'POST' }))).toEqual({ outcome: 'switched' });
    expect((await t.call('/v1/sites')).status).toBe(200);
  });
});
