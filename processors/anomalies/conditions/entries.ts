import { inverse } from '@loadcycle/contract/units/conversion';
import { ruleIn } from '@loadcycle/contract/units/rule-conversion';
import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import type { KnownSignal } from '../../work/catalogue.ts';
import { receivedAtUs } from '../../work/messages.ts';
import { ThresholdJudge } from '../rules/judges.ts';
import { type AgedBatch, samplesOf } from '../rules/samples.ts';
import type { EntryChange } from './condition.ts';
import { type ConditionIndex, type Entry, keyOf } from './index.ts';

interface Latch {
  readonly signalId: number;
  readonly rule: string;
  readonly form: string;
  readonly entry: number;
  isTrue: boolean | null;
  reachedUs: number;
  heardUs: number;
}

interface Change extends EntryChange {
  readonly latch: Latch;
}

const KEPT = 20_000;

/**
 * Entries of conditions, as of the last commit: which are true, and up to when. Works in the transaction of the samples of the
 * signals that they look at, on what is live.
 */
export class ConditionEntries {
  readonly #index: ConditionIndex;
  readonly #latches = new Map<string, Latch>();

  constructor(index: ConditionIndex) {
    this.#index = index;
  }

  clear(): void {
    this.#latches.clear();
  }

  async observe(tx: Queryable, batches: readonly AgedBatch[]): Promise<void> {
    const asked = batches.flatMap((b) => {
      const entries = b.age === 'live' ? this.#index.entriesOf(b.known.id) : [];
      return entries.length === 0 ? [] : [{ b, entries }];
    });
    if (asked.length === 0) return;
    await this.#load(
      tx,
      asked.flatMap(({ entries }) => entries),
    );
    const changes: Change[] = [];
    const touched = new Set<Latch>();
    for (const { b, entries } of asked) {
      const { timesUs, values } = samplesOf(b);
      const lastUs = timesUs[timesUs.length - 1]!;
      for (const e of entries) {
        const latch = this.#latches.get(nameOf(e))!;
        const judge = new ThresholdJudge(thresholdOf(e, b.known));
        for (let i = 0; i < timesUs.length; i++) {
          const [atUs, value] = [timesUs[i]!, values[i]!];
          if (atUs <= latch.reachedUs || Number.isNaN(value)) continue;
          const { hit, calm } = judge.push(atUs, value)!;
          const isTrue = hit || (!calm && latch.isTrue === true);
          if (isTrue === latch.isTrue) continue;
          latch.isTrue = isTrue;
          changes.push({ latch, entry: e.entry, atUs, isTrue, value });
        }
        latch.reachedUs = Math.max(latch.reachedUs, lastUs);
        latch.heardUs = Math.max(latch.heardUs, receivedAtUs(b.record));
        touched.add(latch);
      }
    }
    await saveChanges(tx, changes);
    await saveLatches(tx, [...touched]);
  }

  async #load(tx: Queryable, entries: readonly Entry[]): Promise<void> {
    const missing = entries.filter((e) => !this.#latches.has(nameOf(e)));
    if (missing.length === 0) return;
    if (this.#latches.size + missing.length > KEPT) this.#latches.clear();
    const rows = await tx.query<Latch>(
      `SELECT signal_id AS "signalId", rule, form, entry, is_true AS "isTrue", ${us('reached')} AS "reachedUs", ${us('heard_at')} AS "heardUs"
       FROM condition_entry WHERE signal_id = ANY($1::int[])`,
      [[...new Set(entries.map((e) => e.condition.home.id))]],
    );
    const stored = new Map(rows.map((r) => [`${r.signalId}/${r.rule}/${r.form}/${r.entry}`, r]));
    for (const e of entries) {
      const name = nameOf(e);
      if (this.#latches.has(name)) continue;
      const { home, rule, form } = e.condition;
      const fresh = { signalId: home.id, rule, form, entry: e.entry, isTrue: null, reachedUs: 0, heardUs: 0 };
      this.#latches.set(name, stored.get(name) ?? fresh);
    }
  }
}

const nameOf = (e: Entry): string => `${keyOf(e.condition)}/${e.entry}`;

/** As the values are stored; what the entry says is in the unit that the signal has now. */
function thresholdOf({ leaf: { above, below, deadband: said } }: Entry, source: KnownSignal) {
  const deadband = said ?? source.definition.deadband ?? 0;
  const rule =
    above === undefined
      ? { type: 'low' as const, limit: below!, deadband }
      : { type: 'high' as const, limit: above, deadband };
  const stored = ruleIn(rule, rule.type, inverse(source.units.conversion));
  return said === undefined ? { ...stored, deadband } : stored;
}

async function saveChanges(tx: Queryable, all: readonly Change[]): Promise<void> {
  if (all.length === 0) return;
  await tx.query(
    `INSERT INTO condition_change (signal_id, rule, form, entry, at, is_true, value)
     SELECT v.id, v.rule, v.form, v.entry, ${ts('v.at')}, v.is_true, v.value
     FROM unnest($1::int[], $2::text[], $3::text[], $4::int[], $5::bigint[], $6::boolean[], $7::float8[])
       v(id, rule, form, entry, at, is_true, value)`,
    [
      all.map((c) => c.latch.signalId),
      all.map((c) => c.latch.rule),
      all.map((c) => c.latch.form),
      all.map((c) => c.entry),
      all.map((c) => c.atUs),
      all.map((c) => c.isTrue),
      all.map((c) => c.value),
    ],
  );
}

async function saveLatches(tx: Queryable, all: readonly Latch[]): Promise<void> {
  // one that has had no value yet says nothing
  const known = all.filter((l) => l.isTrue !== null);
  if (known.length === 0) return;
  await tx.query(
    `INSERT INTO condition_entry (signal_id, rule, form, entry, is_true, reached, heard_at)
     SELECT v.id, v.rule, v.form, v.entry, v.is_true, ${ts('v.reached')}, ${ts('v.heard')}
     FROM unnest($1::int[], $2::text[], $3::text[], $4::int[], $5::boolean[], $6::bigint[], $7::bigint[])
       v(id, rule, form, entry, is_true, reached, heard)
     ON CONFLICT (signal_id, rule, form, entry) DO UPDATE SET is_true = excluded.is_true, reached = excluded.reached,
       heard_at = excluded.heard_at`,
    [
      known.map((l) => l.signalId),
      known.map((l) => l.rule),
      known.map((l) => l.form),
      known.map((l) => l.entry),
      known.map((l) => l.isTrue),
      known.map((l) => l.reachedUs),
      known.map((l) => l.heardUs),
    ],
  );
}
