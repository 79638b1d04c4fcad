import { z } from '@hono/zod-openapi';
import type { Database } from '@loadcycle/database/port';
import { type ApiClient, authenticateClient, findClient } from '../auth/clients.ts';
import { type IssuerSettings, mintToken, revokeToken } from '../auth/issuer.ts';
import type { SigningKeys } from '../auth/keys.ts';
import { SCOPES, type Scope } from '../auth/principal.ts';
import type { Revocations } from '../auth/revocations.ts';
import { redeemSignInCode } from '../auth/sign-in-codes.ts';
import type { Verifier } from '../auth/verifier.ts';
import { jsonAnswer } from '../http/document.ts';
import { type AppContext, type Endpoint, endpoint } from '../http/endpoint.ts';
import { Refusal } from '../http/refusal.ts';

const FORM = 'application/x-www-form-urlencoded';

export const TokenSchema = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.int().openapi({ description: 'Seconds' }),
    scope: z.string(),
  })
  .openapi('Token');

const formSchema = z.string().transform((t) => new URLSearchParams(t));
const credentialsForm = {
  client_id: z.string().optional().openapi({ description: 'Or both in HTTP Basic' }),
  client_secret: z.string().optional(),
};

const OauthErrorSchema = z
  .object({
    error: z.enum([
      'invalid_request',
      'invalid_client',
      'invalid_grant',
      'unsupported_grant_type',
      'invalid_scope',
      'unsupported_token_type',
    ]),
    error_description: z.string().optional(),
  })
  .openapi('OAuthError', { description: 'RFC 6749, 5.2' });

type OauthError = z.infer<typeof OauthErrorSchema>['error'];

const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' };

function refuse(c: AppContext, error: OauthError, description: string): Response {
  const status = error === 'invalid_client' ? 401 : 400;
  const challenge: Record<string, string> =
    status === 401 ? { 'www-authenticate': 'Basic realm="loadcycle"' } : {};
  c.set('code', `oauth.${error}`);
  return c.json({ error, error_description: description }, status, { ...NO_STORE, ...challenge });
}

/** A request of OAuth that is refused as RFC 6749, 5.2 says. */
class OauthRefusal extends Error {
  readonly code: OauthError;
  constructor(code: OauthError, description: string) {
    super(description);
    this.code = code;
  }
}

const KNOWN = ['grant_type', 'scope', 'client_id', 'client_secret', 'code', 'token', 'token_type_hint'];

/** An extension grant (RFC 6749, 4.5): the code that a printed link carries. */
export const SIGN_IN_CODE_GRANT = 'urn:loadcycle:grant-type:sign-in-code';

/** Parameters by name: one without a value counts as absent, one that is there twice is refused (RFC 6749, 3.2). */
function parametersOf(form: URLSearchParams): Map<string, string> {
  const out = new Map<string, string>();
  for (const [name, value] of form) {
    if (value === '' || !KNOWN.includes(name)) continue;
    if (out.has(name)) throw new OauthRefusal('invalid_request', `${name} is given twice`);
    out.set(name, value);
  }
  return out;
}

interface Credentials {
  readonly id: string;
  readonly secret: string;
}

/** HTTP Basic with form-encoded parts (RFC 6749, 2.3.1); null for what can not be read. */
function basicOf(header: string): Credentials | null {
  const text = Buffer.from(/^basic +([a-z0-9+/=]+)$/i.exec(header)?.[1] ?? '', 'base64').toString('utf8');
  const at = text.indexOf(':');
  if (at < 0) return null;
  try {
    const part = (s: string): string => decodeURIComponent(s.replaceAll('+', ' '));
    return { id: part(text.slice(0, at)), secret: part(text.slice(at + 1)) };
  } catch {
    return null;
  }
}

/** Credentials of a request: HTTP Basic or the form itself, never both. */
function credentials(c: AppContext, form: Map<string, string>): Credentials | null {
  const header = c.req.header('authorization') ?? '';
  const id = form.get('client_id');
  const secret = form.get('client_secret');
  if (!/^basic\b/i.test(header)) return id === undefined || secret === undefined ? null : { id, secret };
  const basic = basicOf(header);
  if (secret !== undefined || (id !== undefined && basic !== null && id !== basic.id)) {
    throw new OauthRefusal('invalid_request', 'a client signs in in one way: by HTTP Basic or in the form');
  }
  return basic;
}

export interface OauthServices {
  readonly control: Database;
  readonly keys: SigningKeys;
  readonly issuer: IssuerSettings;
  readonly revocations: Revocations;
  readonly verifier: Verifier;
}

export function oauthRoutes(s: OauthServices): Endpoint[] {
  const client = async (c: AppContext, form: Map<string, string>): Promise<ApiClient> => {
    const given = credentials(c, form);
    const readable = given !== null && !given.id.includes('\0') && given.secret.length <= 512;
    const known = readable ? await authenticateClient(s.control, given.id, given.secret) : null;
    // who tries a client's secrets is in the access log under its id, but nothing that is no client's id is
    const named = known ?? (readable ? await findClient(s.control, given.id) : null);
    if (named !== null) c.set('asker', { clientId: named.id, tokenId: null });
    if (known === null) throw new OauthRefusal('invalid_client', 'unknown client or wrong secret');
    return known;
  };
  const clientOfCode = async (c: AppContext, form: Map<string, string>): Promise<ApiClient> => {
    const code = form.get('code');
    if (code === undefined) throw new OauthRefusal('invalid_request', 'code is missing');
    const known = await redeemSignInCode(s.control, code);
    if (known === null) throw new OauthRefusal('invalid_grant', 'the code was used, is too old, or none');
    c.set('asker', { clientId: known.id, tokenId: null });
    return known;
  };
  const handled =
    (handle: (c: AppContext, form: Map<string, string>) => Promise<Response>) =>
    async ({ c, body }: { c: AppContext; body: URLSearchParams }): Promise<Response> => {
      try {
        return await handle(c, parametersOf(body));
      } catch (error) {
        if (error instanceof OauthRefusal) return refuse(c, error.code, error.message);
        throw error;
      }
    };
  const malformed = (c: AppContext, detail: string): Response =>
    // what RFC 6749 allows in error_description
    refuse(c, 'invalid_request', detail.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "'"));
  const token = endpoint({
    method: 'post',
    path: '/oauth/token',
    access: 'public',
    tag: 'Access',
    id: 'issueToken',
    summary: 'Token for a client (OAuth 2.0 client credentials)',
    description: `Or for the one-time \`code\` of a link that signs the page in (grant type \`${SIGN_IN_CODE_GRANT}\`).`,
    body: {
      schema: formSchema,
      documented: z.object({
        grant_type: z.enum(['client_credentials', SIGN_IN_CODE_GRANT]),
        ...credentialsForm,
        code: z.string().optional(),
        scope: z.string().optional(),
      }),
      types: [FORM],
      limitBytes: 8192,
    },
    responses: {
      200: jsonAnswer('A short-lived bearer token', TokenSchema),
      400: jsonAnswer('RFC 6749 error', OauthErrorSchema),
      401: jsonAnswer('Unknown client or wrong secret', OauthErrorSchema),
    },
    malformed,
    handle: handled(async (c, form) => {
      const grant = form.get('grant_type');
      if (grant === undefined) throw new OauthRefusal('invalid_request', 'grant_type is missing');
      if (grant !== 'client_credentials' && grant !== SIGN_IN_CODE_GRANT)
        throw new OauthRefusal('unsupported_grant_type', 'client_credentials only');
      const who = await (grant === SIGN_IN_CODE_GRANT ? clientOfCode(c, form) : client(c, form));
      const wanted = form.get('scope')?.split(' ').filter(Boolean) ?? who.scopes;
      const mayHave = (scope: string): boolean =>
        SCOPES.includes(scope as Scope) &&
        (who.scopes.includes('admin') || who.scopes.includes(scope as Scope));
      if (!wanted.every(mayHave))
        throw new OauthRefusal('invalid_scope', 'a scope that this client does not have');
      const scopes = wanted as Scope[];
      const { token, id } = await mintToken(s.keys, s.issuer, who, scopes);
      c.set('asker', { clientId: who.id, tokenId: id });
      return c.json(
        {
          access_token: token,
          token_type: 'Bearer',
          expires_in: s.issuer.tokenLifeS,
          scope: scopes.join(' '),
        },
        200,
        NO_STORE,
      );
    }),
  });
  const revoke = endpoint({
    method: 'post',
    path: '/oauth/revoke',
    access: 'public',
    tag: 'Access',
    id: 'revokeToken',
    summary: 'Takes a token of the client back (RFC 7009)',
    body: {
      schema: formSchema,
      documented: z.object({ token: z.string(), token_type_hint: z.string().optional(), ...credentialsForm }),
      types: [FORM],
      limitBytes: 16_384,
    },
    responses: {
      200: { description: 'The token is not, or no longer, valid' },
      400: jsonAnswer('RFC 6749 error', OauthErrorSchema),
      401: jsonAnswer('Unknown client or wrong secret', OauthErrorSchema),
    },
    malformed,
    handle: handled(async (c, form) => {
      const who = await client(c, form);
      const text = form.get('token');
      if (text === undefined) throw new OauthRefusal('invalid_request', 'token is missing');
      const done = (): Response => c.body(null, 200, NO_STORE);
      const principal = await s.verifier.verify(text).catch((error) => {
        if (error instanceof Refusal && error.code === 'request.unauthorized') return null;
        throw error;
      });
      // RFC 7009: an invalid token is no error, and a client learns nothing of another one's
      if (principal === null) return done();
      const own = principal.clientId === who.id || who.scopes.includes('admin');
      if (own) {
        await revokeToken(s.control, principal.tokenId, principal.clientId, principal.expiresAt);
        s.revocations.forget();
      }
      return done();
    }),
  });
  const jwks = endpoint({
    method: 'get',
    path: '/.well-known/jwks.json',
    access: 'public',
    tag: 'Access',
    id: 'keySet',
    summary: 'Public keys that tokens are signed with (RFC 7517)',
    responses: {
      200: jsonAnswer(
        'The key set',
        z.object({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.string(), alg: z.string() })) }),
      ),
    },
    handle: async ({ c }) =>
      c.json({ keys: await s.keys.publicKeys() }, 200, { 'cache-control': 'public, max-age=60' }),
  });
  return [token, revoke, jwks];
}
