import type { ConnectionOptions } from 'node:tls';
import { LoadcycleError, type Logger, silentLogger } from '@loadcycle/contract';
import pg from 'pg';
import { storeError } from '../errors.ts';
import type { Database, DatabaseFeatures } from '../port.ts';
import { parserOf } from '../values.ts';
import { PooledDatabase } from './database.ts';
import { Refusals, whileFull } from './refusals.ts';

export type PgDatabase = Database;

export interface PgOptions {
  /** `postgres://user:password@host:port/database`; what stands below wins over it */
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  /** `SET ROLE` for every session, such as `loadcycle_writer` */
  readonly role?: string | null;
  /** default 4 */
  readonly poolSize?: number;
  /** 0 for none; default 30,000 */
  readonly statementTimeoutMs?: number;
  /** for a connection, new or from the pool; default 10,000 */
  readonly connectTimeoutMs?: number;
  readonly ssl?: boolean | ConnectionOptions;
  readonly applicationName?: string;
  readonly log?: Logger;
}

/** A transaction that sits idle this long has lost its client; its locks must not stay. */
const IDLE_IN_TRANSACTION_MS = 600_000;

/** Opens a pool. Throws `store.unavailable` (try again), `store.forbidden` or `store.schema`. */
export async function openPg(options: PgOptions): Promise<PgDatabase> {
  const { log = silentLogger, poolSize = 4, connectTimeoutMs = 10_000 } = options;
  const base = clientConfig(options, connectTimeoutMs);
  const features = await whileFull(connectTimeoutMs, () => probe(base));
  const session = { ...SESSION, ...(features.directCompress ? { [DIRECT_COMPRESS]: 'on' } : {}) };
  const pool = new pg.Pool({
    ...base,
    options: startupOptions(session, options.role ?? null),
    max: poolSize,
    // others may wait for what this one has no use for
    idleTimeoutMillis: 5_000,
  });
  pool.on('error', (err) => log.warn({ err }, 'an idle connection to the store was lost'));
  return new PooledDatabase(pool, features, new Refusals(pool, { waitMs: connectTimeoutMs, log }));
}

const DIRECT_COMPRESS = 'timescaledb.enable_direct_compress_copy';

/** What the answers' form depends on; and a statement whose client is gone holds its locks no longer than this, ms. */
const SESSION = {
  client_connection_check_interval: '500',
  TimeZone: 'UTC',
  DateStyle: 'ISO,YMD',
  IntervalStyle: 'postgres',
  client_min_messages: 'warning',
};

function clientConfig(options: PgOptions, connectTimeoutMs: number): pg.ClientConfig {
  const { url, host, port, user, password, database, ssl } = options;
  const given = Object.entries({ host, port, user, password, database, ssl }).filter(
    ([, v]) => v !== undefined,
  );
  return {
    ...(url === undefined ? {} : { connectionString: withLogin(url, user, password) }),
    ...Object.fromEntries(given),
    application_name: options.applicationName ?? 'loadcycle',
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    types: { getTypeParser: ((oid: number) => parserOf(oid)) as never },
  };
}

/** The client takes the URL's own login before any other: what was given beside it goes into it. */
function withLogin(url: string, user?: string, password?: string): string {
  if (user === undefined && password === undefined) return url;
  const login = new URL(url);
  if (user !== undefined) login.username = encodeURIComponent(user);
  if (password !== undefined) login.password = encodeURIComponent(password);
  return login.href;
}

function startupOptions(session: Record<string, string>, role: string | null): string {
  if (role !== null && !/^[a-z_][a-z0-9_]*$/.test(role)) {
    throw new LoadcycleError('settings.invalid', `"${role}" is not a role's name`);
  }
  const all = role === null ? session : { ...session, role };
  return Object.entries(all)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

/** Beside a continuous aggregate, direct compress works from 2.24 on; older ones copy plainly by themselves. */
function atLeast(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return a > major || (a === major && b >= minor);
}

/** Asks the server what it can do, on a connection of its own. */
async function probe(config: pg.ClientConfig): Promise<DatabaseFeatures> {
  const client = new pg.Client(config);
  client.on('error', () => {}); // said by the query that was under way
  try {
    await client.connect();
    // installed in this database, or there to be installed: preloaded, which its loader's own setting tells
    const { rows } = await client.query<{ version: string }>(`
      SELECT coalesce(installed_version, default_version) AS version FROM pg_available_extensions
      WHERE name = 'timescaledb'
        AND (installed_version IS NOT NULL OR current_setting('timescaledb.disable_load', true) IS NOT NULL)`);
    const version = rows[0]?.version ?? null;
    return {
      timescale: version,
      directCompress: version !== null && atLeast(version, 2, 24),
      backgroundJobs: version !== null,
      singleConnection: false,
    };
  } catch (cause) {
    throw storeError(cause);
  } finally {
    await client.end().catch(() => {});
  }
}
