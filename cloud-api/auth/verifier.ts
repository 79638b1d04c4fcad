import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import { Refusal } from '../http/refusal.ts';
import type { IssuerSettings } from './issuer.ts';
import { SIGNING_ALGORITHMS, type SigningKeys } from './keys.ts';
import { type Principal, SCOPES, type Scope } from './principal.ts';
import type { Revocations } from './revocations.ts';

/** An OpenID Connect provider in place of the own issuer. */
export interface ExternalIssuer {
  /** its issuer URL; keys are found through its discovery document */
  readonly url: string;
  readonly audience: string;
  /** claim with the scopes (a string with spaces, or an array) */
  readonly scopeClaim: string;
  /** claim with the grants (an array) */
  readonly grantsClaim: string;
}

export const unauthorized = (detail: string): Refusal =>
  new Refusal('request.unauthorized', detail, {
    headers: {
      'www-authenticate': `Bearer realm="loadcycle", error="invalid_token", error_description="${detail}"`,
    },
  });

/** No token at all: RFC 6750 wants no error code in the challenge then. */
export const noToken = (): Refusal =>
  new Refusal('request.unauthorized', 'send Authorization: Bearer <token>', {
    headers: { 'www-authenticate': 'Bearer realm="loadcycle"' },
  });

const WHY: Record<string, string> = {
  ERR_JWT_EXPIRED: 'the token has run out',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'the signature does not fit',
  ERR_JWKS_NO_MATCHING_KEY: 'the signing key is not known',
  ERR_JOSE_ALG_NOT_ALLOWED: 'the signing algorithm is not accepted',
};

export interface Verifier {
  verify(token: string): Promise<Principal>;
}

/** Verifies tokens of Loadcycle's own issuer: `alg` pinned; `iss`, `aud`, `exp`, `nbf` and `jti` wanted and checked. */
export function ownVerifier(settings: IssuerSettings, keys: SigningKeys, revocations: Revocations): Verifier {
  const keySet: JWTVerifyGetKey = async (header, token) =>
    createLocalJWKSet({ keys: await keys.publicKeys(header.kid) })(header, token);
  return {
    verify: async (token) => {
      const payload = await verified(token, keySet, {
        issuer: settings.issuer,
        audience: settings.audience,
        algorithms: [...SIGNING_ALGORITHMS],
        typ: 'at+jwt',
        requiredClaims: ['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sub'],
      });
      const principal = principalOf(payload, payload['scope'], payload['grants']);
      if (await revocations.isRevoked(principal.tokenId, principal.clientId, principal.issuedAt)) {
        throw unauthorized('the token was taken back');
      }
      return principal;
    },
  };
}

/** Verifies tokens of an OpenID Connect provider. Its keys come from its discovery document, and are kept. */
export function externalVerifier(external: ExternalIssuer): Verifier {
  let keySet: ReturnType<typeof createRemoteJWKSet> | null = null;
  const discover = async (): Promise<JWTVerifyGetKey> => {
    if (keySet !== null) return keySet;
    const base = external.url.replace(/\/$/, '');
    let uri: string;
    try {
      const response = await fetch(`${base}/.well-known/openid-configuration`, {
        signal: AbortSignal.timeout(5000),
      });
      const document = (await response.json()) as { jwks_uri: string; issuer: string };
      if (document.issuer !== external.url) throw new Error(`the provider calls itself ${document.issuer}`);
      uri = document.jwks_uri;
    } catch (cause) {
      throw new Refusal('request.timeout', 'the token issuer can not be reached', {
        cause,
        headers: { 'retry-after': '5' },
      });
    }
    keySet = createRemoteJWKSet(new URL(uri));
    return keySet;
  };
  return {
    verify: async (token) => {
      const payload = await verified(token, await discover(), {
        issuer: external.url,
        audience: external.audience,
        algorithms: ['EdDSA', 'ES256', 'RS256', 'PS256'],
        requiredClaims: ['iss', 'aud', 'exp', 'sub'],
      });
      return principalOf(payload, payload[external.scopeClaim], payload[external.grantsClaim]);
    },
  };
}

async function verified(
  token: string,
  keys: JWTVerifyGetKey,
  options: Parameters<typeof jwtVerify>[2],
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, { clockTolerance: 5, ...options })).payload;
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw unauthorized(WHY[error.code] ?? 'the token is not valid here');
  }
}

function principalOf(payload: JWTPayload, scope: unknown, grants: unknown): Principal {
  const named = typeof scope === 'string' ? scope.split(' ') : Array.isArray(scope) ? scope : [];
  return {
    clientId: payload.sub!,
    tokenId: payload.jti ?? '',
    scopes: new Set(named.filter((s): s is Scope => SCOPES.includes(s as Scope))),
    grants: Array.isArray(grants) ? grants.filter((g) => typeof g === 'string') : [],
    issuedAt: payload.iat ?? 0,
    expiresAt: payload.exp!,
  };
}
