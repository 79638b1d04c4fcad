import { randomBytes } from 'node:crypto';
import type { Database } from '@loadcycle/database/port';
import type { Principal, Scope } from '../auth/principal.ts';
import { sha256 } from '../auth/sha256.ts';

export const TICKET_LIFE_S = 30;

/** A ticket that opens the live stream once, within half a minute, with the rights of the token that asked for it. */
export async function issueTicket(control: Database, principal: Principal): Promise<string> {
  const ticket = randomBytes(24).toString('base64url');
  const claims = { ...principal, scopes: [...principal.scopes] };
  await control.query(
    'INSERT INTO live_ticket (hash, claims, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))',
    [sha256(ticket), claims, TICKET_LIFE_S],
  );
  return ticket;
}

/** Whose ticket it was; null for one that is used, too old, or no ticket at all. */
export async function redeemTicket(control: Database, ticket: string): Promise<Principal | null> {
  const [row] = await control.query<{
    claims: Omit<Principal, 'scopes'> & { scopes: Scope[] };
    good: boolean;
  }>('DELETE FROM live_ticket WHERE hash = $1 RETURNING claims, expires_at > now() AS good', [
    sha256(ticket),
  ]);
  return row?.good === true ? { ...row.claims, scopes: new Set(row.claims.scopes) } : null;
}
