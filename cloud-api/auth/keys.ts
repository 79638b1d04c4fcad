import { setTimeout } from 'node:timers/promises';
import { LoadcycleError } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { seal, unseal } from '@loadcycle/service';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';

export const SIGNING_ALGORITHMS = ['EdDSA', 'ES256'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

export interface SigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly key: CryptoKey;
}

interface KeyRow {
  kid: string;
  alg: SigningAlgorithm;
  public_jwk: JWK;
  private_jwk: string;
  state: 'next' | 'active' | 'retired';
}

/** How long a copy of the key set is used before it is read again; a key is published longer than that before it signs. */
const FRESH_MS = 60_000;

/**
 * The issuer's signing keys, in the store, so that every instance of the API signs and verifies with the same
 * ones. Changing them takes no outage: a new key stands in the key set as `next` first, then signs, and the
 * one before still verifies until its last token has run out.
 */
export class SigningKeys {
  readonly #db: Database;
  readonly #alg: SigningAlgorithm;
  readonly #secret: string | null;
  #rows: KeyRow[] = [];
  #readAt = 0;
  #coming: Promise<KeyRow[]> | null = null;
  #signing: SigningKey | null = null;

  constructor(db: Database, alg: SigningAlgorithm, secret: string | null) {
    this.#db = db;
    this.#alg = alg;
    this.#secret = secret;
  }

  /** Makes the first key where there is none. Several instances may start at once: one key wins. */
  async ensure(): Promise<void> {
    const known = await this.#db.query(`SELECT kid FROM signing_key WHERE state = 'active'`);
    if (known.length > 0) return;
    const key = await this.#make();
    await this.#db.transaction(async (tx) => {
      await tx.query('LOCK TABLE signing_key IN SHARE ROW EXCLUSIVE MODE');
      await tx.query(
        `INSERT INTO signing_key (kid, alg, public_jwk, private_jwk, state)
         SELECT $1, $2, $3, $4, 'active' WHERE NOT EXISTS (SELECT FROM signing_key WHERE state = 'active')`,
        [key.kid, this.#alg, key.public, key.sealed],
      );
    });
    this.#readAt = 0;
  }

  /** Publishes the next key, or, where one has been published for long enough, lets it sign. */
  async rotate(publishedForS: number): Promise<'published' | 'switched'> {
    const key = await this.#make();
    const outcome = await this.#db.transaction(async (tx) => {
      await tx.query('LOCK TABLE signing_key IN SHARE ROW EXCLUSIVE MODE');
      const next = await tx.query<{ kid: string; ready: boolean }>(
        `SELECT kid, created_at <= now() - make_interval(secs => $1) AS ready FROM signing_key WHERE state = 'next'`,
        [publishedForS],
      );
      if (next[0]?.ready === true) {
        await tx.query(`UPDATE signing_key SET state = 'retired', retired_at = now() WHERE state = 'active'`);
        await tx.query(`UPDATE signing_key SET state = 'active' WHERE kid = $1`, [next[0].kid]);
        return 'switched';
      }
      if (next.length === 0) {
        await tx.query(
          `INSERT INTO signing_key (kid, alg, public_jwk, private_jwk, state) VALUES ($1, $2, $3, $4, 'next')`,
          [key.kid, this.#alg, key.public, key.sealed],
        );
      }
      return 'published';
    });
    this.#readAt = 0;
    return outcome;
  }

  /** Removes retired keys whose last token has run out. */
  async prune(tokenLifeS: number): Promise<void> {
    await this.#db.query(
      `DELETE FROM signing_key WHERE state = 'retired' AND retired_at < now() - make_interval(secs => $1)`,
      [tokenLifeS + (2 * FRESH_MS) / 1000],
    );
    this.#readAt = 0;
  }

  async signing(): Promise<SigningKey> {
    const rows = await this.#fresh();
    const active = rows.find((r) => r.state === 'active');
    if (active === undefined) throw new LoadcycleError('internal', 'there is no active signing key');
    if (this.#signing?.kid !== active.kid) {
      const jwk = JSON.parse(unseal(active.private_jwk, this.#secret)) as JWK;
      const key = (await importJWK(jwk, active.alg)) as CryptoKey;
      this.#signing = { kid: active.kid, alg: active.alg, key };
    }
    return this.#signing;
  }

  /**
   * The public key set. `kid` not among what is known: read again, once a second at most, and waited for, so that a
   * key that has just begun to sign costs no token a refusal.
   */
  async publicKeys(kid?: string): Promise<JWK[]> {
    const asked = Date.now();
    let rows = await this.#fresh();
    while (kid !== undefined && !rows.some((r) => r.kid === kid) && this.#readAt < asked) {
      rows = await this.#news();
    }
    return rows.map((r) => ({ ...r.public_jwk, kid: r.kid, alg: r.alg, use: 'sig' }));
  }

  #news(): Promise<KeyRow[]> {
    this.#coming ??= this.#readLater().finally(() => {
      this.#coming = null;
    });
    return this.#coming;
  }

  async #readLater(): Promise<KeyRow[]> {
    const pauseMs = this.#readAt + 1000 - Date.now();
    if (pauseMs > 0) await setTimeout(pauseMs);
    return this.#read();
  }

  async #fresh(): Promise<KeyRow[]> {
    return Date.now() - this.#readAt > FRESH_MS ? this.#read() : this.#rows;
  }

  async #read(): Promise<KeyRow[]> {
    const startedAt = Date.now();
    this.#rows = await this.#db.query<KeyRow>(
      'SELECT kid, alg, public_jwk, private_jwk, state FROM signing_key ORDER BY created_at',
    );
    this.#readAt = startedAt;
    return this.#rows;
  }

  async #make(): Promise<{ kid: string; public: JWK; sealed: string }> {
    const pair = await generateKeyPair(this.#alg, { extractable: true });
    const publicJwk = await exportJWK(pair.publicKey);
    const kid = await calculateJwkThumbprint(publicJwk);
    const sealed = seal(JSON.stringify(await exportJWK(pair.privateKey)), this.#secret);
    return { kid, public: publicJwk, sealed };
  }
}
