import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type ClientOptions, createClient, type LoadcycleClient } from '@loadcycle/client';
import { LoadcycleError } from '@loadcycle/contract';

/** Where the API is, and as whom: what flags or environment say. */
export interface ConnectionSettings {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** data folder of a system that runs on this machine */
  readonly dataDir?: string | undefined;
}

export interface SavedLogin {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Where `loadcycle login` keeps what it was told (mode 0600). */
export function loginFile(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'loadcycle', 'login.json');
}

export function connectionFromEnvironment(env: NodeJS.ProcessEnv = process.env): ConnectionSettings {
  return {
    url: env['LOADCYCLE_URL'],
    token: env['LOADCYCLE_TOKEN'],
    clientId: env['LOADCYCLE_CLIENT_ID'],
    clientSecret: env['LOADCYCLE_CLIENT_SECRET'],
    dataDir: env['LOADCYCLE_DATA_DIR'],
  };
}

/**
 * Finds out how to reach the API: a token or a client's secret that was given, then what `loadcycle login` saved, then
 * the system that runs on this machine (its data folder). Throws `settings.invalid` with what to do.
 */
export function resolveConnection(given: ConnectionSettings): ClientOptions {
  if (given.token !== undefined) return { url: urlOf(given), credentials: { token: given.token } };
  if (given.clientId !== undefined && given.clientSecret !== undefined) {
    const { clientId, clientSecret } = given;
    return { url: urlOf(given), credentials: { clientId, clientSecret } };
  }
  const saved = given.dataDir === undefined ? readJson<SavedLogin>(loginFile()) : null;
  if (saved !== null && (given.url === undefined || given.url === saved.url)) {
    const { clientId, clientSecret } = saved;
    return { url: saved.url, credentials: { clientId, clientSecret } };
  }
  const dataDir = given.dataDir ?? './data';
  const admin = readJson<{ clientId: string; clientSecret: string }>(join(dataDir, 'admin-client.json'));
  if (admin === null) {
    throw new LoadcycleError('settings.invalid', 'no credentials for the API', {
      hint: 'start a system here with npm start, or use `loadcycle login`, or set LOADCYCLE_URL and LOADCYCLE_TOKEN',
    });
  }
  return { url: urlOf({ ...given, dataDir }), credentials: admin };
}

/** The client for what flags and environment say. */
export function connect(given: ConnectionSettings = {}): LoadcycleClient {
  const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return createClient(resolveConnection({ ...connectionFromEnvironment(), ...defined }));
}

const DEFAULT_URL = 'http://127.0.0.1:8080';

function urlOf({ url, dataDir }: ConnectionSettings): string {
  const running = readJson<{ httpUrl: string }>(join(dataDir ?? './data', 'running.json'));
  return url ?? running?.httpUrl ?? DEFAULT_URL;
}

function readJson<T>(file: string): T | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return null;
  }
}
