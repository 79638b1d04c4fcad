import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from '@hono/zod-openapi';
import { includesAll } from '@loadcycle/contract/grants';
import type { Database } from '@loadcycle/database/port';
import {
  addDefinition,
  changeDefinition,
  findDefinition,
  listDefinitions,
  MAX_TARGETS,
  removeDefinition,
  type SecretSettings,
  secretOf,
  type TargetDefinition,
} from '@loadcycle/processors/notify/definitions';
import { forgetTest, requestTest, testAnswer } from '@loadcycle/processors/notify/test-requests';
import { seal, unseal } from '@loadcycle/service';
import { everywhere, type Principal } from '../auth/principal.ts';
import { jsonAnswer } from '../http/document.ts';
import { type Access, type Endpoint, endpoint } from '../http/endpoint.ts';
import { IdParams } from '../http/params.ts';
import { beyondGrants, notFound, Refusal } from '../http/refusal.ts';
import { json, noContent } from '../http/respond.ts';
import {
  answersOf,
  notifyIsThere,
  type Target,
  TargetSchema,
  TestSchema,
  targetsOfSettings,
} from './notify-target-answer.ts';
import { InputSchema, inputOf, secretsOf } from './notify-target-form.ts';

const LIST: Access = { scopes: ['notify:write'], on: 'allowed' };
const NAMED: Access = { scopes: ['notify:write'], on: 'named' };
const ANSWERED_WITHIN_MS = 25_000;
const LOOK_EVERY_MS = 100;

export interface NotifyTargetServices {
  readonly reader: Database;
  readonly control: Database;
  /** seals what targets keep secret; null: it stands in the store as it is */
  readonly notifyKeySecret: string | null;
}

export function notifyTargetRoutes({
  reader,
  control,
  notifyKeySecret: key,
}: NotifyTargetServices): Endpoint[] {
  const known = async (id: number, principal: Principal): Promise<TargetDefinition> => {
    const found = await findDefinition(reader, id);
    if (found === null || !includesAll(principal.grants, found.grants)) throw notFound(`target ${id}`);
    return found;
  };
  const within = (principal: Principal, grants: readonly string[]): void => {
    const beyond = grants.find((g) => !includesAll(principal.grants, [g]));
    if (beyond !== undefined) throw beyondGrants(beyond === '*' ? 'everything' : beyond);
  };
  const answer = async (id: number): Promise<Target> =>
    (await answersOf(reader, [(await findDefinition(reader, id))!]))[0]!;
  const sealed = (secret: SecretSettings): string | null =>
    Object.keys(secret).length === 0 ? null : seal(JSON.stringify(secret), key);
  const shared = { tag: 'Notify' };

  return [
    endpoint({
      ...shared,
      method: 'get',
      path: '/v1/notify/targets',
      access: LIST,
      id: 'listNotifyTargets',
      summary: 'Who is told of anomalies',
      description:
        "Those within the client's grants. The ones of the settings of notify are told of everything, and are read-only.",
      responses: { 200: jsonAnswer('Targets', z.object({ targets: z.array(TargetSchema) })) },
      handle: async ({ c, principal }) => {
        const all = await listDefinitions(reader);
        const mine = await answersOf(
          reader,
          all.filter((d) => includesAll(principal.grants, d.grants)),
        );
        const given = everywhere(principal.grants) ? await targetsOfSettings(reader) : [];
        return json(c, { targets: [...given, ...mine] });
      },
    }),
    endpoint({
      ...shared,
      method: 'post',
      path: '/v1/notify/targets',
      access: NAMED,
      id: 'createNotifyTarget',
      summary: 'Makes a target; it is told of what comes from now on',
      description:
        'notify takes it up within seconds. The client must be granted all that the target is told of.',
      body: { schema: InputSchema, types: ['application/json'] },
      responses: { 201: jsonAnswer('The target', TargetSchema) },
      handle: async ({ c, body, principal }) => {
        within(principal, body.grants);
        if (body.kind !== 'email' && body.url === undefined) throw missing('/url');
        const id = await addDefinition(
          control,
          { ...inputOf(body), secret: sealed(secretsOf(body, {})) },
          principal.clientId,
        );
        if (id === null) throw new Refusal('request.conflict', `there are ${MAX_TARGETS} targets already`);
        return json(c, await answer(id), 201, { location: `/v1/notify/targets/${id}` });
      },
    }),
    endpoint({
      ...shared,
      method: 'get',
      path: '/v1/notify/targets/{id}',
      access: LIST,
      id: 'getNotifyTarget',
      summary: 'One target',
      params: IdParams,
      responses: { 200: jsonAnswer('The target', TargetSchema) },
      handle: async ({ c, params, principal }) =>
        json(c, (await answersOf(reader, [await known(params.id, principal)]))[0]),
    }),
    endpoint({
      ...shared,
      method: 'put',
      path: '/v1/notify/targets/{id}',
      access: NAMED,
      id: 'changeNotifyTarget',
      summary: 'Changes a target; what is secret and absent stays as it is',
      description: 'It goes on where it was. Its kind stays.',
      params: IdParams,
      body: { schema: InputSchema, types: ['application/json'] },
      responses: { 200: jsonAnswer('The target', TargetSchema) },
      handle: async ({ c, params, body, principal }) => {
        const before = await known(params.id, principal);
        within(principal, body.grants);
        if (body.kind !== before.kind) {
          const detail = `its kind is ${before.kind}, and stays`;
          throw new Refusal('request.unprocessable', detail, { errors: [{ pointer: '/kind', detail }] });
        }
        const kept = await secretOf(control, params.id);
        const secret = secretsOf(
          body,
          kept === null ? {} : (JSON.parse(unseal(kept, key, "the targets' secrets")) as SecretSettings),
        );
        const changed = await changeDefinition(
          control,
          params.id,
          before.version,
          { ...inputOf(body, secret), secret: sealed(secret) },
          principal.clientId,
        );
        if (!changed) throw new Refusal('request.conflict', 'it was changed in the meantime: read it again');
        return json(c, await answer(params.id));
      },
    }),
    endpoint({
      ...shared,
      method: 'delete',
      path: '/v1/notify/targets/{id}',
      access: LIST,
      id: 'removeNotifyTarget',
      summary: 'Removes a target; it is told no longer',
      params: IdParams,
      responses: { 204: { description: 'Removed' } },
      handle: async ({ params, principal }) => {
        await known(params.id, principal);
        if (!(await removeDefinition(control, params.id))) throw notFound(`target ${params.id}`);
        return noContent();
      },
    }),
    endpoint({
      ...shared,
      method: 'post',
      path: '/v1/notify/targets/{id}/test',
      access: LIST,
      id: 'testNotifyTarget',
      summary: 'Sends a target one test message, and answers what came of it',
      description:
        'notify sends it, once, from where it sends anomalies. Its signal is `test/test/test`. `notify.unavailable`: no process of notify has answered.',
      params: IdParams,
      responses: { 200: jsonAnswer('What came of it', TestSchema) },
      handle: async ({ c, params, principal }) => {
        await known(params.id, principal);
        if (!(await notifyIsThere(reader)))
          return json(c, nobody('no process of notify has been seen lately'));
        const id = randomUUID();
        await requestTest(control, id, params.id);
        try {
          for (const end = performance.now() + ANSWERED_WITHIN_MS; performance.now() < end; ) {
            await delay(LOOK_EVERY_MS);
            const found = await testAnswer(reader, id);
            if (found !== null) return json(c, found);
          }
        } finally {
          await forgetTest(control, id);
        }
        return json(c, nobody(`no answer from notify within ${ANSWERED_WITHIN_MS / 1000} s`));
      },
    }),
  ];
}

const missing = (pointer: string): Refusal =>
  new Refusal('request.unprocessable', `${pointer}: is needed`, {
    errors: [{ pointer, detail: 'is needed' }],
  });

/** `notify.unavailable` as what came of a test: the target itself has not been asked. */
const nobody = (detail: string) => ({ taken: false, code: 'notify.unavailable', detail });
