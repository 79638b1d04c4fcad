import { setTimeout } from 'node:timers/promises';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { Refusal } from '../http/refusal.ts';

/** Keys are read again after this long, in the background. */
const FRESH_MS = 600_000;
/** Keys that could not be read again for this long are no longer trusted: the provider may have withdrawn one. */
const TRUSTED_MS = 86_400_000;
/** While there are keys the provider is asked at most this often, whatever tokens come. */
const PAUSE_MS = 1_000;
const PATIENCE_MS = 5_000;

/**
 * Public keys of an OpenID Connect provider, found through its discovery document. They are kept, so that an outage
 * of the provider stops nobody; a key that is not known is looked for at once. Where nothing can be said without
 * the provider, and it does not answer as one, the request is refused with 503, not with 401.
 */
export class ProviderKeys {
  readonly #issuer: string;
  #find: JWTVerifyGetKey | null = null;
  #readAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | null = null;

  constructor(issuer: string) {
    this.#issuer = issuer;
  }

  readonly get: JWTVerifyGetKey = async (header, token) => {
    const age = performance.now() - this.#readAt;
    if (this.#find === null || age > TRUSTED_MS) await this.#read();
    else if (age > FRESH_MS && this.#pauseMs() <= 0) this.#read().catch(() => {});
    try {
      return await this.#find!(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    // a key that was published a moment ago must not cost its first token a refusal
    if (this.#pauseMs() > 0) await setTimeout(this.#pauseMs());
    await this.#read();
    return this.#find!(header, token);
  };

  /** Is there anything to verify with? Asks the provider where there is not; refuses with 503. */
  async ensure(): Promise<void> {
    if (this.#find === null) await this.#read();
  }

  #pauseMs(): number {
    return this.#reading === null ? this.#triedAt + PAUSE_MS - performance.now() : 0;
  }

  #read(): Promise<void> {
    this.#reading ??= this.#fetch().finally(() => {
      this.#triedAt = performance.now();
      this.#reading = null;
    });
    return this.#reading;
  }

  async #fetch(): Promise<void> {
    try {
      const base = this.#issuer.replace(/\/$/, '');
      const document = (await getJson(`${base}/.well-known/openid-configuration`)) as Record<string, unknown>;
      if (document['issuer'] !== this.#issuer) {
        throw new Error(`the provider calls itself ${String(document['issuer'])}`);
      }
      const keys = (await getJson(String(document['jwks_uri']))) as JSONWebKeySet;
      // refuses what is no key set
      this.#find = createLocalJWKSet(keys);
      this.#readAt = performance.now();
    } catch (cause) {
      throw unreachable(cause);
    }
  }
}

const unreachable = (cause: unknown): Refusal =>
  new Refusal('request.timeout', 'the token issuer can not be reached', {
    cause,
    headers: { 'retry-after': '5' },
  });

async function getJson(url: string): Promise<unknown> {
  const headers = { accept: 'application/json' };
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(PATIENCE_MS) });
  const value: unknown = await response.json();
  if (!response.ok || typeof value !== 'object' || value === null) {
    throw new Error(`${url} answered ${response.status}`);
  }
  return value;
}
