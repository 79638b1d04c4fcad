import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureAdminClient } from '@loadcycle/cloud-api/auth/admin-client';
import { createClient } from '@loadcycle/cloud-api/auth/clients';
import type { Scope } from '@loadcycle/cloud-api/auth/principal';
import { type Api, type ApiOptions, startApi } from '@loadcycle/cloud-api/server';
import { LOG_TOPICS, type Logger } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import type { EventLog } from '@loadcycle/event-log/port';
import { openSqliteLog } from '@loadcycle/event-log/sqlite/index';
import { Health } from '@loadcycle/service';
import { Aedes } from 'aedes';
import { openTestDatabase } from './support/database.ts';

export interface TestApi {
  readonly api: Api;
  readonly url: string;
  /** the store as its owner, to put data in */
  readonly db: Database;
  readonly eventLog: EventLog;
  readonly folder: string;
  readonly logLines: string[];
  readonly admin: string;
  /** a token with these scopes and grants, of a client of its own */
  token(scopes: readonly Scope[], grants: readonly string[]): Promise<string>;
  /** a request with the administrator's token, or another one; null: none */
  call(path: string, options?: RequestInit & { token?: string | null }): Promise<Response>;
  close(): Promise<void>;
}

/** One store, one log and one API for a test file. */
export async function openTestApi(
  options: Partial<ApiOptions> & {
    roles?: (db: Database, role: 'reader' | 'control') => Database;
    ownTokens?: boolean;
    /** the log as the API sees it */
    wrapLog?: (log: EventLog) => EventLog;
  } = {},
): Promise<TestApi> {
  const folder = await mkdtemp(join(tmpdir(), 'loadcycle-api-'));
  const store = await openTestDatabase({ folder: join(folder, 'store') });
  const eventLog = await openSqliteLog({ folder: join(folder, 'log') });
  await eventLog.ensureTopics(
    Object.values(LOG_TOPICS).map((topic) => ({ topic, partitions: 2, retentionMs: null })),
  );
  await serverRoles(store);
  const roles = options.roles ?? asRole;
  const control = roles(store.db, 'control');
  const logLines: string[] = [];
  const admin = await ensureAdminClient({ control, folder });
  const api = await startApi({
    reader: roles(store.db, 'reader'),
    control,
    eventLog: options.wrapLog?.(eventLog) ?? eventLog,
    mqtt: null,
    http: { host: '127.0.0.1', port: 0 },
    log: recorder(logLines),
    health: new Health(),
    rateLimit: { quota: 1_000_000, windowS: 60 },
    tokenRateLimit: { quota: 1_000_000, windowS: 60 },
    ...options,
  });
  // with a provider of its own the API gives no tokens
  const own = options.ownTokens ?? true;
  const token = own ? await getToken(api.url, admin!.clientId, admin!.clientSecret) : '';
  let clients = 0;
  return {
    api,
    url: api.url,
    db: store.db,
    eventLog,
    folder,
    logLines,
    admin: token,
    token: async (scopes, grants) => {
      const id = `client-${++clients}`;
      const secret = await createClient(control, { id, name: id, scopes, grants });
      return getToken(api.url, id, secret!);
    },
    call: (path, { token: other = token, ...request } = {}) => {
      const headers = new Headers(request.headers);
      if (other !== null && !headers.has('authorization')) headers.set('authorization', `Bearer ${other}`);
      return fetch(`${api.url}${path}`, { ...request, headers });
    },
    close: async () => {
      await api.close();
      await eventLog.close();
      await Promise.all([...(pools.get(store.db)?.values() ?? [])].map((pool) => pool.close()));
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const pools = new Map<Database, Map<string, Database>>();

/** On a server each role is a pool of its own, as a deployment has it. */
async function serverRoles(store: { db: Database; url?: string }): Promise<void> {
  if (store.url === undefined) return;
  const { openPg } = await import('@loadcycle/database/pg/index');
  const opened = await Promise.all(
    ['reader', 'control'].map(async (role) => {
      const pool = await openPg({
        url: store.url!,
        role: `loadcycle_${role}`,
        applicationName: 'loadcycle-tests',
      });
      return [role, pool] as const;
    }),
  );
  pools.set(store.db, new Map(opened));
}

export function asRole(db: Database, role: 'reader' | 'control'): Database {
  const pool = pools.get(db)?.get(role);
  if (pool !== undefined) return pool;
  return (db as Database & { as(r: string): Database }).as(role);
}

export async function getToken(url: string, id: string, secret: string): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: id,
    client_secret: secret,
  });
  const response = await fetch(`${url}/oauth/token`, { method: 'POST', body });
  const answer = (await response.json()) as { access_token: string };
  if (!response.ok) throw new Error(`no token: ${response.status} ${JSON.stringify(answer)}`);
  return answer.access_token;
}

function recorder(lines: string[]): Logger {
  const write = (fields: object, message: string): void => {
    const plain = Object.fromEntries(
      Object.entries(fields).map(([k, v]) => [k, v instanceof Error ? `${v.stack} ${JSON.stringify(v)}` : v]),
    );
    lines.push(`${message} ${JSON.stringify(plain)}`);
  };
  return { debug: write, info: write, warn: write, error: write };
}

/** The answer's JSON; tests check it by what it holds. */
// biome-ignore lint/suspicious/noExplicitAny: answers are checked by what they hold
export const jsonOf = async (response: Response | Promise<Response>): Promise<any> => (await response).json();

/** JSON with a bearer token of a body. */
export const post = (body: unknown, method = 'POST'): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

export interface TestBroker {
  readonly url: string;
  close(): Promise<void>;
}

/** A real broker on a real port, in this process. */
export async function openBroker(): Promise<TestBroker> {
  const broker = await Aedes.createBroker();
  const server: Server = createServer(broker.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `mqtt://127.0.0.1:${port}`,
    close: async () => {
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Waits until `what` answers something; no fixed time is slept. */
export async function until<T>(
  what: () => Promise<T | null | undefined | false> | T | null | undefined | false,
): Promise<T> {
  for (;;) {
    const found = await what();
    if (found !== null && found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const DEVICES = [
  ['plant1', 'motor1'],
  ['plant1', 'motor2'],
  ['plant2', 'pump1'],
] as const;

/** T0 of the seeded samples: 1 kHz for 10 s at plant1/motor1/motor-voltage, microseconds odd on purpose. */
export const T0 = Date.UTC(2026, 10, 24, 10, 0, 0) * 1000 + 7;

/** A small catalogue with samples and cycles, as landing and the cycles worker would have written them. */
export async function seed(db: Database): Promise<void> {
  for (const [site, device] of DEVICES) {
    await db.query('INSERT INTO site (name) VALUES ($1) ON CONFLICT DO NOTHING', [site]);
    await db.query('INSERT INTO device (site_id, name) SELECT id, $2 FROM site WHERE name = $1', [
      site,
      device,
    ]);
    for (const [signal, unit] of [
      ['motor-voltage', 'V'],
      ['current', 'A'],
    ]) {
      await db.query(
        `INSERT INTO signal (device_id, name, unit, definition, automatic)
         SELECT d.id, $3, $4, jsonb_build_object('quantity', $3::text, 'unit', $4::text), false
         FROM device d JOIN site s ON s.id = d.site_id WHERE s.name = $1 AND d.name = $2`,
        [site, device, signal!, unit!],
      );
    }
  }
  const [first] = await db.query<{ id: number }>(
    `SELECT signal_id AS id FROM signal_path WHERE site = 'plant1' AND device = 'motor1' AND signal = 'motor-voltage'`,
  );
  await db.query(
    `INSERT INTO sample (ts, signal_id, value, quality)
     SELECT timestamptz 'epoch' + interval '1 microsecond' * ($1::bigint + i * 1000), $2,
       CASE WHEN i % 1000 = 500 THEN NULL ELSE 230 + (i / 500 % 2) * 40 + sin(i::float8) END,
       CASE WHEN i % 1000 = 500 THEN 129 WHEN i % 1000 = 501 THEN 66 ELSE 0 END
     FROM generate_series(0, 9999) i`,
    [T0, first!.id],
  );
  await db.query(
    `INSERT INTO cycle (started_at, signal_id, ended_at, offset_at, complete, period_s, pulse_width_s, separation_s,
       duty_cycle, rise_time_s, base_level, top_level, sample_count, missing_count, outlier_count, completeness)
     SELECT s, $2, s + interval '1 second', s + interval '400 milliseconds', i % 5 <> 4, 1, 0.4, 0.6, 0.4,
       CASE WHEN i % 10 = 3 THEN NULL ELSE 0.001 * (i * 7 % 20) END, 230, 270, 1000, 0, 0, 1
     FROM generate_series(0, 199) i,
       LATERAL (SELECT timestamptz 'epoch' + interval '1 microsecond' * ($1::bigint + i * 1000000) AS s) t`,
    [T0, first!.id],
  );
}

export const SIGNAL = '/v1/sites/plant1/devices/motor1/signals/motor-voltage';

/** Dead letters and anomalies (of the first signal), for tests that ask every endpoint. */
export async function seedTrouble(db: Database): Promise<void> {
  await db.query(
    `INSERT INTO dead_letter (topic, partition, "offset", key, reason, detail, payload)
     SELECT 'loadcycle.samples', 0, i, 'a/b/c', 'message.not-json', 'wrong', '\\x00' FROM generate_series(1, 20) i`,
  );
  await db.query(
    `INSERT INTO anomaly (signal_id, kind, metric, since, value, expected, score)
     SELECT 1, 'outlier', 'riseTimeS', now() - interval '1 minute' * i, 1, 0.1, 9 FROM generate_series(1, 5) i`,
  );
  await db.query(
    `INSERT INTO log_replacement (topic, old_log, new_log, noticed_at, consumers)
     SELECT 'loadcycle.samples', 'a', 'b', now(), '[{"consumer": "landing", "partition": 0, "next": 9, "goesOnAt": 0}]'
     FROM generate_series(1, 5) i`,
  );
  await db.query(
    `INSERT INTO notify_definition (name, kind, grants, settings, created_by, changed_by)
     SELECT 'shift', 'email', '{plant1}', '{"to": ["a@example.org"], "gatherS": 10}', 'admin', 'admin' FROM generate_series(1, 5)`,
  );
  await db.query(
    `INSERT INTO notify_silence (site, until, created_by)
     SELECT 'plant1', now() + interval '1 hour', 'admin' FROM generate_series(1, 5)`,
  );
}

/** Brings the ledger's sums by hour to what a test has put into the ledger by itself; landing keeps them as it goes. */
export async function sumLedger(db: Database): Promise<void> {
  await db.query('DELETE FROM batch_hour');
  await db.query(
    `INSERT INTO batch_hour
     SELECT signal_id, time_bucket(interval '1 hour', t0),
            CASE WHEN seq = 0 THEN '00000000-0000-0000-0000-000000000000' ELSE session END, count(*), sum(count),
            sum(good), sum(uncertain), sum(bad), min(seq), max(seq), max(t_end),
            (max(extract(epoch from t_end - t0)) * 1000000)::bigint
     FROM batch GROUP BY 1, 2, 3`,
  );
}
