import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openBroker,
  openTestApi,
  post,
  seed,
  seedTrouble,
  type TestApi,
  type TestBroker,
} from './api-support.ts';

/**
 * A fuzzer that knows nothing of this project reads the OpenAPI document and holds the running server to it: every
 * operation, changing ones too, with each parameter and each field at its bounds, missing, doubled and of a wrong kind.
 */
const PROGRAM = process.env['LOADCYCLE_SCHEMATHESIS'] ?? 'schemathesis';
const FOLDER = fileURLToPath(new URL('./outside-fuzzer/', import.meta.url));
const isThere =
  spawnSync(PROGRAM, ['--version'], { encoding: 'utf8' }).stdout?.includes('schemathesis') ?? false;

let t: TestApi;
let broker: TestBroker;
beforeAll(async () => {
  if (!isThere) return;
  broker = await openBroker();
  t = await openTestApi({ mqtt: { url: broker.url } });
  await seed(t.db);
  await seedTrouble(t.db);
  // what the document's examples name is there
  const client = { id: 'dashboard', name: 'Dashboard', scopes: ['samples:read'], grants: ['plant1'] };
  expect((await t.call('/v1/clients', post(client))).status).toBe(201);
});
afterAll(async () => {
  if (!isThere) return;
  await t.close();
  await broker.close();
});

function fuzz(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const env = {
    ...process.env,
    SCHEMATHESIS_HOOKS: 'fuzzer_hooks',
    PYTHONPATH: FOLDER,
    PYTHONDONTWRITEBYTECODE: '1',
    // of the test's own server only
    NO_PROXY: '127.0.0.1',
  };
  const child = spawn(PROGRAM, ['--config-file', join(FOLDER, 'schemathesis.toml'), 'run', ...args], {
    cwd: t.folder,
    env,
  });
  let output = '';
  child.stdout.on('data', (d) => (output += d));
  child.stderr.on('data', (d) => (output += d));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

describe('a schema fuzzer from outside', () => {
  it('finds nothing: statuses, types, schemas, methods, tokens, and what must be refused', async (ctx) => {
    if (!isThere) return ctx.skip('schemathesis is not installed (or name it by LOADCYCLE_SCHEMATHESIS)');
    const { code, output } = await fuzz([
      `${t.url}/openapi.json`,
      ...['--header', `Authorization: Bearer ${t.admin}`],
      ...['--phases', 'examples,coverage', '--checks', 'all', '--max-examples', '5'],
      ...['--seed', '1', '--generation-deterministic'],
      // the stream never ends; tests/api-live.test.ts reads it
      ...['--exclude-path', '/v1/live'],
      ...['--continue-on-failure', '--request-timeout', '60', '--max-response-time', '60', '--no-color'],
    ]);
    expect(output.replaceAll(t.admin, '(token)').slice(-12_000)).toMatch(
      /Test cases:\s+\d+ generated, \d+ passed/,
    );
    expect(code).toBe(0);
    const operations = /Operations:\s+(\d+) selected/.exec(output)?.[1];
    expect(Number(operations)).toBeGreaterThan(45);
  }, 600_000);
});
