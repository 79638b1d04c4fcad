import { readFileSync } from 'node:fs';
import { LoadcycleError, type Logger, type Settings, setting } from '@loadcycle/contract';
import type { Role } from './embedded/database.ts';
import type { Database } from './port.ts';

/** Settings of every program that uses the store; spread into the program's own. */
export const databaseSettings = {
  databaseKind: setting.choice(
    'where the store is: a PostgreSQL server with TimescaleDB, or in this process',
    ['pg', 'embedded'],
    'pg',
  ),
  databaseFolder: setting.text('folder of the embedded store', 'data/store', 'FOLDER'),
  databaseUrl: setting.optional('postgres://user:password@host:port/database', 'URL', { secret: true }),
  databaseHost: setting.optional('server, where no URL is given', 'HOST'),
  databasePort: setting.port('port of the server', 5432),
  databaseName: setting.text('database on the server', 'loadcycle', 'NAME'),
  databaseUser: setting.optional('login role', 'NAME'),
  databasePassword: setting.optional('password of the login role', 'TEXT', { secret: true }),
  databaseTls: setting.choice(
    'TLS to the server: off, on without or with a check of its certificate',
    ['off', 'on', 'verify'],
    'off',
  ),
  databaseTlsCa: setting.optional('file with the authority of its certificate', 'FILE'),
  databasePool: setting.integer('connections to the server', 4, 1, 200),
  databaseStatementTimeout: setting.duration('longest time for one statement', '30s'),
  databaseConnectTimeout: setting.duration('longest wait for a connection', '10s'),
};

export type DatabaseSettings = Settings<typeof databaseSettings>;

export interface OpenOptions {
  readonly log: Logger;
  /** the rights that the program needs; null: those of the login role */
  readonly role: Role | null;
  readonly applicationName: string;
}

/** Opens the store that the settings name. Throws as `openPg` and `openEmbedded` do, and `settings.invalid`. */
export async function openDatabase(settings: DatabaseSettings, options: OpenOptions): Promise<Database> {
  const { log, role, applicationName } = options;
  // loaded only where it is meant: neither client costs the other's users anything
  if (settings.databaseKind === 'embedded') {
    const { openEmbedded } = await import('./embedded/index.ts');
    const store = await openEmbedded({ folder: settings.databaseFolder, log });
    return role === null ? store : Object.assign(store.as(role), { close: () => store.close() });
  }
  const { openPg } = await import('./pg/index.ts');
  return await openPg({
    ...serverOf(settings),
    ssl: tlsOf(settings),
    role: role === null ? null : `loadcycle_${role}`,
    poolSize: settings.databasePool,
    statementTimeoutMs: settings.databaseStatementTimeout / 1000,
    connectTimeoutMs: settings.databaseConnectTimeout / 1000,
    applicationName,
    log,
  });
}

function serverOf(s: DatabaseSettings): object {
  const { databaseUser: user, databasePassword: password } = s;
  const login = { ...(user === null ? {} : { user }), ...(password === null ? {} : { password }) };
  if (s.databaseUrl !== null) return { url: s.databaseUrl, ...login };
  if (s.databaseHost === null) {
    throw new LoadcycleError('settings.invalid', 'neither a database URL nor a database host is given', {
      hint: 'set LOADCYCLE_DATABASE_URL, or LOADCYCLE_DATABASE_HOST, _NAME, _USER and _PASSWORD_FILE',
    });
  }
  return { host: s.databaseHost, port: s.databasePort, database: s.databaseName, ...login };
}

function tlsOf(s: DatabaseSettings): object | undefined {
  if (s.databaseTls === 'off') return undefined;
  let ca: string | undefined;
  try {
    if (s.databaseTlsCa !== null) ca = readFileSync(s.databaseTlsCa, 'utf8');
  } catch (cause) {
    throw new LoadcycleError('settings.invalid', `cannot read ${s.databaseTlsCa}`, { cause });
  }
  return { ca, rejectUnauthorized: s.databaseTls === 'verify' };
}
