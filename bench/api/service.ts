import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readAdminClient } from '@loadcycle/cloud-api/auth/admin-client';
import type { Database } from '@loadcycle/database/port';
import { parse } from 'yaml';
import { asRole, getToken, openTestApi } from '../../tests/api-support.ts';
import { openOnServer } from '../../tests/support/server-database.ts';

/** An API to be measured. */
export interface Service {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  close(): Promise<void>;
}

/** A store, and a way to an API in front of it. */
export interface Measured {
  readonly db: Database;
  readonly reader: Database;
  /** a process of its own, as a deployment has it, anew each time; where the store is embedded: this one */
  start(): Promise<Service>;
  close(): Promise<void>;
}

const root = join(import.meta.dirname, '../..');

export async function openEmbeddedStore(): Promise<Measured> {
  const t = await openTestApi();
  return {
    db: t.db,
    reader: asRole(t.db, 'reader'),
    start: async () => ({ url: t.url, token: t.admin, pid: process.pid, close: async () => {} }),
    close: () => t.close(),
  };
}

export async function openNativeStore(server: string): Promise<Measured> {
  const { openPg } = await import('@loadcycle/database/pg/index');
  const store = await openOnServer(server);
  const reader = await openPg({
    url: store.url,
    role: 'loadcycle_reader',
    applicationName: 'loadcycle-bench',
  });
  const folder = await mkdtemp(join(tmpdir(), 'loadcycle-bench-api-'));
  // the image holds compiled what it runs
  execFileSync(process.execPath, ['deploy/compile.ts'], {
    cwd: root,
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
  });
  return {
    db: store.db,
    reader,
    start: () => startProcess(store.url, folder),
    close: async () => {
      await reader.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Node's flags and the C library's from the compose file, so that what is measured is what runs in a deployment. */
function deployed(): Record<string, string> {
  const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true });
  const environment: Record<string, string> = compose.services.api.environment;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('LOADCYCLE_')));
}

/** `cloud-api/main.ts` as it runs in a deployment, with its default flags but for ports and the rate limit. */
async function startProcess(databaseUrl: string, folder: string): Promise<Service> {
  const flags = {
    'database-kind': 'pg',
    'log-kind': 'sqlite',
    'log-folder': join(folder, 'log'),
    'data-dir': join(folder, 'admin'),
    'http-host': '127.0.0.1',
    'http-port': '0',
    'health-port': '0',
    'rate-quota': '1000000',
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(process.execPath, ['cloud-api/main.ts', ...args], {
    cwd: root,
    env: {
      ...process.env,
      ...deployed(),
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
      LOADCYCLE_DATABASE_URL: databaseUrl,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = await urlOf(child);
  const admin = (await readAdminClient(join(folder, 'admin')))!;
  return {
    url,
    token: await getToken(url, admin.clientId, admin.clientSecret),
    pid: child.pid!,
    close: async () => {
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    createInterface({ input: child.stderr! }).on('line', (line) => {
      said.push(line);
      const url = /"url":"([^"]+)"/.exec(line)?.[1];
      if (url !== undefined && line.includes('"API"')) resolve(url);
    });
    child.once('close', () => reject(new Error(`the API did not start:\n${said.join('\n')}`)));
  });
}

/** Largest resident set since the last call, bytes; Linux. */
export class Peak {
  readonly #pid: number;
  constructor(pid: number) {
    this.#pid = pid;
    this.reset();
  }
  reset(): void {
    writeFileSync(`/proc/${this.#pid}/clear_refs`, '5');
  }
  get now(): number {
    return this.#field('VmRSS');
  }
  get most(): number {
    return this.#field('VmHWM');
  }
  #field(name: string): number {
    const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8');
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)![1]) * 1024;
  }
}
