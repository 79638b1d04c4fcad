import type { Database } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';

/** How long an instance may not know of what another one took back: a token, or a client. */
const FRESH_MS = 5_000;

/**
 * Which tokens are still good: the clients that there are, none of them disabled, and what was taken back of theirs. A
 * copy of a few seconds' age.
 */
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

  /** Was the token taken back, or its client disabled or removed? */
  async isRevoked(jti: string, clientId: string, issuedAtS: number): Promise<boolean> {
    await this.#since(Date.now() - FRESH_MS);
    // made a moment ago by another instance, or not there any more
    if (!this.#clients.has(clientId)) await this.#since(Date.now());
    const before = this.#clients.get(clientId);
    return before === undefined || this.#tokens.has(jti) || issuedAtS * 1e6 < before;
  }

  /** Waits for a copy that is no older. */
  async #since(ms: number): Promise<void> {
    while (this.#readAt < ms) {
      const reading = (this.#reading ??= this.#read());
      await reading.finally(() => {
        if (this.#reading === reading) this.#reading = null;
      });
    }
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
    const clients = await this.#db.query<{ id: string; before: number | null }>(
      `SELECT id, ${us('revoked_before')} AS before FROM api_client WHERE disabled_at IS NULL AND deleted_at IS NULL`,
    );
    if (changes !== this.#changes) return;
    this.#tokens = new Set(tokens.map((t) => t.jti));
    this.#clients = new Map(clients.map((c) => [c.id, c.before ?? Number.NEGATIVE_INFINITY]));
    this.#readAt = startedAt;
  }
}
