import type { Database } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';

/** How long an instance may not know of a token that another one took back. */
const FRESH_MS = 5_000;

/** Tokens that were taken back, and clients that were disabled or whose tokens were; a copy of a few seconds' age. */
export class Revocations {
  readonly #db: Database;
  #tokens = new Set<string>();
  #clients = new Map<string, number>();
  #readAt = 0;
  /** how often something was taken back here: what was read before the last time is old at once */
  #changes = 0;
  #reading: Promise<void> | null = null;

  constructor(db: Database) {
    this.#db = db;
  }

  async isRevoked(jti: string, clientId: string, issuedAtS: number): Promise<boolean> {
    while (Date.now() - this.#readAt > FRESH_MS) {
      const reading = (this.#reading ??= this.#read());
      await reading.finally(() => {
        if (this.#reading === reading) this.#reading = null;
      });
    }
    return (
      this.#tokens.has(jti) || issuedAtS * 1e6 < (this.#clients.get(clientId) ?? Number.NEGATIVE_INFINITY)
    );
  }

  /** Ask the store at the next question: something was just taken back here. */
  forget(): void {
    this.#changes++;
    this.#readAt = 0;
    // a question that is being answered now may have been asked before
    this.#reading = null;
  }

  async #read(): Promise<void> {
    const changes = this.#changes;
    const startedAt = Date.now();
    const tokens = await this.#db.query<{ jti: string }>(
      'SELECT jti FROM revoked_token WHERE expires_at > now()',
    );
    const clients = await this.#db.query<{ id: string; before: number | null; disabled: boolean }>(
      `SELECT id, ${us('revoked_before')} AS before, disabled_at IS NOT NULL AS disabled FROM api_client
       WHERE disabled_at IS NOT NULL OR revoked_before IS NOT NULL`,
    );
    if (changes !== this.#changes) return;
    this.#tokens = new Set(tokens.map((t) => t.jti));
    this.#clients = new Map(
      clients.map((c) => [c.id, c.disabled ? Number.POSITIVE_INFINITY : (c.before ?? 0)]),
    );
    this.#readAt = startedAt;
  }
}
