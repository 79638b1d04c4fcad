import type { Queryable } from '@loadcycle/database/port';
import type { RulesBaseline, RulesState } from './evaluator.ts';

/** What is kept of a signal's rules. */
export interface StoredRules {
  readonly state: RulesState;
  readonly baseline: RulesBaseline;
}

export async function readRules(
  db: Queryable,
  signalIds: readonly number[],
): Promise<Map<number, StoredRules>> {
  const rows = await db.query<{ id: number; state: RulesState; baseline: RulesBaseline | null }>(
    'SELECT signal_id AS id, state, baseline FROM rule_state WHERE signal_id = ANY($1::int[])',
    [signalIds],
  );
  return new Map(rows.map((r) => [r.id, { state: r.state, baseline: r.baseline ?? {} }]));
}

/** As JSON; a baseline of null stays as it is, a state of null is forgotten. */
export interface RulesText {
  readonly state: string | null;
  readonly baseline: string | null;
}

export async function saveRules(tx: Queryable, texts: ReadonlyMap<number, RulesText>): Promise<void> {
  const kept = [...texts].filter(([, t]) => t.state !== null);
  const gone = [...texts].flatMap(([id, t]) => (t.state === null ? [id] : []));
  if (kept.length > 0) {
    await tx.query(
      `INSERT INTO rule_state AS r (signal_id, state, baseline)
       SELECT v.id, v.state::jsonb, v.baseline::jsonb FROM unnest($1::int[], $2::text[], $3::text[]) v(id, state, baseline)
       ON CONFLICT (signal_id) DO UPDATE SET state = excluded.state, baseline = coalesce(excluded.baseline, r.baseline)`,
      [kept.map(([id]) => id), kept.map(([, t]) => t.state), kept.map(([, t]) => t.baseline)],
    );
  }
  if (gone.length > 0) await tx.query('DELETE FROM rule_state WHERE signal_id = ANY($1::int[])', [gone]);
}
