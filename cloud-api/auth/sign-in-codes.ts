import { randomBytes } from 'node:crypto';
import type { Database } from '@loadcycle/database/port';
import { type ApiClient, findClient } from './clients.ts';
import { sha256 } from './sha256.ts';

/** A link that is printed at a start must be good until somebody has looked at it. */
export const SIGN_IN_CODE_LIFE_S = 600;

/**
 * A code that is good for one token of a client, within ten minutes: short, and worth nothing in a log afterwards. Null
 * where there is no such client, or it is disabled.
 */
export async function issueSignInCode(control: Database, clientId: string): Promise<string | null> {
  const client = await findClient(control, clientId);
  if (client === null || client.disabledAtUs !== null) return null;
  const code = randomBytes(16).toString('base64url');
  await control.query(
    'INSERT INTO sign_in_code (hash, client_id, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))',
    [sha256(code), clientId, SIGN_IN_CODE_LIFE_S],
  );
  return code;
}

/** Whose code it was; null for one that is used, too old, of a client that is disabled or gone, or no code at all. */
export async function redeemSignInCode(control: Database, code: string): Promise<ApiClient | null> {
  const [row] = await control.query<{ client: string; good: boolean }>(
    'DELETE FROM sign_in_code WHERE hash = $1 RETURNING client_id AS client, expires_at > now() AS good',
    [sha256(code)],
  );
  if (row?.good !== true) return null;
  const client = await findClient(control, row.client);
  return client === null || client.disabledAtUs !== null ? null : client;
}

export async function pruneSignInCodes(control: Database): Promise<void> {
  await control.query('DELETE FROM sign_in_code WHERE expires_at < now()');
}
