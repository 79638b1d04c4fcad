import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, seed, type TestApi } from './api-support.ts';

/** An OpenID Connect provider, as far as a resource server sees one: discovery and keys, on a real port. */
class Provider {
  readonly #keys: JWK[] = [];
  #server!: Server;
  url = '';
  asked = 0;
  down = false;

  async listen(): Promise<void> {
    this.#server = createServer((request, response) => {
      this.asked++;
      if (this.down) {
        response.destroy();
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
    other.down = false;
    expect((await u.call('/v1/sites', { token })).status).toBe(200);
    await u.close();
    await other.close();
  });
});
