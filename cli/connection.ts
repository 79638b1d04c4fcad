import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClientOptions, createClient, type LoadcycleClient } from '@loadcycle/client';
import { LoadcycleError } from '@loadcycle/contract';
import { runningSystem } from '@loadcycle/service/running-system';
import { UsageError } from './exit-codes.ts';
import { savedLogins } from './saved-logins.ts';

/** Where the API is, and as whom: what flags or environment say. */
export interface ConnectionSettings {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** data folder of a system that runs on this machine */
  readonly dataDir?: string | undefined;
}

export function connectionFromEnvironment(env: NodeJS.ProcessEnv = process.env): ConnectionSettings {
  // a variable that is empty is one that is not set
  return {
    url: env['LOADCYCLE_URL'] || undefined,
    token: env['LOADCYCLE_TOKEN'] || undefined,
    clientId: env['LOADCYCLE_CLIENT_ID'] || undefined,
    clientSecret: env['LOADCYCLE_CLIENT_SECRET'] || undefined,
    dataDir: env['LOADCYCLE_DATA_DIR'] || undefined,
  };
}

/** An address of an API, without the slash at its end; {@link UsageError} where it is none. */
export function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return text.replace(/\/+$/, '');
  throw new UsageError(
    `--url: "${text}" is no http or https address`,
    'write it as https://loadcycle.example',
  );
}

/**
 * Finds out how to reach the API: a token or a client's secret that was given, then what `loadcycle login` saved, then
 * the system that runs on this machine (its data folder). Throws `request.unauthorized` with what to do.
 */
function resolveConnection(given: ConnectionSettings): ClientOptions {
  const url = given.url === undefined ? undefined : checkedUrl(given.url);
  if (given.token !== undefined)
    return { url: urlOf({ ...given, url }), credentials: { token: given.token } };
  const { clientId, clientSecret } = given;
  if (clientId !== undefined && clientSecret !== undefined) {
    return { url: urlOf({ ...given, url }), credentials: { clientId, clientSecret } };
  }
  const saved = given.dataDir === undefined ? savedLogins() : [];
  const login = saved.find(
    (l) => (url === undefined || l.url === url) && (clientId === undefined || l.clientId === clientId),
  );
  if (login !== undefined) {
    return { url: login.url, credentials: { clientId: login.clientId, clientSecret: login.clientSecret } };
  }
  // nobody is to act as another one than was named
  if (clientId !== undefined) {
    throw new UsageError(
      `the secret of the client "${clientId}" is missing`,
      'set LOADCYCLE_CLIENT_SECRET, or let loadcycle login ask for it',
    );
  }
  const dataDir = given.dataDir ?? './data';
  const running = runningSystem(dataDir)?.httpUrl;
  // an administrator's secret goes to its own system, or where somebody sends it by name
  const ours = url === undefined || url === running || given.dataDir !== undefined;
  const admin = ours ? readJson<{ clientId: string; clientSecret: string }>(join(dataDir, ADMIN)) : null;
  if (admin === null) {
    throw new LoadcycleError('request.unauthorized', `no credentials for ${url ?? 'the API'}`, {
      hint: 'start a system here with npm start, or use loadcycle login, or set LOADCYCLE_URL and LOADCYCLE_TOKEN',
    });
  }
  return { url: urlOf({ url, dataDir }), credentials: admin };
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
export function connect(given: ConnectionSettings = {}, onWait?: ClientOptions['onWait']): LoadcycleClient {
  return createClient({ ...connection(given), ...(onWait ? { onWait } : {}) });
}

const ADMIN = 'admin-client.json';
const DEFAULT_URL = 'http://127.0.0.1:8080';

function urlOf({ url, dataDir }: ConnectionSettings): string {
  return url ?? runningSystem(dataDir ?? './data')?.httpUrl ?? DEFAULT_URL;
}

function readJson<T>(file: string): T | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return null;
  }
}
