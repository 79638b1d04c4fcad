import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SigningKeys } from '@loadcycle/cloud-api/auth/keys';
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRole, getToken, openTestApi, post, SIGNAL, seed, type TestApi, until } from './api-support.ts';

let t: TestApi;
beforeAll(async () => {
  t = await openTestApi();
  await seed(t.db);
});
afterAll(() => t.close());

const tokenRequest = (form: Record<string, string> | URLSearchParams, headers = {}): Promise<Response> =>
  fetch(`${t.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form), headers });

async function adminClient(): Promise<{ clientId: string; clientSecret: string }> {
  return JSON.parse(await readFile(join(t.folder, 'admin-client.json'), 'utf8'));
}

describe('the administrator', () => {
  it('is made at the first start, readable by its owner only', async () => {
    const info = await stat(join(t.folder, 'admin-client.json'));
    expect(info.mode & 0o777).toBe(0o600);
    const { clientSecret } = await adminClient();
    expect(clientSecret.length).toBeGreaterThanOrEqual(43);
    const [row] = await t.db.query<{ secrets: string[] }>(
      `SELECT secrets FROM api_client WHERE id = 'admin'`,
    );
    expect(row!.secrets[0]).toMatch(/^scrypt\$/);
    expect(row!.secrets[0]).not.toContain(clientSecret);
  });
});

describe('POST /oauth/token', () => {
  it('gives a short-lived token for id and secret, in the form or as Basic', async () => {
    const { clientId, clientSecret } = await adminClient();
    const basic = { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` };
    for (const response of [
      await tokenRequest({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
      }),
      await tokenRequest({ grant_type: 'client_credentials' }, basic),
    ]) {
      expect(response.status).toBe(200);
      expect(response.headers.get('cache-control')).toBe('no-store');
      const answer = (await response.json()) as { access_token: string };
      expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 900, scope: 'admin' });
      expect(decodeProtectedHeader(answer.access_token)).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
      const claims = decodeJwt(answer.access_token);
      expect(Object.keys(claims)).toEqual(
        expect.arrayContaining(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sub', 'scope', 'grants']),
      );
      expect(claims.exp! - claims.iat!).toBe(900);
    }
  });

  it('narrows the scopes where it is asked to', async () => {
    const { clientId: client_id, clientSecret: client_secret } = await adminClient();
    const form = { grant_type: 'client_credentials', client_id, client_secret, scope: 'samples:read' };
    const { access_token, scope } = (await (await tokenRequest(form)).json()) as Record<string, string>;
    expect(scope).toBe('samples:read');
    expect((await t.call(`${SIGNAL}/cycles`, { token: access_token! })).status).toBe(403);
    expect((await t.call(`${SIGNAL}/samples`, { token: access_token! })).status).toBe(200);
  });

  it.each([
    [{ grant_type: 'client_credentials', client_id: 'admin', client_secret: 'wrong' }, 401, 'invalid_client'],
    [
      { grant_type: 'client_credentials', client_id: 'nobody', client_secret: 'wrong' },
      401,
      'invalid_client',
    ],
    [{ grant_type: 'client_credentials', client_id: 'a\0b', client_secret: 'x' }, 401, 'invalid_client'],
    [{ grant_type: 'client_credentials' }, 401, 'invalid_client'],
    [{ grant_type: 'password', username: 'a', password: 'b' }, 400, 'unsupported_grant_type'],
    [{}, 400, 'invalid_request'],
  ])('refuses %j as RFC 6749 says', async (form, status, error) => {
    const response = await tokenRequest(form as Record<string, string>);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error });
    if (status === 401) expect(response.headers.get('www-authenticate')).toMatch(/^Basic/);
  });

  it('takes one way of signing in and each parameter once; an empty one is absent (RFC 6749, 2.3 and 3.2)', async () => {
    const { clientId, clientSecret } = await adminClient();
    const grant = { grant_type: 'client_credentials' };
    const basicOf = (id: string, secret: string): Record<string, string> => ({
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    });
    const good = basicOf(clientId, clientSecret);
    const secret = { client_id: clientId, client_secret: clientSecret };
    for (const [form, headers, status, error] of [
      [grant, basicOf('%61dmin', clientSecret), 200, undefined],
      [{ ...grant, client_id: clientId }, good, 200, undefined],
      [{ ...grant, ...secret, scope: '', resource: 'x' }, {}, 200, undefined],
      [{ ...grant, ...secret }, good, 400, 'invalid_request'],
      [{ ...grant, client_id: 'other' }, good, 400, 'invalid_request'],
      [{ ...secret, grant_type: '' }, {}, 400, 'invalid_request'],
      [grant, { authorization: 'Basic ***' }, 401, 'invalid_client'],
      [grant, basicOf('%zz', clientSecret), 401, 'invalid_client'],
      [grant, { authorization: `Basic ${Buffer.from('admin').toString('base64')}` }, 401, 'invalid_client'],
      [grant, { authorization: `Bearer ${t.admin}` }, 401, 'invalid_client'],
    ] as const) {
      const response = await tokenRequest(form as Record<string, string>, headers);
      const answer = (await response.json()) as { error?: string; scope?: string };
      expect([form, response.status, answer.error]).toEqual([form, status, error]);
      expect(response.headers.get('cache-control')).toBe('no-store');
      if (status === 200) expect(answer.scope).toBe('admin');
      expect(response.headers.get('www-authenticate')).toBe(
        status === 401 ? 'Basic realm="loadcycle"' : null,
      );
    }
  });

  it('answers what is malformed as RFC 6749 says, not as a problem', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const [path, body] of [
      ['/oauth/token?client_secret=in-the-query', 'grant_type=client_credentials'],
      ['/oauth/token', Buffer.from([0x67, 0xff])],
      ['/oauth/revoke', 'token=a&token=b'],
    ] as const) {
      const response = await fetch(`${t.url}${path}`, { method: 'POST', headers: form, body });
      expect([path, response.status, response.headers.get('content-type')]).toEqual([
        path,
        400,
        'application/json',
      ]);
      const answer = (await response.json()) as { error: string; error_description: string };
      expect(answer.error).toBe('invalid_request');
      expect(answer.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    }
    const empty = { token: '', client_id: 'admin', client_secret: (await adminClient()).clientSecret };
    const nothing = await fetch(`${t.url}/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams(empty),
    });
    expect([nothing.status, await nothing.json()]).toEqual([
      400,
      expect.objectContaining({ error: 'invalid_request' }),
    ]);
  });

  it('refuses a scope that the client does not have, a repeated parameter, and another media type', async () => {
    const { clientId, clientSecret } = await adminClient();
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const unknown = await tokenRequest({ ...form, scope: 'everything' });
    expect([unknown.status, ((await unknown.json()) as { error: string }).error]).toEqual([
      400,
      'invalid_scope',
    ]);
    const twice = new URLSearchParams(form);
    twice.append('grant_type', 'client_credentials');
    expect((await tokenRequest(twice)).status).toBe(400);
    expect((await fetch(`${t.url}/oauth/token`, post(form))).status).toBe(415);
    const big = new URLSearchParams({ ...form, padding: 'x'.repeat(9000) });
    expect((await tokenRequest(big)).status).toBe(413);
  });
});

describe('tokens', () => {
  const alter = (token: string, part: number, change: (json: Record<string, unknown>) => void): string => {
    const parts = token.split('.');
    const json = JSON.parse(Buffer.from(parts[part]!, 'base64url').toString());
    change(json);
    parts[part] = Buffer.from(JSON.stringify(json)).toString('base64url');
    return parts.join('.');
  };

  it('are wanted everywhere under /v1, and the challenge says how', async () => {
    const none = await t.call('/v1/sites', { token: null });
    expect(none.status).toBe(401);
    expect(none.headers.get('www-authenticate')).toBe('Bearer realm="loadcycle"');
    const bad = await t.call('/v1/sites', { token: 'nonsense' });
    expect(bad.status).toBe(401);
    expect(bad.headers.get('www-authenticate')).toContain('error="invalid_token"');
    const scheme = await t.call('/v1/sites', { token: null, headers: { authorization: 'Basic YTpi' } });
    expect(scheme.status).toBe(401);
  });

  it('are refused when anything of them was changed', async () => {
    const forged = [
      alter(t.admin, 1, (claims) => Object.assign(claims, { sub: 'other' })),
      alter(t.admin, 1, (claims) => Object.assign(claims, { exp: 9e9 })),
      alter(t.admin, 0, (header) => Object.assign(header, { alg: 'none' })),
      alter(t.admin, 0, (header) => Object.assign(header, { alg: 'HS256' })),
      alter(t.admin, 0, (header) => Object.assign(header, { kid: 'other' })),
      `${alter(t.admin, 0, (header) => Object.assign(header, { alg: 'none' }))
        .split('.')
        .slice(0, 2)
        .join('.')}.`,
    ];
    for (const token of forged) expect((await t.call('/v1/sites', { token })).status).toBe(401);
  });

  it('are refused from another key, issuer, audience or time, even when well signed', async () => {
    const stranger = await generateKeyPair('EdDSA', { extractable: true });
    const claims = { scope: 'admin', grants: ['*'], client_id: 'admin' };
    const jwt = (
      o: { iss?: string; aud?: string; exp?: number; nbf?: number; jti?: string; typ?: string } = {},
    ): SignJWT => {
      const now = Math.floor(Date.now() / 1000);
      const made = new SignJWT(claims)
        .setSubject('admin')
        .setIssuer(o.iss ?? 'urn:loadcycle:issuer')
        .setAudience(o.aud ?? 'loadcycle-api')
        .setIssuedAt(now)
        .setNotBefore(o.nbf ?? now)
        .setExpirationTime(o.exp ?? now + 60);
      if (o.jti !== '') made.setJti(o.jti ?? 'x');
      return made;
    };
    const keys = new SigningKeys(asRole(t.db, 'control'), 'EdDSA', null);
    const { kid, key } = await keys.signing();
    const header = (typ = 'at+jwt'): { alg: string; kid: string; typ: string } => ({
      alg: 'EdDSA',
      kid,
      typ,
    });
    const now = Math.floor(Date.now() / 1000);
    const good = await jwt().setProtectedHeader(header()).sign(key);
    expect((await t.call('/v1/sites', { token: good })).status).toBe(200);
    const bad = [
      await jwt().setProtectedHeader(header()).sign(stranger.privateKey),
      await jwt({ iss: 'urn:other' }).setProtectedHeader(header()).sign(key),
      await jwt({ aud: 'other' }).setProtectedHeader(header()).sign(key),
      await jwt({ exp: now - 60 })
        .setProtectedHeader(header())
        .sign(key),
      await jwt({ nbf: now + 60 })
        .setProtectedHeader(header())
        .sign(key),
      await jwt({ jti: '' }).setProtectedHeader(header()).sign(key),
      await jwt().setProtectedHeader(header('JWT')).sign(key),
      // a key that the token brings along counts for nothing
      await jwt()
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', jwk: await exportJWK(stranger.publicKey) })
        .sign(stranger.privateKey),
    ];
    for (const token of bad) expect((await t.call('/v1/sites', { token })).status).toBe(401);
  });

  it('can be taken back, by their own client and by nobody else', async () => {
    const { clientId: client_id, clientSecret: client_secret } = await adminClient();
    const mine = await getToken(t.url, client_id, client_secret);
    const revoke = (form: Record<string, string>): Promise<Response> =>
      fetch(`${t.url}/oauth/revoke`, { method: 'POST', body: new URLSearchParams(form) });
    expect((await revoke({ token: mine, client_id, client_secret: 'wrong' })).status).toBe(401);
    expect((await t.call('/v1/sites', { token: mine })).status).toBe(200);
    expect((await revoke({ token: 'nonsense', client_id, client_secret })).status).toBe(200);
    expect((await revoke({ token: mine, client_id, client_secret })).status).toBe(200);
    const after = await t.call('/v1/sites', { token: mine });
    expect(after.status).toBe(401);
    expect((await t.call('/v1/sites')).status).toBe(200);
  });
});

describe('signing keys', () => {
  it('rotate without an outage: published first, then signing, then still verifying', async () => {
    const set = async (): Promise<string[]> => {
      const { keys } = (await (await fetch(`${t.url}/.well-known/jwks.json`)).json()) as {
        keys: { kid: string; d?: string }[];
      };
      expect(keys.every((k) => k.d === undefined)).toBe(true);
      return keys.map((k) => k.kid);
    };
    const { clientId, clientSecret } = await adminClient();
    const fresh = (): Promise<string> => getToken(t.url, clientId, clientSecret);
    const old = await fresh();
    // as another instance of the API would do it
    const keys = new SigningKeys(asRole(t.db, 'control'), 'ES256', null);
    expect(await keys.rotate(0)).toBe('published');
    expect(decodeProtectedHeader(await fresh()).kid).toBe(decodeProtectedHeader(old).kid);
    expect(await keys.rotate(3600)).toBe('published');
    expect(await keys.rotate(0)).toBe('switched');
    const { kid, key } = await keys.signing();
    const now = Math.floor(Date.now() / 1000);
    const young = await new SignJWT({ scope: 'admin', grants: ['*'] })
      .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
      .setSubject('admin')
      .setIssuer('urn:loadcycle:issuer')
      .setAudience('loadcycle-api')
      .setIssuedAt(now)
      .setNotBefore(now)
      .setJti('young')
      .setExpirationTime(now + 60)
      .sign(key);
    // this instance has not heard of the key: it asks the store, at most once a second
    await until(async () => (await t.call('/v1/sites', { token: young })).status === 200);
    expect((await t.call('/v1/sites', { token: old })).status).toBe(200);
    expect(await set()).toEqual(expect.arrayContaining([kid, decodeProtectedHeader(old).kid!]));
    await keys.prune(0);
    expect((await t.db.query(`SELECT kid FROM signing_key WHERE state = 'retired'`)).length).toBe(1);
  });

  it('are sealed where the deployment has a key secret', async () => {
    const { seal, unseal } = await import('@loadcycle/service/seal');
    const sealed = seal('{"d":"private"}', 'correct horse');
    expect(sealed).not.toContain('private');
    expect(unseal(sealed, 'correct horse')).toBe('{"d":"private"}');
    expect(() => unseal(sealed, 'wrong')).toThrow(/key secret/);
    expect(() => unseal(sealed, null)).toThrow(/key secret/);
  });
});
