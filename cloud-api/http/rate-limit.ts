import type { AppContext } from './endpoint.ts';
import { Refusal } from './refusal.ts';

export interface RateLimitSettings {
  /** requests in a window, for each client */
  readonly quota: number;
  readonly windowS: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Clients remembered at most: the idlest go first, and a full bucket is the same as none. */
const MAX_BUCKETS = 10_000;

/**
 * A token bucket for each client, in this instance. The headers are those of the IETF's
 * draft-ietf-httpapi-ratelimit-headers: `RateLimit-Policy` and `RateLimit`.
 */
export class RateLimiter {
  readonly #settings: RateLimitSettings;
  readonly #name: string;
  readonly #buckets = new Map<string, Bucket>();

  /** `name` stands in the headers */
  constructor(settings: RateLimitSettings, name = 'client') {
    this.#settings = settings;
    this.#name = name;
  }

  /** Takes one request. Refuses with 429 and Retry-After. */
  take(c: AppContext, client: string, nowMs = performance.now()): void {
    const { quota, windowS } = this.#settings;
    const perMs = quota / (windowS * 1000);
    const known = this.#buckets.get(client);
    const bucket = known ?? { tokens: quota, at: nowMs };
    bucket.tokens = Math.min(quota, bucket.tokens + (nowMs - bucket.at) * perMs);
    bucket.at = nowMs;
    // the map keeps the order of last use
    if (known !== undefined) this.#buckets.delete(client);
    else if (this.#buckets.size >= MAX_BUCKETS) this.#buckets.delete(this.#buckets.keys().next().value!);
    this.#buckets.set(client, bucket);
    const allowed = bucket.tokens >= 1;
    if (allowed) bucket.tokens -= 1;
    const fullInS = Math.ceil((quota - bucket.tokens) / perMs / 1000);
    const headers = {
      'ratelimit-policy': `"${this.#name}";q=${quota};w=${windowS}`,
      ratelimit: `"${this.#name}";r=${Math.floor(bucket.tokens)};t=${fullInS}`,
    };
    c.set('limit', headers);
    if (allowed) return;
    const waitS = Math.max(1, Math.ceil((1 - bucket.tokens) / perMs / 1000));
    throw new Refusal('request.too-many', `${quota} requests in ${windowS} s are allowed`, {
      headers: { 'retry-after': String(waitS) },
    });
  }
}
