import { randomUUID } from 'node:crypto';
import type { Database } from '@loadcycle/database/port';
import type { ComponentHealth, Health } from '@loadcycle/service';

const LOOK_EVERY_MS = 1_000;
/** A worker that has not been seen for three times as long is taken for gone (cloud-api/retrieval/stalls.ts). */
const TELL_EVERY_MS = 10_000;
const DETAIL_CHARS = 300;
const RANK = { ok: 0, waiting: 1, failing: 2 };

/** Tells the store how a worker is: at each change, and every ten seconds that it is still there. Never throws. */
export class Heartbeat {
  readonly #database: Database;
  readonly #health: Health;
  readonly #consumer: string;
  readonly #parts: readonly string[];
  readonly #instance = randomUUID();
  readonly #timer: NodeJS.Timeout;
  #said = '';
  #saidAt = Number.NEGATIVE_INFINITY;
  #saying: Promise<unknown> | null = null;

  constructor(database: Database, health: Health, consumer: string, parts: readonly string[] = []) {
    this.#database = database;
    this.#health = health;
    this.#consumer = consumer;
    this.#parts = [consumer, ...parts];
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#saying;
  }

  #look(): void {
    if (this.#saying !== null) return;
    const { state, code, detail } = this.#worst();
    const text = JSON.stringify([state, code, detail]);
    const now = performance.now();
    if (text === this.#said && now - this.#saidAt < TELL_EVERY_MS) return;
    this.#saying = this.#tell(state, code ?? null, detail?.slice(0, DETAIL_CHARS) ?? null)
      .then(() => {
        this.#said = text;
        this.#saidAt = now;
      })
      // a store that is away hears it later, and whoever asks it meanwhile gets no answer either
      .catch(() => {})
      .finally(() => {
        this.#saying = null;
      });
  }

  #worst(): Pick<ComponentHealth, 'state' | 'code' | 'detail'> {
    const all = this.#health.snapshot();
    const mine = this.#parts.flatMap((name) => (all[name] === undefined ? [] : [all[name]]));
    return mine.reduce<Pick<ComponentHealth, 'state' | 'code' | 'detail'>>(
      (a, b) => (RANK[b.state] > RANK[a.state] ? b : a),
      { state: 'ok' },
    );
  }

  async #tell(state: string, code: string | null, detail: string | null): Promise<void> {
    await this.#database.query(
      `WITH gone AS (
         DELETE FROM consumer_state WHERE consumer = $1 AND instance <> $2 AND seen_at < now() - interval '1 day'
       )
       INSERT INTO consumer_state (consumer, instance, state, code, detail) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (consumer, instance) DO UPDATE
       SET state = excluded.state, code = excluded.code, detail = excluded.detail, seen_at = now()`,
      [this.#consumer, this.#instance, state, code, detail],
    );
  }
}
