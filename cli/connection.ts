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
 * the system that runs on this machine (its data folder). Throws `request.unauthorized` with what to do.
 */
function resolveConnection(given: ConnectionSettings): ClientOptions {
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
  const running = readJson<{ httpUrl: string }>(join(dataDir, 'running.json'))?.httpUrl;
  // an administrator's secret goes to its own system, or where somebody sends it by name
  const ours = given.url === undefined || given.url === running || given.dataDir !== undefined;
  const admin = ours ? readJson<{ clientId: string; clientSecret: string }>(join(dataDir, ADMIN)) : null;
  if (admin === null) {
    const where = given.url === undefined ? 'the API' : given.url;
    throw new LoadcycleError('request.unauthorized', `no credentials for ${where}`, {
      hint: 'start a system here with npm start, or use loadcycle login, or set LOADCYCLE_URL and LOADCYCLE_TOKEN',
    });
  }
  return { url: urlOf({ ...given, dataDir }), credentials: admin };
}

/** Where and as whom, by flags first and environment second. */
export function connection(given: ConnectionSettings = {}): ClientOptions {
  const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const { token, clientId, clientSecret, ...rest } = connectionFromEnvironment();
  // whoever says who they are by flags is not half of somebody else from the environment
  const named = given.token !== undefined || given.clientId !== undefined || given.dataDir !== undefined;
  const identity =
    given.clientId !== undefined ? { clientSecret } : named ? {} : { token, clientId, clientSecret };
  return resolveConnection({ ...rest, ...identity, ...defined });
}

/** The client for what flags and environment say. */
export function connect(given: ConnectionSettings = {}): LoadcycleClient {
  return createClient(connection(given));
}

/** The system that runs with this data folder, as it wrote down; null where none does. */
export function runningSystem(dataDir = './data'): { httpUrl: string; mqttPort: number } | null {
  return readJson(join(dataDir, 'running.json'));
}

const ADMIN = 'admin-client.json';
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
