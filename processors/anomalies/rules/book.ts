import { anomalySettings } from '@loadcycle/contract/anomaly-settings';
import { type Rules, rulesOf } from '@loadcycle/contract/rule-settings';
import type { Queryable } from '@loadcycle/database/port';
import type { KnownSignal } from '../../work/catalogue.ts';
import type { OutgoingRecord } from '../../work/outgoing.ts';
import { anomalyRecord } from '../record.ts';
import { writeEpisodes } from '../rows.ts';
import { isOwn, RuleEvaluator, type RuleFound } from './evaluator.ts';
import { type RulesText, readRules, saveRules } from './rows.ts';
import { type AgedBatch, samplesOf } from './samples.ts';
import type { Said } from './words.ts';

interface Entry {
  /** of the definition that its rules are from */
  readonly version: number;
  /** null: the signal has none, and has had none */
  readonly evaluator: RuleEvaluator | null;
  readonly hasRules: boolean;
  saved: string;
  savedBaseline: number;
}

const KEPT = 20_000;

/**
 * The signals' rules: in memory, as of the last commit; from the store where they are not. Works in the transaction of the
 * samples.
 */
export class RuleBook {
  readonly #entries = new Map<number, Entry>();

  evict(signalIds: Iterable<number>): void {
    for (const id of signalIds) this.#entries.delete(id);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** A group's batches, each for the first time, in the log's order. Returns what to tell. */
  async observe(
    tx: Queryable,
    batches: readonly AgedBatch[],
  ): Promise<{ known: KnownSignal; record: OutgoingRecord }[]> {
    await this.#load(
      tx,
      batches.map((b) => b.known),
    );
    const found: { known: KnownSignal; its: RuleFound }[] = [];
    const touched = new Map<number, Entry>();
    for (const { known, batch, validated, age } of batches) {
      const entry = this.#entries.get(known.id)!;
      const { evaluator } = entry;
      if (evaluator === null) continue;
      touched.set(known.id, entry);
      const ended = evaluator.takeEnded();
      // what has not been measured yet, by the device's own clock, says nothing, and must not make all that follows late
      const judged =
        age === 'ahead' ? [] : evaluator.push(samplesOf({ batch, validated }), age === 'history');
      for (const its of [...ended, ...judged]) found.push({ known, its });
    }
    const worse = [...touched].flatMap(([signalId, { evaluator }]) =>
      evaluator!.takeWorse().map((episode) => ({ signalId, episode })),
    );
    await writeEpisodes(tx, [
      ...found.map(({ known, its }) => ({ signalId: known.id, episode: its })),
      ...worse,
    ]);
    await this.#save(tx, touched);
    return found
      .filter(({ its }) => !its.history)
      .map(({ known, its }) => ({ known, record: anomalyRecord(known, its) }));
  }

  /** An open anomaly of a rule is the new normal, by somebody's word. Returns what to tell. */
  async accept(tx: Queryable, known: KnownSignal, rule: string, atUs: number): Promise<OutgoingRecord[]> {
    this.#entries.delete(known.id);
    await this.#load(tx, [known]);
    const entry = this.#entries.get(known.id)!;
    const ended = entry.evaluator?.accept(rule, atUs) ?? null;
    if (ended === null) return [];
    await writeEpisodes(tx, [{ signalId: known.id, episode: ended }]);
    await this.#save(tx, new Map([[known.id, entry]]));
    this.#entries.delete(known.id);
    return [anomalyRecord(known, ended)];
  }

  async #load(tx: Queryable, signals: readonly KnownSignal[]): Promise<void> {
    const missing = new Map(
      signals.filter((k) => this.#entries.get(k.id)?.version !== k.version).map((k) => [k.id, k]),
    );
    if (missing.size === 0) return;
    const stored = await readRules(tx, [...missing.keys()]);
    for (const [id, known] of missing) {
      const before = stored.get(id);
      const rules = settingsOf(known);
      const hasRules = Object.values(rules).some(isOwn);
      const evaluator =
        hasRules || before !== undefined
          ? new RuleEvaluator(rules, inUnitOf(known), before?.state, before?.baseline)
          : null;
      const savedBaseline = evaluator?.baselineChanges ?? 0;
      this.#entries.set(id, { version: known.version, evaluator, hasRules, saved: '', savedBaseline });
    }
    for (const id of this.#entries.keys()) {
      if (this.#entries.size <= Math.max(KEPT, signals.length)) break;
      this.#entries.delete(id);
    }
  }

  async #save(tx: Queryable, touched: ReadonlyMap<number, Entry>): Promise<void> {
    const texts = new Map<number, RulesText>();
    for (const [id, entry] of touched) {
      const evaluator = entry.evaluator!;
      if (!entry.hasRules) {
        texts.set(id, { state: null, baseline: null });
        this.#entries.delete(id);
        continue;
      }
      const state = JSON.stringify(evaluator.state());
      const changes = evaluator.baselineChanges;
      if (state === entry.saved && changes === entry.savedBaseline) continue;
      const baseline = changes === entry.savedBaseline ? null : JSON.stringify(evaluator.baseline());
      texts.set(id, { state, baseline });
      entry.saved = state;
      entry.savedBaseline = changes;
    }
    await saveRules(tx, texts);
  }
}

/** How the numbers of its rules are said. */
const inUnitOf = ({ definition: { unit }, units: { conversion } }: KnownSignal): Said => ({
  unit,
  conversion,
});

/** A signal's rules; none where nothing of it is watched. */
export function settingsOf({ definition }: KnownSignal): Rules {
  return anomalySettings(definition.anomalies ?? {}).enabled ? rulesOf(definition) : {};
}
