import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, seed, type TestApi, until } from './api-support.ts';
import { startLocal } from './support/local-process.ts';

/** An OpenID Connect provider, as far as a resource server sees one: discovery and keys, on a real port. */
class Provider {
  readonly #keys: JWK[] = [];
  #server!: Server;
  url = '';
  asked = 0;
  down = false;
  /** what it answers in place of itself, by path */
  readonly odd = new Map<string, { status: number; body: string }>();

  async listen(): Promise<void> {
    this.#server = createServer((request, response) => {
      this.asked++;
      if (this.down) {
        response.destroy();
        return;
      }
      const odd = this.odd.get(request.url!);
      if (odd !== undefined) {
        response.writeHead(odd.status, { 'content-type': 'application/json' }).end(odd.body);
        return;
      }
      const body =
        request.url === '/.well-known/openid-configuration'
          ? { issuer: this.url, jwks_uri: `${this.url}/keys` }
          : { keys: this.#keys };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  dropKeys(): void {
    this.#keys.length = 0;
  }

  addRaw(jwk: JWK): void {
    this.#keys.push(jwk);
  }

  async addKey(kid: string, alg = 'RS256'): Promise<CryptoKey> {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    this.#keys.push({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' });
    return privateKey;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

const provider = new Provider();
let key: CryptoKey;
let t: TestApi;
beforeAll(async () => {
  await provider.listen();
  key = await provider.addKey('one');
});
afterAll(async () => {
  await t.close();
  await provider.close();
});

const sign = (
  claims: Record<string, unknown>,
  options: { kid?: string; alg?: string; key?: CryptoKey; aud?: string; iss?: string } = {},
) =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: options.alg ?? 'RS256', kid: options.kid ?? 'one' })
    .setSubject('someone')
    .setIssuer(options.iss ?? provider.url)
    .setAudience(options.aud ?? 'loadcycle')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(options.key ?? key);

describe('tokens of an OpenID Connect provider', () => {
  it('are taken in place of own ones, with scopes and grants from the claims that the settings name', async () => {
    t = await openTestApi({
      ownTokens: false,
      externalIssuer: { url: provider.url, audience: 'loadcycle', scopeClaim: 'scp', grantsClaim: 'plants' },
    });
    await seed(t.db);
    const token = await sign({ scp: ['samples:read', 'unknown'], plants: ['plant1'] });
    expect((await t.call('/v1/sites', { token })).status).toBe(200);
    expect((await t.call('/v1/sites/plant1/devices', { token })).status).toBe(200);
    expect((await t.call('/v1/sites/plant2/devices', { token })).status).toBe(403);
    expect((await t.call('/v1/access-log', { token })).status).toBe(403);
    const spaced = await sign({ scp: 'samples:read admin', plants: ['*'] });
    expect((await t.call('/v1/access-log', { token: spaced })).status).toBe(200);
    const bare = await sign({});
    expect((await t.call('/v1/sites', { token: bare })).status).toBe(403);
  });

  it('are refused from elsewhere, for others, or signed by another key', async () => {
    const stranger = (await generateKeyPair('RS256')).privateKey;
    const claims = { scp: 'admin', plants: ['*'] };
    for (const token of [
      await sign(claims, { aud: 'other' }),
      await sign(claims, { iss: 'https://other.example' }),
      await sign(claims, { key: stranger }),
      await sign(claims, { kid: 'two' }),
      await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: 'one' })
        .setSubject('x')
        .setIssuer(provider.url)
        .setAudience('loadcycle')
        .setExpirationTime('5m')
        .sign(new Uint8Array(32)),
    ]) {
      expect((await t.call('/v1/sites', { token })).status).toBe(401);
    }
  });

  it('have keys that are kept, so that an outage of the provider stops nobody', async () => {
    const token = await sign({ scp: 'samples:read', plants: ['*'] });
    expect((await t.call('/v1/sites', { token })).status).toBe(200);
    const asked = provider.asked;
    provider.down = true;
    for (let i = 0; i < 5; i++) expect((await t.call('/v1/sites', { token })).status).toBe(200);
    expect(provider.asked).toBe(asked);
    provider.down = false;
  });

  it('are taken by `npm start` as well', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'loadcycle-issuer-'));
    const flags = [
      '--oidc-issuer',
      provider.url,
      '--oidc-scope-claim',
      'scp',
      '--oidc-grants-claim',
      'plants',
    ];
    const system = await startLocal(dataDir, [...flags, '--audience', 'loadcycle', '--device', 'false']);
    try {
      expect(system.output()).toContain(`from ${provider.url} (OpenID Connect)`);
      const ask = async (token: string): Promise<number> =>
        (await fetch(`${system.httpUrl}/v1/sites`, { headers: { authorization: `Bearer ${token}` } })).status;
      expect(await ask(await sign({ scp: 'samples:read', plants: ['*'] }))).toBe(200);
      expect(await ask(await sign({ scp: 'samples:read', plants: ['*'] }, { aud: 'other' }))).toBe(401);
      expect(existsSync(join(dataDir, 'admin-client.json'))).toBe(false);
    } finally {
      await system.stop();
      rmSync(dataDir, { recursive: true });
    }
  });

  it('leave no own issuer behind: no tokens, no clients here', async () => {
    const body = new URLSearchParams({ grant_type: 'client_credentials' });
    expect((await fetch(`${t.url}/oauth/token`, { method: 'POST', body })).status).toBe(404);
    const token = await sign({ scp: 'admin', plants: ['*'] });
    expect((await t.call('/v1/clients', { token })).status).toBe(404);
  });
});

describe('a provider that is down at the first token', () => {
  it('is 503, and the same token passes when it is back', async () => {
    const other = new Provider();
    await other.listen();
    const otherKey = await other.addKey('k', 'ES256');
    other.down = true;
    const u = await openTestApi({
      ownTokens: false,
      externalIssuer: { url: other.url, audience: 'loadcycle', scopeClaim: 'scope', grantsClaim: 'grants' },
    });
    const token = await sign(
      { scope: 'admin', grants: ['*'] },
      { iss: other.url, key: otherKey, kid: 'k', alg: 'ES256' },
    );
    const response = await u.call('/v1/sites', { token });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    const ready = async (): Promise<unknown> => {
      const { status, checks } = (await (await u.call('/readyz', { token: null })).json()) as {
        status: string;
        checks: { issuer: { state: string } };
      };
      return [status, checks.issuer.state];
    };
    expect(await ready()).toEqual(['not-ready', 'failing']);
    other.down = false;
    expect(await ready()).toEqual(['ok', 'ok']);
    expect((await u.call('/v1/sites', { token })).status).toBe(200);
    await u.close();
    await other.close();
  });
});

describe('a provider that answers, but not as one', () => {
  let odd: Provider;
  let u: TestApi;
  let oddKey: CryptoKey;
  const claims = { scope: 'admin', grants: ['*'] };
  const token = (kid = 'k', signer = oddKey, more: Record<string, unknown> = {}): Promise<string> =>
    sign({ ...claims, ...more }, { iss: odd.url, key: signer, kid, alg: 'ES256' });
  beforeAll(async () => {
    odd = new Provider();
    await odd.listen();
    oddKey = await odd.addKey('k', 'ES256');
    u = await openTestApi({
      ownTokens: false,
      externalIssuer: { url: odd.url, audience: 'loadcycle', scopeClaim: 'scope', grantsClaim: 'grants' },
    });
  });
  afterAll(async () => {
    await u.close();
    await odd.close();
  });

  const DISCOVERY = '/.well-known/openid-configuration';
  it.each([
    ['no key set', DISCOVERY, 200, () => JSON.stringify({ issuer: odd.url })],
    ['an address that is none', DISCOVERY, 200, () => JSON.stringify({ issuer: odd.url, jwks_uri: 'keys' })],
    [
      'another name',
      DISCOVERY,
      200,
      () => JSON.stringify({ issuer: 'https://x', jwks_uri: `${odd.url}/keys` }),
    ],
    ['no JSON', DISCOVERY, 200, () => '<html>'],
    ['null', DISCOVERY, 200, () => 'null'],
    ['an error', DISCOVERY, 500, () => '{}'],
    ['keys that are no JSON', '/keys', 200, () => 'garbage'],
    ['keys that are no key set', '/keys', 200, () => '{"keys":7}'],
    ['an error for its keys', '/keys', 503, () => '{"keys":[]}'],
  ])('is 503, not 401 and not 500: %s', async (_name, path, status, body) => {
    odd.odd.set(path, { status, body: body() });
    const response = await u.call('/v1/sites', { token: await token() });
    odd.odd.clear();
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  });

  it('is well again, rotates its keys without one refusal, and is missed only by keys that nobody knows', async () => {
    expect((await u.call('/v1/sites', { token: await token() })).status).toBe(200);
    // a flood of unknown keys must not delay the news of a real one
    const garbage = await token('nobody');
    const flood = Promise.all([1, 2, 3].map(() => u.call('/v1/sites', { token: garbage })));
    const next = await odd.addKey('k2', 'ES256');
    expect((await u.call('/v1/sites', { token: await token('k2', next) })).status).toBe(200);
    expect((await flood).map((r) => r.status)).toEqual([401, 401, 401]);
    odd.down = true;
    expect((await u.call('/v1/sites', { token: await token('k2', next) })).status).toBe(200);
    expect((await u.call('/v1/sites', { token: garbage })).status).toBe(503);
    odd.down = false;
    // withdrawn: no longer taken once the set was read again
    odd.dropKeys();
    const third = await odd.addKey('k3', 'ES256');
    expect((await u.call('/v1/sites', { token: await token('k3', third) })).status).toBe(200);
    expect((await u.call('/v1/sites', { token: await token('k2', next) })).status).toBe(401);
  });

  it('has keys that can not be used, and tokens that name nobody: 401', async () => {
    odd.addRaw({ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'broken', alg: 'ES256', use: 'sig' });
    odd.addRaw({ kty: 'oct', k: 'AAAA', kid: 'shared' });
    const good = await odd.addKey('k4', 'ES256');
    for (const bad of [
      await token('broken', good),
      await token('shared', good),
      await new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: 'k4' })
        .setIssuer(odd.url)
        .setAudience('loadcycle')
        .setExpirationTime('5m')
        .sign(good),
      ...(await Promise.all(
        ['', 7, null, ['admin'], 'a\0b', 'line\nbreak', 'x'.repeat(300), '\ud800'].map((sub) =>
          new SignJWT({ ...claims, sub } as never)
            .setProtectedHeader({ alg: 'ES256', kid: 'k4' })
            .setIssuer(odd.url)
            .setAudience('loadcycle')
            .setExpirationTime('5m')
            .sign(good),
        ),
      )),
    ]) {
      const response = await u.call('/v1/sites', { token: bad });
      expect([bad, response.status]).toEqual([bad, 401]);
    }
    // what came with them is in the access log all the same
    await until(async () => {
      const [row] = await u.db.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM access_log WHERE status = 401',
      );
      return row!.n >= 11;
    });
  });

  it('sends grants and scopes of any shape: what is no grant gives nothing', async () => {
    const signer = await odd.addKey('k5', 'ES256');
    for (const grants of [
      undefined,
      null,
      '*',
      7,
      {},
      [['*']],
      [{ site: '*' }],
      [null],
      [''],
      ['/'],
      ['**'],
    ]) {
      const response = await u.call('/v1/sites', { token: await token('k5', signer, { grants }) });
      expect([response.status, await response.json()]).toEqual([200, { sites: [] }]);
      expect((await u.call('/v1/access-log', { token: await token('k5', signer, { grants }) })).status).toBe(
        403,
      );
    }
    for (const scope of [undefined, null, 7, {}, [['admin']], 'Admin', 'admin,samples:read']) {
      const response = await u.call('/v1/sites', { token: await token('k5', signer, { scope }) });
      expect([scope, response.status]).toEqual([scope, 403]);
    }
    const inMs = await token('k5', signer, { iat: Date.now() });
    expect((await u.call('/v1/sites', { token: inMs })).status).toBe(200);
  });
});
