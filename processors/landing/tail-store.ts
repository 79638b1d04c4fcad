import type { Queryable } from '@loadcycle/database/port';
import { type StoredTails, Tails } from '../work/tails.ts';

/**
 * How many signals' ends are kept in memory; the others are read again when they come. Far more than the two groups
 * that are under way can hold, so that what goes is committed.
 */
const KEPT = 200_000;

/** The signals' session ends in memory, ahead of the store by what is being landed. */
export class TailStore {
  readonly #db: Queryable;
  #tails = new Map<number, Tails>();

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** Back to the store's state. */
  clear(): void {
    this.#tails.clear();
  }

  async load(signalIds: readonly number[]): Promise<void> {
    const missing: number[] = [];
    for (const id of signalIds) {
      const known = this.#tails.get(id);
      if (known === undefined) missing.push(id);
      else {
        // the ones used last go last
        this.#tails.delete(id);
        this.#tails.set(id, known);
      }
    }
    if (missing.length === 0) return;
    const rows = await this.#db.query<{ id: number; state: StoredTails }>(
      'SELECT signal_id AS id, state FROM validation_state WHERE signal_id = ANY($1::int[])',
      [missing],
    );
    const stored = new Map(rows.map((r) => [r.id, r.state]));
    for (const id of missing) this.#tails.set(id, Tails.from(stored.get(id)));
    for (const id of this.#tails.keys()) {
      if (this.#tails.size <= KEPT) break;
      this.#tails.delete(id);
    }
  }

  get(signalId: number): Tails {
    return this.#tails.get(signalId)!;
  }
}
