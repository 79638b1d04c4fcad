import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import type { TopicPartition } from '@loadcycle/event-log/port';
import type { ConditionState, EntryChange } from './condition.ts';

/** Names a condition in its form. */
export interface ConditionName {
  readonly signalId: number;
  readonly rule: string;
  readonly form: string;
}

/** A condition that there is something of in the store. */
export interface StoredCondition extends ConditionName {
  /** the partition of its own signal; null: nothing of it has been cut yet */
  readonly at: TopicPartition | null;
  /** entries have changed, or time alone may decide */
  readonly isDue: boolean;
}

export const storedConditions = (db: Queryable): Promise<StoredCondition[]> =>
  db.query(
    `SELECT n.signal_id AS "signalId", n.rule, n.form, g.extra->'at' AS at,
            coalesce((c.state->>'waits')::boolean, false) OR EXISTS (SELECT FROM condition_change h
              WHERE h.signal_id = n.signal_id AND h.rule = n.rule AND h.form = n.form) AS "isDue"
     FROM (SELECT signal_id, rule, form FROM condition_entry UNION SELECT signal_id, rule, form FROM condition_state) n
     LEFT JOIN condition_state c ON c.signal_id = n.signal_id AND c.rule = n.rule AND c.form = n.form
     LEFT JOIN segmenter_state g ON g.signal_id = n.signal_id`,
  );

const SAME = 'signal_id = $1 AND rule = $2 AND form = $3';
const paramsOf = (n: ConditionName): [number, string, string] => [n.signalId, n.rule, n.form];

/**
 * Up to when all entries are known, µs; null: of none anything is. One that the cloud has not heard for `waitUs` is not waited for,
 * as long as there are others.
 */
export async function knownTo(tx: Queryable, n: ConditionName, waitUs: number): Promise<number | null> {
  const [row] = await tx.query<{ toUs: number | null }>(
    `SELECT ${us("coalesce(min(reached) FILTER (WHERE heard_at > now() - interval '1 microsecond' * $4::bigint), min(reached))")} AS "toUs"
     FROM condition_entry WHERE ${SAME}`,
    [...paramsOf(n), waitUs],
  );
  return row?.toUs ?? null;
}

export const changesTo = (tx: Queryable, n: ConditionName, toUs: number): Promise<EntryChange[]> =>
  tx.query<EntryChange>(
    `SELECT entry, ${us('at')} AS "atUs", is_true AS "isTrue", value FROM condition_change
     WHERE ${SAME} AND at <= ${ts('$4')} ORDER BY at, entry`,
    [...paramsOf(n), toUs],
  );

export async function readCondition(tx: Queryable, n: ConditionName): Promise<ConditionState | null> {
  const rows = await tx.query<{ state: ConditionState }>(
    `SELECT state FROM condition_state WHERE ${SAME}`,
    paramsOf(n),
  );
  return rows[0]?.state ?? null;
}

/** What it has taken of the changes goes. */
export async function saveCondition(
  tx: Queryable,
  n: ConditionName,
  state: ConditionState,
  takenUs: number,
): Promise<void> {
  await tx.query(
    `INSERT INTO condition_state (signal_id, rule, form, state) VALUES ($1, $2, $3, $4::jsonb)
     ON CONFLICT (signal_id, rule, form) DO UPDATE SET state = excluded.state`,
    [...paramsOf(n), JSON.stringify(state)],
  );
  await tx.query(`DELETE FROM condition_change WHERE ${SAME} AND at <= ${ts('$4')}`, [
    ...paramsOf(n),
    takenUs,
  ]);
}

export async function forgetCondition(tx: Queryable, n: ConditionName): Promise<void> {
  for (const table of ['condition_change', 'condition_entry', 'condition_state']) {
    await tx.query(`DELETE FROM ${table} WHERE ${SAME}`, paramsOf(n));
  }
}
