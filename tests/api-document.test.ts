import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  jsonOf,
  openBroker,
  openTestApi,
  seed,
  seedTrouble,
  type TestApi,
  type TestBroker,
} from './api-support.ts';

/** The document against outside tools, and the server against the document. */
interface Media {
  schema: Record<string, unknown>;
}
interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Record<string, unknown>;
}
interface Operation {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Record<string, unknown>> };
}

let t: TestApi;
let broker: TestBroker;
let document: Document;
beforeAll(async () => {
  broker = await openBroker();
  t = await openTestApi({ mqtt: { url: broker.url } });
  await seed(t.db);
  await seedTrouble(t.db);
  document = await jsonOf(fetch(`${t.url}/openapi.json`));
});
afterAll(async () => {
  await t.close();
  await broker.close();
});

describe('the OpenAPI document', () => {
  it('passes an outside linter', async () => {
    const file = join(t.folder, 'openapi.json');
    await writeFile(file, JSON.stringify(document));
    const config = join(t.folder, 'redocly.yaml');
    await writeFile(
      config,
      'extends: [recommended-strict]\nrules:\n  no-server-example.com: off\n  operation-4xx-response: error\n',
    );
    const require = createRequire(import.meta.url);
    const cli = join(dirname(require.resolve('@redocly/cli/package.json')), 'bin', 'cli.js');
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    const child = spawn(process.execPath, [cli, 'lint', file, '--config', config, '--format', 'codeframe'], {
      env,
    });
    let output = '';
    child.stdout.on('data', (d) => (output += d));
    child.stderr.on('data', (d) => (output += d));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(output.slice(0, 4000)).toContain('Your API description is valid');
    expect(code).toBe(0);
  });

  it('names each operation once, with an answer of its own and its refusals', () => {
    const ids = new Set<string>();
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const operation of Object.values(methods)) {
        expect(ids.has(operation.operationId), operation.operationId).toBe(false);
        ids.add(operation.operationId);
        const codes = Object.keys(operation.responses);
        expect(
          codes.some((c) => c.startsWith('2')),
          path,
        ).toBe(true);
        expect(codes).toEqual(expect.arrayContaining(['400', '406', '429', '503']));
        if (path.startsWith('/v1')) expect(codes).toEqual(expect.arrayContaining(['401', '403']));
      }
    }
    expect(ids.size).toBeGreaterThan(40);
  });
});

const resolve = (schema: Record<string, unknown>): Record<string, unknown> => {
  const ref = schema['$ref'];
  return typeof ref === 'string' ? resolve(document.components.schemas[ref.split('/').at(-1)!]!) : schema;
};

/** JSON Schema with the document's components within reach → a validator. */
const validators = new Map<string, z.ZodType>();
function fits(key: string, schema: Record<string, unknown>, value: unknown): string | null {
  let validator = validators.get(key);
  if (validator === undefined) {
    const text = JSON.stringify({ ...schema, $defs: document.components.schemas }).replaceAll(
      '#/components/schemas/',
      '#/$defs/',
    );
    validator = z.fromJSONSchema(JSON.parse(text)) as z.ZodType;
    validators.set(key, validator);
  }
  const result = validator.safeParse(value);
  return result.success ? null : JSON.stringify(result.error.issues.slice(0, 3));
}

const NAMES: Record<string, string[]> = {
  site: ['plant1', 'plant1', 'plant1', 'plant2', 'nowhere'],
  device: ['motor1', 'motor1', 'motor1', 'pump1', 'nothing'],
  signal: ['motor-voltage', 'motor-voltage', 'current', 'nothing'],
  id: ['1', '2', '00000000-0000-4000-8000-000000000000'],
  client: ['admin', 'nobody', 'x1'],
  code: ['request.invalid', 'nothing'],
};
const MOMENTS = [
  'now',
  '-15m',
  '-1h30m',
  '2026-11-24T10:00:00.000007Z',
  '2026-11-24T11:00:00+01:00',
  '2026-11-24',
  'never',
  '-1y',
  '+5m',
];
const SPECIAL: Record<string, string[]> = {
  from: MOMENTS,
  to: MOMENTS,
  before: MOMENTS,
  tz: ['Europe/Berlin', 'UTC', 'Asia/Kathmandu', 'Nowhere/City'],
  bucket: ['1m', '5m', '1h', '1d', '90s', '10ms', '1s', 'x'],
  signal: ['plant1/motor1/motor-voltage', 'plant2/pump1/current', 'plant1/motor2/current', 'a/b'],
  where: ['riseTimeS>=0.01', 'periodS=1', 'x>1', 'mean'],
  cursor: ['MSAxNzk1NTE0NDAwMDAwMDA3IDE', 'x', '%00'],
  quality: ['good', 'bad', 'uncertain', 'ugly'],
  lastEventId: ['s0.0', 'x'],
};

const odd = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', '0', '-1', '1e309', 'null', '../..', "';--", '\u0000', '💥'),
);

function valuesOf(schema: Record<string, unknown>, name: string): fc.Arbitrary<string> {
  const s = resolve(schema);
  const item = s['type'] === 'array' ? resolve(s['items'] as Record<string, unknown>) : s;
  const known = [...(SPECIAL[name] ?? []), ...((item['enum'] as string[] | undefined) ?? [])];
  const numbers = item['type'] === 'integer' || item['type'] === 'number';
  const good =
    known.length > 0
      ? fc.constantFrom(...known)
      : numbers
        ? fc.integer({ min: -2, max: 2000 }).map(String)
        : odd;
  return fc.oneof({ weight: 15, arbitrary: good }, { weight: 1, arbitrary: odd });
}

/** Values that are mostly what a JSON Schema says, and sometimes anything. */
function bodyOf(schema: Record<string, unknown>, depth = 0): fc.Arbitrary<unknown> {
  const s = resolve(schema);
  const anything = fc.jsonValue({ maxDepth: 2 });
  const good = ((): fc.Arbitrary<unknown> => {
    if (s['enum'] !== undefined) return fc.constantFrom(...(s['enum'] as unknown[]));
    if (s['const'] !== undefined) return fc.constant(s['const']);
    const union = (s['anyOf'] ?? s['oneOf']) as Record<string, unknown>[] | undefined;
    if (union !== undefined) return fc.oneof(...union.map((u) => bodyOf(u, depth + 1)));
    const types = Array.isArray(s['type']) ? (s['type'] as string[]) : [s['type'] as string];
    return fc.oneof(...types.map((type) => ofType(type, s, depth)));
  })();
  return fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: anything });
}

function ofType(type: string | undefined, s: Record<string, unknown>, depth: number): fc.Arbitrary<unknown> {
  switch (type) {
    case 'object': {
      const properties = (s['properties'] ?? {}) as Record<string, Record<string, unknown>>;
      const required = new Set((s['required'] as string[] | undefined) ?? []);
      const model = Object.fromEntries(
        Object.entries(properties).map(([name, p]) => [name, bodyOf(p, depth + 1)]),
      );
      return fc.record(model, { requiredKeys: [...required].filter((k) => k in model) });
    }
    case 'array':
      return fc.array(bodyOf((s['items'] ?? {}) as Record<string, unknown>, depth + 1), {
        maxLength: depth > 2 ? 2 : 5,
      });
    case 'integer':
      return fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.maxSafeInteger());
    case 'number':
      return fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      return fc.oneof(
        fc.constantFrom(
          ...MOMENTS,
          'plant1/motor1',
          'plant1/motor1/motor-voltage',
          'plant1',
          'V',
          'riseTimeS',
        ),
        odd,
      );
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

interface Try {
  id: string;
  method: string;
  path: string;
  operation: Operation;
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
}

function tryOf(path: string, method: string, operation: Operation): fc.Arbitrary<Try> {
  const parameters = operation.parameters ?? [];
  const inPath = parameters.filter((p) => p.in === 'path');
  const inQuery = parameters.filter((p) => p.in === 'query' && p.name !== 'ticket');
  const content = Object.entries(operation.requestBody?.content ?? {});
  const pathValues = fc.record(
    Object.fromEntries(
      inPath.map((p) => [
        p.name,
        fc.oneof(
          { weight: 9, arbitrary: fc.constantFrom(...(NAMES[p.name] ?? ['1'])) },
          { weight: 1, arbitrary: odd.filter((s) => s !== '' && !/^\.+$/.test(s)) },
        ),
      ]),
    ),
  );
  // most parameters are left out most of the time: with all of them nearly every request would be refused
  const query = fc.record(
    Object.fromEntries(
      inQuery.map((p) => {
        const one = valuesOf(p.schema, p.name);
        const many = p.schema['type'] === 'array';
        const values = many ? fc.array(one, { minLength: 1, maxLength: 3 }) : one.map((v) => [v]);
        return [
          p.name,
          p.required === true
            ? values
            : fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: values }),
        ];
      }),
    ),
  );
  const produced = Object.keys(operation.responses['200']?.content ?? {});
  const accept = fc.option(fc.constantFrom(...produced, '*/*', 'text/html'), { nil: undefined });
  const body =
    content.length === 0
      ? fc.constant(undefined)
      : fc.oneof(
          ...content.map(([type, media]) =>
            fc.tuple(
              fc.constant(type),
              type.includes('json')
                ? bodyOf(media.schema).map((v) => JSON.stringify(v))
                : type.includes('form')
                  ? fc
                      .record(
                        { grant_type: odd, token: odd, client_id: odd, client_secret: odd },
                        { requiredKeys: [] },
                      )
                      .map((f) => new URLSearchParams(f as Record<string, string>).toString())
                  : odd,
            ),
          ),
          fc.tuple(fc.constantFrom('application/json', 'text/plain', ''), odd),
        );
  return fc.tuple(pathValues, query, accept, body).map(([values, q, wanted, sent]) => {
    const search = new URLSearchParams();
    for (const [name, many] of Object.entries(q)) for (const v of many as string[]) search.append(name, v);
    const headers: Record<string, string> = {};
    if (wanted !== undefined) headers['accept'] = wanted;
    if (sent !== undefined && sent[0] !== '') headers['content-type'] = sent[0]!;
    const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(wellFormed((values as Record<string, string>)[name]!)),
    );
    const tail = search.size === 0 ? '' : `?${search}`;
    return {
      id: operation.operationId,
      method,
      path,
      operation,
      url: `${url}${tail}`,
      headers,
      body: sent === undefined ? undefined : (sent[1] as string),
    };
  });
}

const wellFormed = (s: string): string => (s as string & { toWellFormed(): string }).toWellFormed();

describe('random requests made from the document, valid and invalid', () => {
  it('get no 5xx, and no answer outside of its schema', async () => {
    const closed = new Set(['revokeClientTokens', 'deleteClient', 'changeClient', 'rotateClientSecret']);
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        operation,
      })),
    );
    const tries = fc.oneof(
      ...operations.map((o) => ({
        // what has many parameters is tried more often
        weight: 1 + Math.floor((o.operation.parameters?.length ?? 0) / 3),
        arbitrary: tryOf(o.path, o.method, o.operation),
      })),
    );
    const answered = new Map<string, Set<number>>();
    const run = (arbitrary: typeof tries, numRuns: number): Promise<void> =>
      fc.assert(
        fc.asyncProperty(arbitrary, async (x) => {
          // the administrator's own client must live on
          if (closed.has(x.id) && x.url.includes('/admin')) return;
          const request: RequestInit = {
            method: x.method,
            headers: x.headers,
            signal: AbortSignal.timeout(30_000),
          };
          if (x.body !== undefined) request.body = x.body;
          const response = await t.call(x.url, request);
          const type = response.headers.get('content-type')?.split(';')[0] ?? '';
          const statuses = answered.get(x.id) ?? new Set();
          answered.set(x.id, statuses.add(response.status));
          if (type === 'text/event-stream') {
            await response.body?.cancel();
            return;
          }
          const text = await response.text();
          const told = `${x.method} ${x.url} ${x.body?.slice(0, 200) ?? ''} → ${response.status} ${text.slice(0, 300)}`;
          expect(response.status < 500 || (x.path === '/readyz' && response.status === 503), told).toBe(true);
          const declared = x.operation.responses[String(response.status)];
          expect(declared, told).toBeDefined();
          if (response.status === 204 || response.status === 304 || text === '') return;
          const media = declared!.content?.[type];
          expect(media, `${type}: ${told}`).toBeDefined();
          if (!type.includes('json') || type.includes('ndjson')) return;
          const key = `${x.id} ${response.status} ${type}`;
          expect(fits(key, media!.schema, JSON.parse(text)), told).toBeNull();
        }),
        { numRuns, endOnFailure: true },
      );
    await run(tries, 1000);
    // the requests were not all refused at the door; chance may want some more of them
    const happy = (): string[] =>
      [...answered].filter(([, statuses]) => [...statuses].some((s) => s < 300)).map(([id]) => id);
    for (let more = 0; more < 20 && happy().length <= operations.length / 2; more++) await run(tries, 100);
    expect(happy().length).toBeGreaterThan(operations.length / 2);
    for (const id of ['getSamples', 'getCycles', 'getCycleMetrics', 'listAnomalies', 'getPipeline']) {
      const { path, method, operation } = operations.find((o) => o.operation.operationId === id)!;
      const own = tryOf(path, method, operation);
      for (let more = 0; more < 20 && !happy().includes(id); more++) await run(own, 25);
      expect(happy()).toContain(id);
    }
  });
});
