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
  db.query<ApiClient>(`SELECT ${COLUMNS} FROM api_client WHERE deleted_at IS NULL ORDER BY id`);

export async function findClient(db: Queryable, id: string): Promise<ApiClient | null> {
  return (
    (
      await db.query<ApiClient>(`SELECT ${COLUMNS} FROM api_client WHERE id = $1 AND deleted_at IS NULL`, [
        id,
      ])
    )[0] ?? null
  );
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
    `UPDATE api_client SET secrets = (ARRAY[$2] || secrets)[1:${SECRETS_KEPT}] WHERE id = $1 AND deleted_at IS NULL RETURNING id`,
    [id, await hashSecret(secret)],
  );
  return changed.length === 1 ? secret : null;
}

export interface ClientChange {
  readonly name?: string | undefined;
  readonly scopes?: readonly Scope[] | undefined;
  readonly grants?: readonly string[] | undefined;
  readonly disabled?: boolean | undefined;
}

/** Changes a client. Where that changes what it may do, its tokens so far, which say otherwise, run out at once. */
export async function changeClient(db: Queryable, id: string, change: ClientChange): Promise<boolean> {
  const { name = null, scopes = null, grants = null, disabled = null } = change;
  const changed = await db.query(
    `UPDATE api_client SET name = coalesce($2, name), scopes = coalesce($3::text[], scopes),
       grants = coalesce($4::text[], grants),
       disabled_at = CASE WHEN $5::boolean THEN coalesce(disabled_at, now()) WHEN NOT $5::boolean THEN NULL
                          ELSE disabled_at END,
       revoked_before = CASE WHEN $3::text[] IS NULL AND $4::text[] IS NULL AND $5::boolean IS NOT TRUE
                             THEN revoked_before ELSE now() END
     WHERE id = $1 AND deleted_at IS NULL RETURNING id`,
    [id, name, scopes, grants, disabled],
  );
  return changed.length === 1;
}

export async function revokeClientTokens(db: Queryable, id: string): Promise<boolean> {
  const changed = await db.query(
    'UPDATE api_client SET revoked_before = now() WHERE id = $1 AND deleted_at IS NULL RETURNING id',
    [id],
  );
  return changed.length === 1;
}

/** Removes a client. What it leaves behind keeps its tokens invalid, and its id from being taken anew until then. */
export async function deleteClient(db: Queryable, id: string): Promise<boolean> {
  const gone = await db.query(
    `UPDATE api_client SET secrets = '{}', disabled_at = coalesce(disabled_at, now()), deleted_at = now()
     WHERE id = $1 AND deleted_at IS NULL RETURNING id`,
    [id],
  );
  return gone.length === 1;
}

/** Rows of removed clients whose last token has run out. */
export async function pruneClients(db: Queryable, tokenLifeS: number): Promise<void> {
  await db.query('DELETE FROM api_client WHERE deleted_at < now() - make_interval(secs => $1)', [
    tokenLifeS + 60,
  ]);
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
    `SELECT ${COLUMNS}, secrets FROM api_client WHERE id = $1 AND disabled_at IS NULL AND deleted_at IS NULL`,
    [id],
  );
  const found = rows[0];
  const hashes = found?.secrets ?? [await NOBODY];
  const checks = await Promise.all(hashes.map((hash) => secretMatches(secret, hash)));
  if (found === undefined || !checks.includes(true)) return null;
  const { secrets: _, ...client } = found;
  return client;
}
