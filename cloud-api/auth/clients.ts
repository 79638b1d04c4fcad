import type { Database, Queryable } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import type { Scope } from './principal.ts';
import { hashSecret, newSecret, secretMatches } from './secrets.ts';

export interface ApiClient {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly grants: readonly string[];
  readonly createdAtUs: number;
  readonly disabledAtUs: number | null;
  readonly revokedBeforeUs: number | null;
  readonly secretCount: number;
}

const COLUMNS = `id, name, scopes, grants, cardinality(secrets) AS "secretCount", ${us('created_at')} AS "createdAtUs",
  ${us('disabled_at')} AS "disabledAtUs", ${us('revoked_before')} AS "revokedBeforeUs"`;

export const listClients = (db: Queryable): Promise<ApiClient[]> =>
  db.query<ApiClient>(`SELECT ${COLUMNS} FROM api_client ORDER BY id`);

export async function findClient(db: Queryable, id: string): Promise<ApiClient | null> {
  return (await db.query<ApiClient>(`SELECT ${COLUMNS} FROM api_client WHERE id = $1`, [id]))[0] ?? null;
}

export interface NewClient {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly grants: readonly string[];
}

/** Makes a client and its secret, which is shown this once. Null where the id is taken. */
export async function createClient(
  db: Queryable,
  client: NewClient,
  secret = newSecret(),
): Promise<string | null> {
  const made = await db.query(
    `INSERT INTO api_client (id, name, secrets, scopes, grants) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (id) DO NOTHING RETURNING id`,
    [client.id, client.name, [await hashSecret(secret)], client.scopes, client.grants],
  );
  return made.length === 1 ? secret : null;
}

/** How many secrets of a client may be valid at once: the new one and the one it takes over from. */
const SECRETS_KEPT = 2;

/** Adds a secret; the one before stays valid until the next change, so that nothing has to stop. */
export async function rotateSecret(db: Queryable, id: string): Promise<string | null> {
  const secret = newSecret();
  const changed = await db.query(
    `UPDATE api_client SET secrets = (ARRAY[$2] || secrets)[1:${SECRETS_KEPT}] WHERE id = $1 RETURNING id`,
    [id, await hashSecret(secret)],
  );
  return changed.length === 1 ? secret : null;
}

/** Checked in place of a missing client's secret, so that the answer takes as long. */
const NOBODY = hashSecret(newSecret());

/** The client with this id and secret, or null. Takes as long for an id that does not exist. */
export async function authenticateClient(
  db: Database,
  id: string,
  secret: string,
): Promise<ApiClient | null> {
  const rows = await db.query<ApiClient & { secrets: string[] }>(
    `SELECT ${COLUMNS}, secrets FROM api_client WHERE id = $1 AND disabled_at IS NULL`,
    [id],
  );
  const found = rows[0];
  const hashes = found?.secrets ?? [await NOBODY];
  const checks = await Promise.all(hashes.map((hash) => secretMatches(secret, hash)));
  if (found === undefined || !checks.includes(true)) return null;
  const { secrets: _, ...client } = found;
  return client;
}
