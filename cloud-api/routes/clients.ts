import { z } from '@hono/zod-openapi';
import type { Database } from '@loadcycle/database/port';
import {
  type ApiClient,
  changeClient,
  createClient,
  deleteClient,
  findClient,
  listClients,
  revokeClientTokens,
  rotateSecret,
} from '../auth/clients.ts';
import type { SigningKeys } from '../auth/keys.ts';
import { GrantSchema, SCOPES, ScopeSchema } from '../auth/principal.ts';
import type { Revocations } from '../auth/revocations.ts';
import { jsonAnswer } from '../http/document.ts';
import { type Access, type Endpoint, endpoint } from '../http/endpoint.ts';
import { notFound, Refusal } from '../http/refusal.ts';
import { json, noContent } from '../http/respond.ts';
import { iso, isoOrNull, TimeSchema } from './schemas.ts';

const ADMIN: Access = { scopes: ['admin'], on: 'everything' };
/** What holds a secret is kept nowhere on its way, not even for its Idempotency-Key. */
const SECRET = { 'cache-control': 'no-store' };

const ClientId = z.string().regex(/^[a-zA-Z0-9_.-]{1,64}$/, 'letters, digits, _ . -, 1 to 64 characters');
/** `.` and `..` are no names in a URL: a client of that id could be neither read nor removed. */
const NewClientId = ClientId.regex(/^[a-zA-Z0-9_-]/, 'begins with a letter, a digit, _ or -');
const ClientParams = z.object({
  client: ClientId.openapi({ param: { name: 'client', in: 'path' }, example: 'dashboard' }),
});

const fields = {
  name: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'printable'),
  scopes: z.array(ScopeSchema).min(1).max(SCOPES.length),
  grants: z.array(GrantSchema).max(10_000),
};

const ClientSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    grants: z.array(z.string()),
    secrets: z.int().openapi({ description: 'Secrets that are valid now: two after a change' }),
    disabled: z.boolean(),
    createdAt: TimeSchema,
    disabledAt: TimeSchema.nullable(),
  })
  .openapi('Client');

const SecretSchema = z
  .object({ id: z.string(), secret: z.string().openapi({ description: 'Shown this once' }) })
  .openapi('ClientSecret');

const answerOf = (k: ApiClient): z.infer<typeof ClientSchema> => ({
  id: k.id,
  name: k.name,
  scopes: [...k.scopes],
  grants: [...k.grants],
  secrets: k.secretCount,
  disabled: k.disabledAtUs !== null,
  createdAt: iso(k.createdAtUs),
  disabledAt: isoOrNull(k.disabledAtUs),
});

export interface ClientServices {
  readonly control: Database;
  readonly keys: SigningKeys;
  readonly revocations: Revocations;
}

export function clientRoutes({ control, keys, revocations }: ClientServices): Endpoint[] {
  const known = async (id: string): Promise<ApiClient> => {
    const client = await findClient(control, id);
    if (client === null) throw notFound(`client ${id}`);
    return client;
  };
  const common = { access: ADMIN, tag: 'Access' };
  return [
    endpoint({
      ...common,
      method: 'get',
      path: '/v1/clients',
      id: 'listClients',
      summary: 'Clients of the API',
      responses: { 200: jsonAnswer('Clients', z.object({ clients: z.array(ClientSchema) })) },
      handle: async ({ c }) => json(c, { clients: (await listClients(control)).map(answerOf) }),
    }),
    endpoint({
      ...common,
      method: 'post',
      path: '/v1/clients',
      id: 'createClient',
      summary: 'Makes a client and its secret',
      body: { schema: z.strictObject({ id: NewClientId, ...fields }), types: ['application/json'] },
      responses: {
        201: jsonAnswer(
          'The client and its secret',
          ClientSchema.extend({ secret: z.string() }).openapi('NewClient'),
        ),
      },
      handle: async ({ c, body }) => {
        const secret = await createClient(control, body);
        if (secret === null) throw new Refusal('request.conflict', `there is a client ${body.id} already`);
        const headers = { location: `/v1/clients/${body.id}`, ...SECRET };
        return json(c, { ...answerOf(await known(body.id)), secret }, 201, headers);
      },
    }),
    endpoint({
      ...common,
      method: 'get',
      path: '/v1/clients/{client}',
      id: 'getClient',
      summary: 'One client',
      params: ClientParams,
      responses: { 200: jsonAnswer('The client', ClientSchema) },
      handle: async ({ c, params }) => json(c, answerOf(await known(params.client))),
    }),
    endpoint({
      ...common,
      method: 'patch',
      path: '/v1/clients/{client}',
      id: 'changeClient',
      summary: 'Changes what a client may do, or disables it; its tokens so far are no longer valid',
      params: ClientParams,
      body: {
        schema: z.strictObject({ ...fields, disabled: z.boolean() }).partial(),
        types: ['application/json'],
      },
      responses: { 200: jsonAnswer('The client', ClientSchema) },
      handle: async ({ c, params, body, principal }) => {
        const locksOut =
          body.disabled === true ||
          body.scopes?.includes('admin') === false ||
          body.grants?.includes('*') === false;
        if (params.client === principal.clientId && locksOut) {
          throw new Refusal('request.conflict', 'a client can not lock itself out');
        }
        if (!(await changeClient(control, params.client, body))) throw notFound(`client ${params.client}`);
        revocations.forget();
        return json(c, answerOf(await known(params.client)));
      },
    }),
    endpoint({
      ...common,
      method: 'delete',
      path: '/v1/clients/{client}',
      id: 'deleteClient',
      summary: 'Removes a client; its tokens are no longer valid',
      params: ClientParams,
      responses: { 204: { description: 'Removed' } },
      handle: async ({ params, principal }) => {
        if (params.client === principal.clientId) {
          throw new Refusal('request.conflict', 'a client can not remove itself');
        }
        if (!(await deleteClient(control, params.client))) throw notFound(`client ${params.client}`);
        revocations.forget();
        return noContent();
      },
    }),
    endpoint({
      ...common,
      method: 'post',
      path: '/v1/clients/{client}/secret',
      id: 'rotateClientSecret',
      summary: 'A new secret; the one before stays valid until the next change',
      params: ClientParams,
      responses: { 200: jsonAnswer('The new secret', SecretSchema) },
      handle: async ({ c, params }) => {
        const secret = await rotateSecret(control, params.client);
        if (secret === null) throw notFound(`client ${params.client}`);
        return json(c, { id: params.client, secret }, 200, SECRET);
      },
    }),
    endpoint({
      ...common,
      method: 'post',
      path: '/v1/clients/{client}/revoke',
      id: 'revokeClientTokens',
      summary: 'Takes all tokens of a client back; it can get new ones',
      params: ClientParams,
      responses: { 204: { description: 'No token that was issued until now is valid' } },
      handle: async ({ params }) => {
        if (!(await revokeClientTokens(control, params.client))) throw notFound(`client ${params.client}`);
        revocations.forget();
        return noContent();
      },
    }),
    endpoint({
      ...common,
      method: 'post',
      path: '/v1/keys/rotate',
      id: 'rotateKeys',
      summary: 'Changes the signing key without an outage',
      description:
        'The first call publishes the next key; a call at least two minutes later lets it sign, and the one before verifies until its last token has run out.',
      responses: {
        200: jsonAnswer('What was done', z.object({ outcome: z.enum(['published', 'switched']) })),
      },
      handle: async ({ c }) => json(c, { outcome: await keys.rotate(PUBLISHED_FOR_S) }),
    }),
  ];
}

/** Longer than any instance of the API, or a verifier that follows our cache headers, keeps a key set. */
const PUBLISHED_FOR_S = 120;
