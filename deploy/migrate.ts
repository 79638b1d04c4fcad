/**
 * The one-shot that brings the store's schema up to date and gives each service its login role. Safe to run at
 * any time and more than once at a time: migrations take a lock.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { failureKind, LoadcycleError, setting } from '@loadcycle/contract';
import { maintenanceSettings } from '@loadcycle/database/maintenance';
import { migrate } from '@loadcycle/database/migrate';
import { type DatabaseSettings, databaseSettings, openDatabase } from '@loadcycle/database/open';
import { applyPolicies } from '@loadcycle/database/policies';
import type { Database } from '@loadcycle/database/port';
import { runProgram } from '@loadcycle/service';
import { SHARES } from './connections.ts';

/** Login role → the group roles whose rights it may take (database/migrations/0001_roles.sql). */
const LOGINS = {
  landing: ['loadcycle_writer'],
  cycles: ['loadcycle_writer'],
  notify: ['loadcycle_notifier'],
  api: ['loadcycle_reader', 'loadcycle_control'],
  grafana: ['loadcycle_reader'],
} as const;
/** Owns the schema and runs its policies: no superuser. TimescaleDB wants a login role for that. */
const OWNER = 'loadcycle_owner';

const migrateSettings = {
  secretsDir: setting.optional('folder with NAME/database-password for each login role to make', 'FOLDER'),
  waitForStore: setting.duration('how long to wait for the store', '2m'),
};

/** Makes the role or changes its password. */
async function makeLogin(db: Database, login: string, password: string, attributes: string): Promise<void> {
  // an identifier made of constants, and a secret of letters, digits, - and _: nothing to quote out of
  if (!/^[\w-]{16,}$/.test(password))
    throw new LoadcycleError('settings.invalid', `bad password for ${login}`);
  const [known] = await db.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [login]);
  await db.exec(
    `${known === undefined ? 'CREATE' : 'ALTER'} ROLE ${login} LOGIN ${attributes} PASSWORD '${password}'`,
  );
}

/** As superuser: what the schema's owner can't do itself. */
async function makeOwner(superuser: Database, password: string): Promise<void> {
  await makeLogin(superuser, OWNER, password, `CREATEROLE CONNECTION LIMIT ${SHARES.owner.limit}`);
  const [row] = await superuser.query<{ name: string }>('SELECT quote_ident(current_database()) AS name');
  await superuser.exec(`ALTER DATABASE ${row!.name} OWNER TO ${OWNER}`);
  await superuser.exec('CREATE EXTENSION IF NOT EXISTS timescaledb');
}

await runProgram({
  name: 'migrate',
  usage: 'node deploy/migrate.ts [settings]',
  about: "Brings the store's schema up to date; with --secrets-dir, gives each service its login role.",
  settings: { ...migrateSettings, ...maintenanceSettings, ...databaseSettings },
  healthServer: false,
  async start({ settings, log, signal }) {
    const patiently = async (login: Partial<DatabaseSettings>): Promise<Database> => {
      for (const end = Date.now() + settings.waitForStore / 1000; ; await delay(500, undefined, { signal })) {
        try {
          return await openDatabase(
            { ...settings, ...login },
            { log, role: null, applicationName: 'migrate' },
          );
        } catch (error) {
          if (failureKind(error) !== 'transient' || Date.now() > end) throw error;
          log.info({ detail: (error as Error).message }, 'waiting for the store');
        }
      }
    };
    const { secretsDir } = settings;
    const secret = (name: string): string =>
      readFileSync(`${secretsDir}/${name}/database-password`, 'utf8').trim();
    let db = await patiently({});
    if (secretsDir !== null) {
      const password = secret('maintenance');
      await makeOwner(db, password).finally(() => db.close());
      db = await patiently({ databaseUser: OWNER, databasePassword: password });
    }
    try {
      const { applied } = await migrate(db, { log });
      await applyPolicies(db, settings, { log });
      for (const [name, groups] of Object.entries(secretsDir === null ? {} : LOGINS)) {
        // the services take their role by name; Grafana just signs in
        const rights = name === 'grafana' ? 'INHERIT' : 'NOINHERIT';
        const { limit } = SHARES[name as keyof typeof LOGINS];
        await makeLogin(db, `loadcycle_${name}`, secret(name), `${rights} CONNECTION LIMIT ${limit}`);
        await db.exec(`GRANT ${groups.join(', ')} TO loadcycle_${name}`);
      }
      log.info({ applied }, 'the schema is up to date');
    } finally {
      await db.close();
    }
    return { done: Promise.resolve() };
  },
});
