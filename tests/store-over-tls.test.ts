import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings, silentLogger } from '@loadcycle/contract';
import { databaseSettings, openDatabase } from '@loadcycle/database/open';
import { startPostgres, type TestServer } from '@loadcycle/database/pg/test-server';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openAuthority } from '../deploy/authority.ts';
import { freePort } from './support/ports.ts';

/** A PostgreSQL whose certificate our own authority made for `localhost`, and for no other name. */
let folder: string;
let server: TestServer | string;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loadcycle-tls-'));
  const authority = openAuthority(join(folder, 'authority'));
  writeFileSync(join(folder, 'ca.crt'), authority.cert);
  writeFileSync(join(folder, 'other.crt'), openAuthority(join(folder, 'other')).cert);
  const notAfter = new Date(Date.now() + 86_400_000);
  const issued = authority.issue({ name: 'store', usage: 'server', altNames: ['DNS:localhost'], notAfter });
  port = await freePort();
  server = await startPostgres({ port, ...issued });
});
beforeEach((context) => {
  if (typeof server === 'string') context.skip(server);
});
afterAll(async () => {
  if (typeof server === 'object') await server.stop();
  rmSync(folder, { recursive: true });
});

/** As a program opens it, from its environment: whether the connection is encrypted. */
async function encrypted(environment: Record<string, string>): Promise<boolean> {
  const settings = readSettings(databaseSettings, [], {
    LOADCYCLE_DATABASE_PORT: String(port),
    LOADCYCLE_DATABASE_NAME: 'postgres',
    LOADCYCLE_DATABASE_USER: 'postgres',
    LOADCYCLE_DATABASE_TLS: 'verify',
    LOADCYCLE_DATABASE_TLS_CA: join(folder, 'ca.crt'),
    ...environment,
  })!;
  const db = await openDatabase(settings, { log: silentLogger, role: null, applicationName: 'test' });
  try {
    const [row] = await db.query<{ ssl: boolean }>(
      'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    );
    return row!.ssl;
  } finally {
    await db.close();
  }
}

test('`verify` takes the server that the authority vouches for, under the name that it vouches for', async () => {
  expect(await encrypted({ LOADCYCLE_DATABASE_HOST: 'localhost' })).toBe(true);
});

test('`verify` refuses another authority, no authority and another name', async () => {
  const host = { LOADCYCLE_DATABASE_HOST: 'localhost' };
  for (const environment of [
    { ...host, LOADCYCLE_DATABASE_TLS_CA: join(folder, 'other.crt') },
    { ...host, LOADCYCLE_DATABASE_TLS_CA: '' },
    { LOADCYCLE_DATABASE_HOST: '127.0.0.1' },
  ]) {
    await expect(encrypted(environment)).rejects.toThrow(/certificate|Hostname|altname/i);
  }
});

test('`on` encrypts and checks nothing: it is not what the manifests use', async () => {
  const other = { LOADCYCLE_DATABASE_TLS: 'on', LOADCYCLE_DATABASE_TLS_CA: join(folder, 'other.crt') };
  expect(await encrypted({ LOADCYCLE_DATABASE_HOST: '127.0.0.1', ...other })).toBe(true);
});
