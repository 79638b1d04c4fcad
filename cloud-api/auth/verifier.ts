import { LoadcycleError } from '@loadcycle/contract';
import { createLocalJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { Refusal } from '../http/refusal.ts';
import type { IssuerSettings } from './issuer.ts';
import { SIGNING_ALGORITHMS, type SigningKeys } from './keys.ts';
import { type Principal, SCOPES, type Scope } from './principal.ts';
import { ProviderKeys } from './provider-keys.ts';
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
  /** Of a provider outside: can tokens be verified at all? */
  readonly ready?: () => Promise<void>;
}

/** Verifies tokens of Loadcycle's own issuer: `alg` pinned; `iss`, `aud`, `exp`, `nbf`, `iat` and `jti` wanted and checked. */
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
        // what was taken back is forgotten after this long
        maxTokenAge: settings.tokenLifeS,
      });
      const principal = principalOf(payload, payload['scope'], payload['grants']);
      if (principal.tokenId === '') throw unauthorized('the token has no id');
      if (await revocations.isRevoked(principal.tokenId, principal.clientId, principal.issuedAt)) {
        throw unauthorized('the token was taken back');
      }
      return principal;
    },
  };
}

/** Verifies tokens of an OpenID Connect provider. Its keys come from its discovery document, and are kept. */
export function externalVerifier(external: ExternalIssuer): Verifier {
  const keys = new ProviderKeys(external.url);
  return {
    ready: () => keys.ensure(),
    verify: async (token) => {
      const payload = await verified(token, keys.get, {
        issuer: external.url,
        audience: external.audience,
        algorithms: ['EdDSA', 'ES256', 'RS256', 'PS256'],
        requiredClaims: ['iss', 'aud', 'exp', 'sub'],
      });
      return principalOf(payload, payload[external.scopeClaim], payload[external.grantsClaim]);
    },
  };
}

const TOLERANCE_S = 5;

async function verified(
  token: string,
  keys: JWTVerifyGetKey,
  options: Parameters<typeof jwtVerify>[2],
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, { clockTolerance: TOLERANCE_S, ...options });
    if (payload.iat !== undefined && !(payload.iat <= Date.now() / 1000 + TOLERANCE_S))
      throw unauthorized('the token is from the future');
    return payload;
  } catch (error) {
    // an engine that is away is no judgement on the token
    if (error instanceof LoadcycleError) throw error;
    // what is no JOSE error: a key of the provider that can not be used
    const code = error instanceof errors.JOSEError ? error.code : '';
    throw unauthorized(WHY[code] ?? 'the token is not valid here');
  }
}

/** Names of clients stand in the access log and in the store: printable, and not without end. */
const SUBJECT = /^[^\p{Cc}\p{Cs}]{1,255}$/u;

function principalOf(payload: JWTPayload, scope: unknown, grants: unknown): Principal {
  const { sub, jti } = payload as { sub?: unknown; jti?: unknown };
  if (typeof sub !== 'string' || !SUBJECT.test(sub)) throw unauthorized('the token names no subject');
  const named = typeof scope === 'string' ? scope.split(' ') : Array.isArray(scope) ? scope : [];
  return {
    clientId: sub,
    tokenId: typeof jti === 'string' && SUBJECT.test(jti) ? jti : '',
    scopes: new Set(named.filter((s): s is Scope => SCOPES.includes(s as Scope))),
    grants: Array.isArray(grants) ? grants.filter((g) => typeof g === 'string') : [],
    issuedAt: payload.iat ?? 0,
    expiresAt: payload.exp!,
  };
}
