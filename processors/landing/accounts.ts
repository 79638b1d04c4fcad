import type { Queryable } from '@loadcycle/database/port';
import { ts } from '@loadcycle/database/sql';
import { receivedAtUs } from '../work/messages.ts';
import type { StoredTails } from '../work/tails.ts';
import type { LedgerOutcome } from './ledger.ts';
import type { Letter } from './letters.ts';
import type { LedgerEntry } from './prepare.ts';

const HOUR_US = 3_600_000_000;

const COLUMNS = [
  'received',
  'landed',
  'duplicates',
  'dead_lettered',
  'samples',
  'good',
  'uncertain',
  'bad',
] as const;
type Column = (typeof COLUMNS)[number];
type Counts = Record<Column, number>;

/** By hour of receipt and signal: what came, and what became of it. */
export class AccountDelta {
  readonly #rows = new Map<string, { hourUs: number; signalId: number; counts: Counts }>();

  static of(outcome: LedgerOutcome, letters: readonly Letter[]): AccountDelta {
    const delta = new AccountDelta();
    for (const e of outcome.landed) {
      const { count, good, uncertain, bad } = e;
      delta.#add(e.receivedAtUs, e.signalId, {
        received: 1,
        landed: 1,
        samples: count,
        good,
        uncertain,
        bad,
      });
    }
    const entry = (e: LedgerEntry, counts: Partial<Counts>) => delta.#add(e.receivedAtUs, e.signalId, counts);
    for (const e of outcome.duplicates) entry(e, { received: 1, duplicates: 1 });
    for (const { entry: e } of outcome.conflicts) entry(e, { received: 1, dead_lettered: 1 });
    for (const l of letters) {
      delta.#add(receivedAtUs(l.record), l.signalId, { received: 1, dead_lettered: 1 });
    }
    return delta;
  }

  /** Messages that never came as far as the ledger. */
  static ofLetters(letters: readonly Letter[]): AccountDelta {
    return AccountDelta.of({ landed: [], duplicates: [], conflicts: [] }, letters);
  }

  #add(receivedUs: number, signalId: number, counts: Partial<Counts>): void {
    const hourUs = Math.floor(receivedUs / HOUR_US) * HOUR_US;
    const key = `${hourUs}/${signalId}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      const zero = Object.fromEntries(COLUMNS.map((c) => [c, 0])) as Counts;
      this.#rows.set(key, (row = { hourUs, signalId, counts: zero }));
    }
    for (const c of COLUMNS) row.counts[c] += counts[c] ?? 0;
  }

  /** Together with the signals' session ends, in one round trip. */
  async write(tx: Queryable, tails: ReadonlyMap<number, StoredTails>): Promise<void> {
    if (this.#rows.size === 0) return;
    // always in the same order, so that two workers never wait for each other
    const rows = [...this.#rows.values()].sort((a, b) => a.signalId - b.signalId || a.hourUs - b.hourUs);
    const types = COLUMNS.map((_, i) => `$${i + 5}::bigint[]`).join(', ');
    await tx.query(
      `WITH ends AS (
         INSERT INTO validation_state (signal_id, state)
         SELECT v.id, v.state::jsonb FROM unnest($1::int[], $2::text[]) v(id, state)
         ON CONFLICT (signal_id) DO UPDATE SET state = excluded.state)
       INSERT INTO account AS a (hour, signal_id, ${COLUMNS.join(', ')})
       SELECT ${ts('v.hour')}, v.signal_id, ${COLUMNS.map((c) => `v.${c}`).join(', ')}
       FROM unnest($3::bigint[], $4::int[], ${types}) v(hour, signal_id, ${COLUMNS.join(', ')})
       ON CONFLICT (hour, signal_id) DO UPDATE SET ${COLUMNS.map((c) => `${c} = a.${c} + excluded.${c}`).join(', ')}`,
      [
        [...tails.keys()],
        [...tails.values()].map((t) => JSON.stringify(t)),
        rows.map((r) => r.hourUs),
        rows.map((r) => r.signalId),
        ...COLUMNS.map((c) => rows.map((r) => r.counts[c])),
      ],
    );
  }
}
