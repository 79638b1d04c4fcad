import { convert, SAME } from '@loadcycle/contract/units/conversion';
import type { Queryable } from '@loadcycle/database/port';
import type { Catalogue } from '../../work/catalogue.ts';
import type { OutgoingRecord } from '../../work/outgoing.ts';
import { inPartition, type PartitionParts } from '../in-partition.ts';
import { anomalyRecord } from '../record.ts';
import { writeEpisodes } from '../rows.ts';
import type { AlarmChange } from '../rules/alarm.ts';
import { leafInWords } from '../rules/words.ts';
import { ConditionJudge } from './condition.ts';
import { type Condition, type ConditionIndex, leavesOf, sourceOf } from './index.ts';
import {
  changesTo,
  forgetCondition,
  knownTo,
  readCondition,
  type StoredCondition,
  saveCondition,
  storedConditions,
} from './rows.ts';

/** Between two looks. */
const EVERY_MS = 1_000;
/** A signal that has not been heard for so long is not waited for: it counts as it stood. */
const WAIT_US = 60_000_000;

export interface ConditionParts extends PartitionParts {
  readonly catalogue: Catalogue;
  readonly index: ConditionIndex;
}

/**
 * Puts the entries of conditions together, up to the time that all of their signals have reached. Each condition by whoever has the
 * partition of the signal that it is of; anomalies, state and what was taken of the changes are one transaction.
 */
export class ConditionWatch {
  readonly #p: ConditionParts;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: ConditionParts) {
    this.#p = parts;
  }

  /** Between two groups. */
  async step(): Promise<void> {
    if (performance.now() - this.#askedAt < EVERY_MS) return;
    this.#askedAt = performance.now();
    const { database, position, index, catalogue } = this.#p;
    for (const stored of await storedConditions(database)) {
      const { at, signalId, rule, form } = stored;
      if (at === null || position(at) === null) continue;
      const key = `${signalId}/${rule}/${form}`;
      // another worker may have heard of a definition first
      if (index.get(key) === undefined) await catalogue.refresh();
      const condition = index.get(key);
      if (condition !== undefined && !stored.isDue) continue;
      await inPartition(this.#p, at, (tx) =>
        condition === undefined ? this.#end(tx, stored) : this.#advance(tx, stored, condition),
      );
    }
  }

  async #advance(tx: Queryable, stored: StoredCondition, condition: Condition): Promise<OutgoingRecord[]> {
    const toUs = await knownTo(tx, stored, WAIT_US);
    if (toUs === null) return [];
    const changes = await changesTo(tx, stored, toUs);
    const before = await readCondition(tx, stored);
    if (changes.length === 0 && toUs <= (before?.toUs ?? 0)) return [];
    const judge = new ConditionJudge(condition.settings, before);
    let reason = before?.reason ?? null;
    const found: { change: AlarmChange; reason: string }[] = [];
    judge.advance(changes, toUs, (change) => {
      if (change.untilUs === null) reason = this.#inWords(condition, judge);
      found.push({ change, reason: reason ?? '' });
    });
    await saveCondition(tx, stored, judge.state(reason), toUs);
    return await tell(tx, condition.home, condition.rule, found, 'returned');
  }

  /** The definition has another one, or none. */
  async #end(tx: Queryable, stored: StoredCondition): Promise<OutgoingRecord[]> {
    const home = this.#p.catalogue.byId(stored.signalId);
    // known to the store, and not yet here
    if (home === undefined) return [];
    const before = await readCondition(tx, stored);
    await forgetCondition(tx, stored);
    if (before?.alarm.open !== true) return [];
    const { sinceUs, lastUs } = before.alarm;
    const change = { ...before.alarm, sinceUs: sinceUs!, what: 'returned' as const, hitUs: lastUs };
    const ended = { ...change, untilUs: Math.max(before.toUs ?? 0, sinceUs!) };
    return await tell(tx, home, stored.rule, [{ change: ended, reason: before.reason ?? '' }], 'definition');
  }

  #inWords({ home, settings }: Condition, judge: ConditionJudge): string {
    const { catalogue } = this.#p;
    const entries = leavesOf(settings).flatMap((leaf, i) => {
      if (judge.truth[i] !== true) return [];
      const source = sourceOf(home, leaf, catalogue);
      const stored = judge.values[i] ?? null;
      const value = stored === null ? null : convert(source?.units.conversion ?? SAME, stored);
      return [leafInWords(leaf, home.path.signal, value, source?.definition.unit ?? '1')];
    });
    return entries.join('; ');
  }
}

async function tell(
  tx: Queryable,
  home: Condition['home'],
  rule: string,
  found: readonly { change: AlarmChange; reason: string }[],
  why: 'returned' | 'definition',
): Promise<OutgoingRecord[]> {
  const none = { value: null, expected: null, score: null };
  const rows = found.map(({ change: { sinceUs, untilUs, hitUs, history }, reason }) => {
    const closedReason = untilUs === null ? null : why;
    return {
      kind: 'condition' as const,
      metric: rule,
      sinceUs,
      untilUs,
      hitUs,
      history,
      closedReason,
      reason,
      ...none,
    };
  });
  await writeEpisodes(
    tx,
    rows.map((episode) => ({ signalId: home.id, episode })),
  );
  return rows.map((row) => anomalyRecord(home, row));
}
