import { OpenAPIHono } from '@hono/zod-openapi';
import { SCOPES } from '@loadcycle/cloud-api/auth/principal';
import { register } from '@loadcycle/cloud-api/http/register';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, seed, type TestApi } from './api-support.ts';

/** Every door of the document is tried: without a token, with every wrong scope, with grants for elsewhere. */
interface Operation {
  operationId: string;
  security: { bearer: string[] }[];
}
interface Door {
  method: string;
  path: string;
  url: string;
  scopes: string[] | null;
}

let t: TestApi;
let doors: Door[];
beforeAll(async () => {
  t = await openTestApi();
  await seed(t.db);
  const document = (await (await fetch(`${t.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>;
  };
  const values: Record<string, string> = {
    site: 'plant1',
    device: 'motor1',
    signal: 'motor-voltage',
    id: '00000000-0000-4000-8000-000000000000',
  };
  doors = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      url: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '1'),
      scopes: operation.security.length === 0 ? null : operation.security[0]!.bearer,
    })),
  );
});
afterAll(() => t.close());

const tryDoor = async (door: Door, token: string | null): Promise<number> => {
  const response = await t.call(door.url, {
    method: door.method,
    token,
    signal: AbortSignal.timeout(60_000),
  });
  await response.body?.cancel();
  return response.status;
};

describe('every route of the document', () => {
  it('that is under /v1 wants a token', async () => {
    const open = doors.filter((d) => d.scopes === null).map((d) => d.path);
    expect(open.filter((path) => path.startsWith('/v1'))).toEqual([]);
    const closed = doors.filter((d) => d.scopes !== null);
    expect(closed.length).toBeGreaterThan(10);
    for (const door of closed) {
      expect([door.path, await tryDoor(door, null)]).toEqual([door.path, 401]);
      expect([door.path, await tryDoor(door, 'abc')]).toEqual([door.path, 401]);
    }
  });

  it('is shut to tokens with every other scope', async () => {
    for (const door of doors) {
      if (door.scopes === null) continue;
      const others = SCOPES.filter((s) => s !== 'admin' && !door.scopes!.includes(s));
      const token = await t.token(others, ['*']);
      expect([door.method, door.path, await tryDoor(door, token)]).toEqual([door.method, door.path, 403]);
    }
  });

  it('that names a site is shut to tokens for another site, even an administrator of it', async () => {
    const elsewhere = await t.token(['admin'], ['plant2', 'plant1x', 'plant1/motor2x']);
    const named = doors.filter((d) => d.path.includes('{site}') && d.scopes !== null);
    expect(named.length).toBeGreaterThan(4);
    for (const door of named) {
      const within = door.path === '/v1/sites/{site}/devices';
      const expected = within ? 200 : 403;
      // a grant for a device of the site opens its list of devices, which then shows that device only
      expect([door.path, await tryDoor(door, elsewhere)]).toEqual([door.path, expected]);
      const nowhere = await t.token(['admin'], ['plant2']);
      expect([door.path, await tryDoor(door, nowhere)]).toEqual([door.path, 403]);
    }
  });

  it('shows nothing of other sites in what it lists', async () => {
    const token = await t.token(['admin'], ['plant2']);
    const lists = doors.filter((d) => d.method === 'GET' && d.scopes !== null && !d.path.includes('{'));
    expect(lists.length).toBeGreaterThan(1);
    for (const door of lists) {
      const response = await t.call(door.url, { token, signal: AbortSignal.timeout(60_000) });
      if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
        await response.body?.cancel();
        continue;
      }
      expect([door.path, await response.text()]).not.toEqual([door.path, expect.stringContaining('plant1')]);
    }
  });
});

describe('an endpoint that does not say who may call it', () => {
  it('is refused when the server starts', () => {
    const bare = {
      method: 'get',
      path: '/v1/secret',
      tag: 'x',
      id: 'x',
      summary: 'x',
      responses: {},
      handle: () => new Response('x'),
    };
    const app = new OpenAPIHono();
    const guards = {} as never;
    expect(() => register(app as never, guards, [bare as never])).toThrow(/does not say who may call it/);
    const scopeless = { ...bare, access: { scopes: [], on: 'path' } };
    expect(() => register(app as never, guards, [scopeless as never])).toThrow(/does not say/);
    const nowhere = { ...bare, access: { scopes: ['admin'] } };
    expect(() => register(app as never, guards, [nowhere as never])).toThrow(/does not say/);
    const siteless = { ...bare, access: { scopes: ['admin'], on: 'path' } };
    expect(() => register(app as never, guards, [siteless as never])).toThrow(/no site in its path/);
  });
});
