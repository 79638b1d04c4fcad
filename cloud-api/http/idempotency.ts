import type { Database } from '@loadcycle/database/port';
import type { Principal } from '../auth/principal.ts';
import { sha256 } from '../auth/sha256.ts';
import type { AppContext } from './endpoint.ts';
import { badParameter, Refusal } from './refusal.ts';

const KEPT = '24 hours';
/** A first request that has not ended after this long has died with its process. */
const LOST = '60 seconds';
const HEADERS_KEPT = ['content-type', 'location', 'etag'];

interface Row {
  fingerprint: string;
  status: number | null;
  headers: Record<string, string> | null;
  body: string | null;
}

/**
 * Runs a changing request once for each (client, Idempotency-Key): the same request again gets the first one's
 * answer, another request under the key is refused (422), one while the first is at work too (409). What failed
 * inside (5xx) is forgotten, so that it can be tried again.
 */
export async function once(
  control: Database,
  c: AppContext,
  principal: Principal,
  body: Uint8Array,
  run: () => Promise<Response>,
): Promise<Response> {
  const key = c.req.header('idempotency-key');
  if (key === undefined) return run();
  if (key === '' || key.length > 255) throw badParameter('idempotency-key', '1 to 255 characters');
  const where = [principal.clientId, key];
  const { pathname, search } = new URL(c.req.url);
  const fingerprint = sha256(Buffer.concat([Buffer.from(`${c.req.method} ${pathname}${search}\n`), body]));
  const begun = await control.query(
    `INSERT INTO idempotency_key AS k (client_id, key, fingerprint) VALUES ($1, $2, $3)
     ON CONFLICT (client_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, status = NULL, created_at = now()
       WHERE k.created_at < now() - interval '${KEPT}'
          OR (k.status IS NULL AND k.created_at < now() - interval '${LOST}')
     RETURNING key`,
    [...where, fingerprint],
  );
  if (begun.length === 0) return repeated(control, where, fingerprint);
  let response: Response;
  try {
    response = await run();
  } catch (error) {
    await forget(control, where);
    throw error;
  }
  if (response.status >= 500) {
    await forget(control, where);
    return response;
  }
  // an answer that nobody may keep (it holds a secret) is not kept here either
  const secret = response.headers.get('cache-control') === 'no-store';
  const text = secret ? null : await response.clone().text();
  const headers = Object.fromEntries(
    HEADERS_KEPT.flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  // it was done: a store that is away just now must not make it look as if it was not
  await control
    .query(
      'UPDATE idempotency_key SET status = $3, headers = $4, body = $5 WHERE client_id = $1 AND key = $2',
      [...where, response.status, headers, text],
    )
    .catch(() => {});
  return response;
}

const forget = async (control: Database, where: string[]): Promise<void> => {
  await control.query('DELETE FROM idempotency_key WHERE client_id = $1 AND key = $2', where);
};

async function repeated(control: Database, where: string[], fingerprint: string): Promise<Response> {
  const [row] = await control.query<Row>(
    'SELECT fingerprint, status, headers, body FROM idempotency_key WHERE client_id = $1 AND key = $2',
    where,
  );
  if (row !== undefined && row.fingerprint !== fingerprint) {
    throw new Refusal('request.unprocessable', 'this Idempotency-Key was used for another request');
  }
  if (row === undefined || row.status === null) {
    throw new Refusal('request.conflict', 'the first request with this Idempotency-Key is still at work', {
      headers: { 'retry-after': '1' },
    });
  }
  if (row.body === null) {
    throw new Refusal('request.conflict', 'this was done; its answer held a secret and was not kept');
  }
  const empty = row.status === 204 || row.status === 304;
  return new Response(empty ? null : row.body, {
    status: row.status,
    headers: { ...row.headers, 'idempotency-replayed': 'true' },
  });
}

export async function pruneIdempotencyKeys(control: Database): Promise<void> {
  await control.query(`DELETE FROM idempotency_key WHERE created_at < now() - interval '${KEPT}'`);
}
