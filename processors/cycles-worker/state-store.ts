import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import type { KnownSignal } from '../work/catalogue.ts';
import { canRead, SignalState, STATE_VERSION, type StoredExtra } from './signal-state.ts';

interface Row {
  id: number;
  state: Uint8Array;
  format: number;
  version: number;
  seenTo: number | null;
  extra: StoredExtra;
}

/**
 * The signals' segmenters: those used last in memory, all of them in the store as of the last commit. What is in
 * memory and was not committed is thrown away by `evict`.
 */
export class StateStore {
  readonly #limit: number;
  readonly #states = new Map<number, SignalState>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  clear(): void {
    this.#states.clear();
  }

  evict(signalIds: Iterable<number>): void {
    for (const id of signalIds) this.#states.delete(id);
  }

  get(id: number): SignalState {
    return this.#states.get(id)!;
  }

  put(id: number, state: SignalState): void {
    this.#states.set(id, state);
  }

  /** Brings these signals into memory; those that the store does not know begin. */
  async load(db: Queryable, signals: readonly KnownSignal[]): Promise<void> {
    const missing: KnownSignal[] = [];
    for (const known of signals) {
      const state = this.#states.get(known.id);
      if (state === undefined) missing.push(known);
      else {
        // the ones used last go last
        this.#states.delete(known.id);
        this.#states.set(known.id, state);
      }
    }
    if (missing.length > 0) {
      const rows = await readStates(db, missing);
      for (const known of missing)
        this.#states.set(known.id, rows.get(known.id) ?? new SignalState(known, null));
    }
    let spare = this.#states.size - Math.max(this.#limit, signals.length);
    for (const id of this.#states.keys()) {
      if (spare-- <= 0) break;
      this.#states.delete(id);
    }
  }
}

async function readStates(db: Queryable, signals: readonly KnownSignal[]): Promise<Map<number, SignalState>> {
  const rows = await db.query<Row>(
    `SELECT signal_id AS id, state, format, settings_version AS version, ${us('seen_to')} AS "seenTo", extra
     FROM segmenter_state WHERE signal_id = ANY($1::int[])`,
    [signals.map((k) => k.id)],
  );
  const byId = new Map(signals.map((k) => [k.id, k]));
  return new Map(rows.map((r) => [r.id, stateOf(byId.get(r.id)!, r)]));
}

function stateOf(known: KnownSignal, { state, format, version, seenTo, extra }: Row): SignalState {
  if (canRead(format)) return new SignalState(known, { state, version, extra });
  // saved by another version of the segmenter: it learns again from here
  const fresh = new SignalState(known, null);
  fresh.sinceUs = seenTo;
  return fresh;
}

export async function saveStates(tx: Queryable, states: ReadonlyMap<number, SignalState>): Promise<void> {
  if (states.size === 0) return;
  const all = [...states.values()];
  await tx.query(
    `INSERT INTO segmenter_state (signal_id, state, format, settings_version, seen_to, extra, saved_at)
     SELECT v.id, v.state, $2, v.version, ${ts('v.seen_to')}, v.extra::jsonb, now()
     FROM unnest($1::int[], $3::bytea[], $4::int[], $5::bigint[], $6::text[]) v(id, state, version, seen_to, extra)
     ON CONFLICT (signal_id) DO UPDATE SET state = excluded.state, format = excluded.format,
       settings_version = excluded.settings_version, seen_to = excluded.seen_to, extra = excluded.extra, saved_at = now()`,
    [
      [...states.keys()],
      STATE_VERSION,
      all.map((s) => s.snapshot()),
      all.map((s) => s.settingsVersion),
      all.map((s) => s.lastUs),
      all.map((s) => JSON.stringify(s.extra())),
    ],
  );
}
