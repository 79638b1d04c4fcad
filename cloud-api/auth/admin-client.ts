import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LoadcycleError } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { hashSecret, newSecret } from './secrets.ts';

/** The administrator's credentials as they stand in the data folder. */
export interface AdminClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

export const ADMIN_CLIENT_ID = 'admin';
const ADMIN_CLIENT_FILE = 'admin-client.json';

export async function readAdminClient(folder: string): Promise<AdminClient | null> {
  const file = join(folder, ADMIN_CLIENT_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new LoadcycleError('folder.unwritable', `${file} can not be read`, { cause: error });
  }
  try {
    const { clientId, clientSecret } = JSON.parse(text) as AdminClient;
    if (typeof clientId === 'string' && typeof clientSecret === 'string') return { clientId, clientSecret };
  } catch {
    // falls through to the one clear line
  }
  throw new LoadcycleError('settings.invalid', `${file} does not hold a client's id and secret`, {
    hint: 'remove it, and the next start makes a new one',
  });
}

export interface AdminOptions {
  readonly control: Database;
  /** the data folder */
  readonly folder: string;
  /** make it usable again, with the secret of the file, whatever has become of it */
  readonly restore?: boolean;
}

/**
 * Makes the administrator's client at the first start of a store, and never again: its secret stands in
 * `admin-client.json` in the data folder (mode 0600), its hash in the store. A client that was disabled, removed or
 * given another secret since stays so; only `restore` brings it back. Returns what the file says, which may be out of
 * date then; null where there is no file and the store has had its client.
 */
export async function ensureAdminClient({
  control,
  folder,
  restore = false,
}: AdminOptions): Promise<AdminClient | null> {
  return control.transaction(async (tx) => {
    // another instance that starts at the same time waits here; a store from before this was written down has keys
    const first = await tx.query(
      `INSERT INTO api_seed (name) SELECT 'admin-client' WHERE NOT EXISTS (SELECT FROM signing_key)
       ON CONFLICT (name) DO NOTHING RETURNING name`,
    );
    const known = await readAdminClient(folder);
    if (first.length === 0 && !restore) return known;
    const admin = known ?? (await writeAdminClient(folder));
    await tx.query(
      `INSERT INTO api_client (id, name, secrets, scopes, grants)
       VALUES ($1, 'Administrator', $2, '{admin}', '{*}')
       ON CONFLICT (id) DO UPDATE SET secrets = excluded.secrets, scopes = excluded.scopes, grants = excluded.grants,
         disabled_at = NULL, deleted_at = NULL`,
      [admin.clientId, [await hashSecret(admin.clientSecret)]],
    );
    return admin;
  });
}

async function writeAdminClient(folder: string): Promise<AdminClient> {
  const admin = { clientId: ADMIN_CLIENT_ID, clientSecret: newSecret() };
  const file = join(folder, ADMIN_CLIENT_FILE);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(file, `${JSON.stringify(admin, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  await chmod(file, 0o600);
  return admin;
}
