import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureAdminClient } from '@loadcycle/cloud-api/auth/admin-client';
import { authenticateClient } from '@loadcycle/cloud-api/auth/clients';
import { SigningKeys } from '@loadcycle/cloud-api/auth/keys';
import { issueSignInCode, redeemSignInCode } from '@loadcycle/cloud-api/auth/sign-in-codes';
import { decodeJwt, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRole, getToken, jsonOf, openTestApi, post, type TestApi, until } from './api-support.ts';

let t: TestApi;
let other: string;
beforeAll(async () => {
  t = await openTestApi();
  // a second administrator, who may do what nobody may to himself
  other = await t.token(['admin'], ['*']);
});
afterAll(() => t.close());

const control = () => asRole(t.db, 'control');
/** What each start of the API does. */
const restart = (restore = false) => ensureAdminClient({ control: control(), folder: t.folder, restore });
const asOther = (path: string, request: RequestInit = {}) => t.call(path, { ...request, token: other });
const secretOfFile = async (): Promise<string> =>
  JSON.parse(await readFile(join(t.folder, 'admin-client.json'), 'utf8')).clientSecret;
const tokenForm = (form: Record<string, string>) =>
  fetch(`${t.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) });

describe("the administrator's client", () => {
  it('stays disabled, removed, or with another secret, whatever is started again', async () => {
    const old = await secretOfFile();
    await asOther('/v1/clients/admin', post({ disabled: true }, 'PATCH'));
    await restart();
    expect(await authenticateClient(control(), 'admin', old)).toBeNull();
    expect(await jsonOf(asOther('/v1/clients/admin'))).toMatchObject({ disabled: true });

    await asOther('/v1/clients/admin', post({ disabled: false }, 'PATCH'));
    // two changes: the secret of the first start is then no longer one of the two that are good
    for (let i = 0; i < 2; i++) await asOther('/v1/clients/admin/secret', { method: 'POST' });
    await restart();
    expect(await authenticateClient(control(), 'admin', old)).toBeNull();

    expect((await asOther('/v1/clients/admin', { method: 'DELETE' })).status).toBe(204);
    await restart();
    expect((await asOther('/v1/clients/admin')).status).toBe(404);
    expect(await authenticateClient(control(), 'admin', old)).toBeNull();
    // nor when the last trace of it is gone, or the file
    await t.db.query(`DELETE FROM api_client WHERE id = 'admin'`);
    await restart();
    const elsewhere = await mkdtemp(join(tmpdir(), 'loadcycle-'));
    expect(await ensureAdminClient({ control: control(), folder: elsewhere })).toBeNull();
    await rm(elsewhere, { recursive: true });
    expect((await asOther('/v1/clients/admin')).status).toBe(404);
  });

  it('comes back where somebody says so, with the secret of the file', async () => {
    await restart(true);
    const token = await getToken(t.url, 'admin', await secretOfFile());
    expect((await t.call('/v1/sites', { token })).status).toBe(200);
  });

  it('is made once where two instances start at a time on a new store', async () => {
    const folders = await Promise.all([0, 1].map(() => mkdtemp(join(tmpdir(), 'loadcycle-'))));
    const saved = await t.db.query<{ kid: string }>('SELECT * FROM signing_key');
    await t.db.query('DELETE FROM api_seed');
    await t.db.query('DELETE FROM signing_key');
    const made = await Promise.all(
      folders.map((folder) => ensureAdminClient({ control: control(), folder })),
    );
    await t.db.query('INSERT INTO signing_key SELECT * FROM json_populate_recordset(NULL::signing_key, $1)', [
      JSON.stringify(saved),
    ]);
    const admin = made.filter((m) => m !== null);
    expect(admin).toHaveLength(1);
    expect(await authenticateClient(control(), 'admin', admin[0]!.clientSecret)).not.toBeNull();
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
  });
});

describe('a client that is not there any more', () => {
  it.each([
    ['marked as removed', `UPDATE api_client SET deleted_at = now(), disabled_at = NULL WHERE id = $1`],
    ['disabled', 'UPDATE api_client SET disabled_at = now() WHERE id = $1'],
    ['gone', 'DELETE FROM api_client WHERE id = $1'],
  ])(
    '%s: gets no token, and those that it has are refused within seconds',
    async (_what, sql) => {
      const made = await jsonOf(
        asOther(
          '/v1/clients',
          post({ id: `c${_what.length}`, name: 'c', scopes: ['samples:read'], grants: [] }),
        ),
      );
      const token = await getToken(t.url, made.id, made.secret);
      expect((await t.call('/v1/sites', { token })).status).toBe(200);
      // as another instance would have done it
      await t.db.query(sql, [made.id]);
      const form = { grant_type: 'client_credentials', client_id: made.id, client_secret: made.secret };
      expect((await tokenForm(form)).status).toBe(401);
      await until(async () => (await t.call('/v1/sites', { token })).status === 401);
    },
    30_000,
  );
});

describe('tokens', () => {
  it('are refused without a usable jti or iat, from the future, and older than tokens get, even when well signed', async () => {
    const { kid, key } = await new SigningKeys(control(), 'EdDSA', null).signing();
    const now = Math.floor(Date.now() / 1000);
    const good = {
      iss: 'urn:loadcycle:issuer',
      aud: 'loadcycle-api',
      sub: 'admin',
      scope: 'admin',
      grants: ['*'],
      iat: now,
      nbf: now,
      exp: now + 60,
      jti: 'x',
    };
    const status = async (change: object): Promise<number> => {
      const claims = JSON.parse(JSON.stringify({ ...good, ...change }));
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt' })
        .sign(key);
      return (await t.call('/v1/sites', { token })).status;
    };
    expect(await status({})).toBe(200);
    for (const change of [
      { iat: now + 3600 },
      { iat: now - 7200, nbf: now - 7200, exp: now + 7200 },
      { iat: '2026-01-01' },
      { iat: undefined },
      { jti: undefined },
      { jti: '' },
      { jti: 7 },
      { jti: 'a\nb' },
      { sub: 'nobody' },
    ]) {
      expect([change, await status(change)]).toEqual([change, 401]);
    }
  });
});

describe('a sign-in code', () => {
  const grant_type = 'urn:loadcycle:grant-type:sign-in-code';
  it('is good for one token, and nothing of it is kept', async () => {
    const code = (await issueSignInCode(control(), 'admin'))!;
    expect(code.length).toBeLessThan(30);
    expect(JSON.stringify(await t.db.query('SELECT * FROM sign_in_code'))).not.toContain(code);
    const first = await tokenForm({ grant_type, code });
    expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const { access_token } = await jsonOf(first);
    expect(decodeJwt(access_token)).toMatchObject({ sub: 'admin', scope: 'admin' });
    expect((await t.call('/v1/clients', { token: access_token })).status).toBe(200);
    const again = await tokenForm({ grant_type, code });
    expect([again.status, (await jsonOf(again)).error]).toEqual([400, 'invalid_grant']);
    for (const form of [{ grant_type }, { grant_type, code: 'x'.repeat(1000) }, { grant_type, code: '' }]) {
      expect((await tokenForm(form as Record<string, string>)).status).toBe(400);
    }
  });

  it('is worth nothing when it is old, or its client is disabled or gone', async () => {
    const old = (await issueSignInCode(control(), 'admin'))!;
    await t.db.query(`UPDATE sign_in_code SET expires_at = now() - interval '1 second'`);
    expect(await redeemSignInCode(control(), old)).toBeNull();
    const code = (await issueSignInCode(control(), 'admin'))!;
    await t.db.query(`UPDATE api_client SET disabled_at = now() WHERE id = 'admin'`);
    expect(await redeemSignInCode(control(), code)).toBeNull();
    expect(await issueSignInCode(control(), 'admin')).toBeNull();
    await t.db.query(`UPDATE api_client SET disabled_at = NULL WHERE id = 'admin'`);
    expect(await issueSignInCode(control(), 'nobody')).toBeNull();
  });
});

describe('the access log', () => {
  it('names the client of requests for tokens, of refused ones too, and nothing that is no client', async () => {
    await restart(true);
    const ask = (word: string, client_id: string, client_secret: string) =>
      fetch(`${t.url}/oauth/token`, {
        method: 'POST',
        headers: { 'x-request-id': word },
        body: new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret }),
      });
    const answer = await jsonOf(ask('good', 'admin', await secretOfFile()));
    await ask('wrong', 'admin', 'wrong');
    await ask('stranger', 'my-secret-by-mistake', 'wrong');
    const entryOf = async (word: string) => {
      const { entries } = await jsonOf(asOther('/v1/access-log?limit=1000&from=-1h'));
      return (entries as { requestId: string }[]).find((e) => e.requestId === word);
    };
    await until(() => entryOf('stranger'));
    expect(await entryOf('good')).toMatchObject({
      client: 'admin',
      token: decodeJwt(answer.access_token).jti,
      status: 200,
    });
    expect(await entryOf('wrong')).toMatchObject({
      client: 'admin',
      status: 401,
      code: 'oauth.invalid_client',
    });
    expect(await entryOf('stranger')).toMatchObject({ client: null, status: 401 });
  });
});

describe('the id of a client', () => {
  it.each(['.', '..', '.a', '', '/', 'a/b', 'a\nb', 'a\0b', '\u202ea', 'ä', 'x'.repeat(65)])(
    'is not %j: it could be made and neither read nor removed',
    async (id) => {
      const response = await asOther('/v1/clients', post({ id, name: 'x', scopes: ['admin'], grants: [] }));
      expect(response.status).toBe(422);
    },
  );

  it('is such that what is made can be read and removed; a name holds nothing that acts on a terminal', async () => {
    for (const id of ['a', '-', '_', 'a..', '9.b-c_d']) {
      const client = { id, name: 'µ 名', scopes: ['admin'], grants: [] };
      expect((await asOther('/v1/clients', post(client))).status).toBe(201);
      expect((await asOther(`/v1/clients/${encodeURIComponent(id)}`)).status).toBe(200);
      expect((await asOther(`/v1/clients/${encodeURIComponent(id)}`, { method: 'DELETE' })).status).toBe(204);
    }
    for (const name of ['\x1b[2J', 'a\nb', 'a\u202eb']) {
      const client = { id: 'named', name, scopes: ['admin'], grants: [] };
      expect((await asOther('/v1/clients', post(client))).status).toBe(422);
    }
  });
});
