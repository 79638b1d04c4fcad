import type { AddressInfo } from 'node:net';
import { readAdminClient } from '@loadcycle/cloud-api/auth/admin-client';
import type { Principal } from '@loadcycle/cloud-api/auth/principal';
import { AccessLog } from '@loadcycle/cloud-api/http/access-log';
import { makeApp } from '@loadcycle/cloud-api/http/app';
import { BodyMemory } from '@loadcycle/cloud-api/http/body-budget';
import { endpoint } from '@loadcycle/cloud-api/http/endpoint';
import { once } from '@loadcycle/cloud-api/http/idempotency';
import { serverOf } from '@loadcycle/cloud-api/http/outside';
import { type Guards, register } from '@loadcycle/cloud-api/http/register';
import { json } from '@loadcycle/cloud-api/http/respond';
import { type Api, startApi } from '@loadcycle/cloud-api/server';
import { Health, listen } from '@loadcycle/service';
import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asRole, getToken, jsonOf, openTestApi, post, type TestApi, until } from './api-support.ts';

/** Two instances of the API on one store: what one does holds at the other. */
let t: TestApi;
let other: Api;
let secret: string;
beforeAll(async () => {
  t = await openTestApi();
  const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  other = await startApi({
    reader: asRole(t.db, 'reader'),
    control: asRole(t.db, 'control'),
    eventLog: t.eventLog,
    mqtt: null,
    http: { host: '127.0.0.1', port: 0 },
    log: quiet,
    health: new Health(),
    rateLimit: { quota: 1_000_000, windowS: 60 },
    tokenRateLimit: { quota: 1_000_000, windowS: 60 },
  });
  secret = (await readAdminClient(t.folder))!.clientSecret;
});
afterAll(async () => {
  await other.close();
  await t.close();
});

const statusAt = async (url: string, token: string): Promise<number> => {
  const response = await fetch(`${url}/v1/sites`, { headers: { authorization: `Bearer ${token}` } });
  await response.body?.cancel();
  return response.status;
};

it('a token that one gave is taken by the other, and one that it took back by neither', async () => {
  const token = await getToken(t.url, 'admin', secret);
  expect(await statusAt(other.url, token)).toBe(200);
  const body = new URLSearchParams({ token, client_id: 'admin', client_secret: secret });
  expect((await fetch(`${t.url}/oauth/revoke`, { method: 'POST', body })).status).toBe(200);
  expect(await statusAt(t.url, token)).toBe(401);
  // within five seconds, as the documents say; until() waits for it, and the test's own limit is the bound
  await until(async () => (await statusAt(other.url, token)) === 401);
});

it('a client that is disabled at one is refused by the other', async () => {
  await t.call('/v1/clients', post({ id: 'brief', name: 'x', scopes: ['samples:read'], grants: ['*'] }));
  const { secret: own } = await jsonOf(t.call('/v1/clients/brief/secret', { method: 'POST' }));
  const token = await getToken(other.url, 'brief', own);
  expect(await statusAt(other.url, token)).toBe(200);
  expect((await t.call('/v1/clients/brief', post({ disabled: true }, 'PATCH'))).status).toBe(200);
  await until(async () => (await statusAt(other.url, token)) === 401);
  await expect(getToken(other.url, 'brief', own)).rejects.toThrow('401');
});

it('signing keys rotate under traffic at both without one refusal', async () => {
  let rotating = true;
  const refused: number[] = [];
  const kids = new Set<string>();
  const traffic = async (from: string, to: string): Promise<void> => {
    for (let round = 0; rotating || round < 3; round++) {
      const token = await getToken(from, 'admin', secret);
      kids.add(decodeProtectedHeader(token).kid!);
      for (const url of [to, from]) {
        const status = await statusAt(url, token);
        if (status !== 200) refused.push(status);
      }
      if (!rotating && round >= 3) break;
    }
  };
  const running = [traffic(t.url, other.url), traffic(other.url, t.url)];
  const held = await getToken(t.url, 'admin', secret);
  const rotate = async (url: string): Promise<string> => {
    const headers = { authorization: `Bearer ${held}` };
    return (await jsonOf(fetch(`${url}/v1/keys/rotate`, { method: 'POST', headers }))).outcome;
  };
  for (const url of [t.url, other.url]) {
    expect(await rotate(url)).toBe('published');
    // two minutes pass, in the store; not in the copies, which have not heard of the key when it begins to sign
    await t.db.query(`UPDATE signing_key SET created_at = created_at - interval '5 minutes'`);
    expect(await rotate(url)).toBe('switched');
    await until(async () => kids.has(decodeProtectedHeader(await getToken(url, 'admin', secret)).kid!));
  }
  rotating = false;
  await Promise.all(running);
  expect(refused).toEqual([]);
  expect(kids.size).toBeGreaterThan(2);
  expect(await statusAt(other.url, held)).toBe(200);
});

it('an Idempotency-Key is one key at both: at work 409, done the same answer, another request 422', async () => {
  const headers = {
    authorization: `Bearer ${t.admin}`,
    'content-type': 'application/json',
    'idempotency-key': 'both',
  };
  const make = (url: string): Promise<Response> =>
    fetch(`${url}/v1/live/tickets`, { method: 'POST', headers });
  const statuses = (await Promise.all([t.url, other.url, t.url, other.url].map((url) => make(url)))).map(
    (r) => r.status,
  );
  expect(statuses.filter((s) => s === 201)).toHaveLength(1);
  expect(statuses.filter((s) => s === 409)).toHaveLength(3);
  const else_ = await fetch(`${other.url}/v1/keys/rotate`, { method: 'POST', headers });
  expect(else_.status).toBe(422);
  // the same key of another client is another key
  const token = await t.token(['samples:read'], ['*']);
  const theirs = await fetch(`${t.url}/v1/live/tickets`, {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${token}` },
  });
  expect(theirs.status).toBe(201);
  // a first request whose process died holds its key for a minute, and no longer
  await t.db.query(`UPDATE idempotency_key SET status = NULL, body = NULL WHERE key = 'both'`);
  expect((await make(other.url)).status).toBe(409);
  await t.db.query(
    `UPDATE idempotency_key SET created_at = now() - interval '61 seconds' WHERE key = 'both'`,
  );
  expect((await make(other.url)).status).toBe(201);
});

it('what ends too late for its request is kept for the next one with its key, and done once', async () => {
  const control = asRole(t.db, 'control');
  const lines: string[] = [];
  const write = (_: object, message: string): void => void lines.push(message);
  const log = { debug: write, info: write, warn: write, error: write };
  const accessLog = new AccessLog(control, log);
  const app = makeApp({ log, accessLog, corsOrigins: [], trustProxy: false });
  let runs = 0;
  const gate = Promise.withResolvers<void>();
  const principal: Principal = {
    clientId: 'patient',
    tokenId: '',
    scopes: new Set(['admin']),
    grants: ['*'],
    issuedAt: 0,
    expiresAt: 9e9,
  };
  const guards: Guards = {
    authenticate: async () => principal,
    limit: () => {},
    once: (c, p, body, run) => once(control, c, p, body, run),
    subscriberOf: () => 'x',
    hintFor: async () => undefined,
    bodies: new BodyMemory(),
  };
  register(app, guards, [
    endpoint({
      method: 'post',
      path: '/v1/slow',
      access: { scopes: ['admin'], on: 'everything' },
      tag: 'x',
      id: 'slow',
      summary: 'x',
      responses: {},
      timeLimitMs: 300,
      handle: async ({ c }) => {
        runs++;
        await gate.promise;
        return json(c, { runs }, 201);
      },
    }),
  ]);
  const server = serverOf(app);
  await listen(server, '127.0.0.1', 0);
  const { port } = server.address() as AddressInfo;
  const ask = (): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/v1/slow`, { method: 'POST', headers: { 'idempotency-key': 'late' } });
  expect((await ask()).status).toBe(503);
  await until(() => runs === 1);
  // the limit stands around the look for the key as well: 409, or 503 where that took too long
  const waiting = [409, 503];
  expect(waiting).toContain((await ask()).status);
  gate.resolve();
  const again = await until(async () => {
    const response = await ask();
    return waiting.includes(response.status) ? null : response;
  });
  expect([again.status, await again.json(), runs]).toEqual([201, { runs: 1 }, 1]);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await accessLog.close();
});
