import { LoadcycleError } from '@loadcycle/contract';
import { SAMPLE_COLUMNS } from '@loadcycle/database/copy-encoder';
import type { Queryable, Transaction } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import { addToHours } from './batch-hours.ts';
import type { Landing, LedgerEntry } from './prepare.ts';

export interface LedgerOutcome {
  readonly landed: readonly LedgerEntry[];
  readonly duplicates: readonly LedgerEntry[];
  readonly conflicts: readonly { readonly entry: LedgerEntry; readonly error: LoadcycleError }[];
}

const nameOf = (e: { signalId: number; session: string; seq: number }): string =>
  `${e.signalId}/${e.session}/${e.seq}`;

interface Known {
  signalId: number;
  session: string;
  seq: number;
  t0Us: number;
  endUs: number;
  count: number;
  digest: number;
}

/**
 * The highest seq that is in the ledger, by (signal, session): what lies above is new for sure, so that the
 * ledger has to be searched for resends and late batches only. Holds what is committed; asked of the store where
 * it does not know, and emptied at each assignment, since another worker may have been here in between.
 */
export class HighSeqs {
  readonly #high = new Map<string, number>();

  clear(): void {
    this.#high.clear();
  }

  async learn(tx: Queryable, entries: readonly LedgerEntry[]): Promise<void> {
    const unknown = new Map<string, LedgerEntry>();
    for (const e of entries) {
      const key = `${e.signalId}/${e.session}`;
      if (!this.#high.has(key)) unknown.set(key, e);
    }
    if (unknown.size === 0) return;
    if (this.#high.size > 100_000) this.#high.clear();
    const asked = [...unknown.values()];
    const rows = await tx.query<{ signalId: number; session: string; seq: number | null }>(
      `SELECT v.signal_id AS "signalId", v.session,
              (SELECT b.seq FROM batch b WHERE b.signal_id = v.signal_id AND b.session = v.session ORDER BY b.seq DESC LIMIT 1) AS seq
       FROM unnest($1::int[], $2::uuid[]) v(signal_id, session)`,
      [asked.map((e) => e.signalId), asked.map((e) => e.session)],
    );
    for (const r of rows) this.#high.set(`${r.signalId}/${r.session}`, r.seq ?? -1);
  }

  isNew(e: LedgerEntry): boolean {
    return e.seq > (this.#high.get(`${e.signalId}/${e.session}`) ?? Number.MAX_SAFE_INTEGER);
  }

  /** After the commit. */
  raise(landed: readonly LedgerEntry[]): void {
    for (const e of landed) {
      const key = `${e.signalId}/${e.session}`;
      if (e.seq > (this.#high.get(key) ?? -1)) this.#high.set(key, e.seq);
    }
  }
}

/**
 * Puts the new batches into the ledger and copies their rows, in the caller's transaction. A batch that is there
 * already is a duplicate; one whose name is there with other content is a conflict, and goes to the dead letters.
 */
export async function landBatches(
  tx: Transaction,
  landing: Pick<Landing, 'entries' | 'sorted' | 'rows'>,
  high: HighSeqs,
): Promise<LedgerOutcome> {
  const { entries, rows } = landing;
  if (entries.length === 0) return { landed: [], duplicates: [], conflicts: [] };
  await high.learn(tx, entries);
  const known = await search(
    tx,
    entries.filter((e) => !high.isNew(e)),
  );
  const fresh: LedgerEntry[] = [];
  const repeated: LedgerEntry[] = [];
  const taken = firstOf(entries, known);
  for (const e of entries) {
    const name = nameOf(e);
    if (taken.get(name) === e) {
      known.set(name, e);
      fresh.push(e);
    } else repeated.push(e);
  }
  const inserted = await insert(tx, fresh);
  let landed = fresh;
  if (inserted !== null) {
    // another worker put some of them there since: the unique key is what decides
    landed = fresh.filter((e) => inserted.has(nameOf(e)));
    const late = fresh.filter((e) => !inserted.has(nameOf(e)));
    for (const [name, k] of await search(tx, late)) known.set(name, k);
    repeated.push(...late);
  }
  if (landed.length > 0) {
    await addToHours(tx, landed);
    const copied = await tx.copyIn('sample', SAMPLE_COLUMNS, rowsOf(landed, entries, rows), {
      sorted: landing.sorted,
    });
    const expected = landed.reduce((n, e) => n + e.count, 0);
    if (copied !== expected)
      throw new LoadcycleError('store.broken', `${copied} rows of ${expected} were copied`);
  }
  const conflicts = repeated.flatMap((entry) => {
    const error = conflictOf(entry, known.get(nameOf(entry))!);
    return error === null ? [] : [{ entry, error }];
  });
  const conflicting = new Set(conflicts.map((c) => c.entry));
  return { landed, duplicates: repeated.filter((e) => !conflicting.has(e)), conflicts };
}

/** Of several batches of one name, the one that came first in the log counts, however they are sorted for the copy. */
function firstOf(
  entries: readonly LedgerEntry[],
  known: ReadonlyMap<string, unknown>,
): Map<string, LedgerEntry> {
  const first = new Map<string, LedgerEntry>();
  for (const e of entries) {
    const name = nameOf(e);
    if (known.has(name)) continue;
    const other = first.get(name);
    if (other === undefined || e.order < other.order) first.set(name, e);
  }
  return first;
}

async function search(tx: Queryable, entries: readonly LedgerEntry[]): Promise<Map<string, Known>> {
  if (entries.length === 0) return new Map();
  const rows = await tx.query<Known>(
    `SELECT b.signal_id AS "signalId", b.session, b.seq, ${us('b.t0')} AS "t0Us", ${us('b.t_end')} AS "endUs", b.count, b.digest
     FROM unnest($1::int[], $2::uuid[], $3::bigint[]) v(signal_id, session, seq)
     JOIN batch b ON b.signal_id = v.signal_id AND b.session = v.session AND b.seq = v.seq`,
    [entries.map((e) => e.signalId), entries.map((e) => e.session), entries.map((e) => e.seq)],
  );
  return new Map(rows.map((r) => [nameOf(r), r]));
}

/** Null: all of them went in. */
async function insert(tx: Queryable, entries: readonly LedgerEntry[]): Promise<Set<string> | null> {
  if (entries.length === 0) return null;
  const column = <T>(of: (e: LedgerEntry) => T): T[] => entries.map(of);
  const rows = await tx.query<{ signalId: number; session: string; seq: number }>(
    `INSERT INTO batch (signal_id, session, seq, t0, t_end, period, count, good, uncertain, bad, received_at, digest, definition_version, offsets)
     SELECT v.signal_id, v.session, v.seq, ${ts('v.t0')}, ${ts('v.t_end')}, v.period, v.count, v.good, v.uncertain, v.bad, ${ts('v.received_at')}, v.digest, v.version, v.offsets
     FROM unnest($1::int[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::int[], $8::int[], $9::int[], $10::int[], $11::bigint[], $12::int[], $13::int[], $14::bytea[])
       v(signal_id, session, seq, t0, t_end, period, count, good, uncertain, bad, received_at, digest, version, offsets)
     ON CONFLICT DO NOTHING RETURNING signal_id AS "signalId", session, seq`,
    [
      column((e) => e.signalId),
      column((e) => e.session),
      column((e) => e.seq),
      column((e) => e.t0Us),
      column((e) => e.endUs),
      column((e) => e.dtUs),
      column((e) => e.count),
      column((e) => e.good),
      column((e) => e.uncertain),
      column((e) => e.bad),
      column((e) => e.receivedAtUs),
      column((e) => e.digest),
      column((e) => e.version),
      column((e) => e.offsets),
    ],
  );
  return rows.length === entries.length ? null : new Set(rows.map(nameOf));
}

/** The encoded rows of the landed entries: all of them as they are, or the pieces put together. */
function rowsOf(landed: readonly LedgerEntry[], all: readonly LedgerEntry[], rows: Uint8Array): Uint8Array {
  if (landed.length === all.length) return rows;
  return Buffer.concat(landed.map((e) => rows.subarray(e.from, e.to)));
}

function conflictOf(e: LedgerEntry, k: Known): LoadcycleError | null {
  if (e.t0Us === k.t0Us && e.endUs === k.endUs && e.count === k.count && e.digest === k.digest) return null;
  return new LoadcycleError(
    'message.conflicting-batch',
    `seq ${e.seq} of session ${e.session} is already there with other content`,
    { pointer: '/seq', hint: 'a session must be new at each start of the sender, and seq count on in it' },
  );
}
