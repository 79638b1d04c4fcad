import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LoadcycleError } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { authenticateClient } from './clients.ts';
import { hashSecret, newSecret } from './secrets.ts';

/** The administrator's credentials as they stand in the data folder. */
export interface AdminClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

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

/**
 * Makes the administrator's client at the first start: its secret stands in `admin-client.json` in the data
 * folder (mode 0600), its hash in the store. A store that was made anew gets the client of the file again.
 */
export async function ensureAdminClient(options: {
  control: Database;
  folder: string;
}): Promise<AdminClient> {
  const { control, folder } = options;
  const known = await readAdminClient(folder);
  const admin = known ?? { clientId: 'admin', clientSecret: newSecret() };
  if (known === null) {
    const file = join(folder, ADMIN_CLIENT_FILE);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(file, `${JSON.stringify(admin, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await chmod(file, 0o600);
  }
  if ((await authenticateClient(control, admin.clientId, admin.clientSecret)) === null) {
    await control.query(
      `INSERT INTO api_client (id, name, secrets, scopes, grants)
       VALUES ($1, 'Administrator', $2, '{admin}', '{*}')
       ON CONFLICT (id) DO UPDATE SET secrets = excluded.secrets, disabled_at = NULL`,
      [admin.clientId, [await hashSecret(admin.clientSecret)]],
    );
  }
  return admin;
}
