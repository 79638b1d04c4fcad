import { randomUUID } from 'node:crypto';
import type { Database } from '@loadcycle/database/port';
import { SignJWT } from 'jose';
import type { ApiClient } from './clients.ts';
import type { SigningKeys } from './keys.ts';
import type { Scope } from './principal.ts';

export interface IssuerSettings {
  /** `iss` of the tokens */
  readonly issuer: string;
  /** `aud` of the tokens */
  readonly audience: string;
  readonly tokenLifeS: number;
}

export const DEFAULT_ISSUER: IssuerSettings = {
  issuer: 'urn:loadcycle:issuer',
  audience: 'loadcycle-api',
  tokenLifeS: 900,
};

export interface MintedToken {
  readonly token: string;
  /** `jti`, as the access log names it */
  readonly id: string;
}

/** A signed access token for a client, with `scopes` of those that it has. */
export async function mintToken(
  keys: SigningKeys,
  settings: IssuerSettings,
  client: Pick<ApiClient, 'id' | 'grants'>,
  scopes: readonly Scope[],
): Promise<MintedToken> {
  const id = randomUUID();
  const { kid, alg, key } = await keys.signing();
  const token = await new SignJWT({ client_id: client.id, scope: scopes.join(' '), grants: client.grants })
    .setProtectedHeader({ alg, kid, typ: 'at+jwt' })
    .setIssuer(settings.issuer)
    .setAudience(settings.audience)
    .setSubject(client.id)
    .setJti(id)
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime(`${settings.tokenLifeS}s`)
    .sign(key);
  return { token, id };
}

/** Takes one token back. */
export async function revokeToken(
  db: Database,
  jti: string,
  clientId: string,
  expiresAtS: number,
): Promise<void> {
  await db.query(
    `INSERT INTO revoked_token (jti, client_id, expires_at) VALUES ($1, $2, to_timestamp($3))
     ON CONFLICT (jti) DO NOTHING`,
    [jti, clientId, expiresAtS],
  );
}
