import { anomalySettings } from '@loadcycle/contract/anomaly-settings';
import { type Rules, rulesOf } from '@loadcycle/contract/rule-settings';
import type { Queryable } from '@loadcycle/database/port';
import type { KnownSignal } from '../../work/catalogue.ts';
import type { OutgoingRecord } from '../../work/outgoing.ts';
import { Kept, type Saved, textToSave } from '../kept.ts';
import { anomalyRecord } from '../record.ts';
import { writeEpisodes } from '../rows.ts';
import { isOwn, RuleEvaluator, type RuleFound } from './evaluator.ts';
import { type RulesText, readRules, saveRules } from './rows.ts';
import { type AgedBatch, samplesOf } from './samples.ts';
import type { Said } from './words.ts';

interface Entry extends Saved {
  /** of the definition that its rules are from */
  readonly version: number;
  /** null: the signal has none, and has had none */
  readonly evaluator: RuleEvaluator | null;
  readonly hasRules: boolean;
}

/**
 * The signals' rules: in memory, as of the last commit; from the store where they are not. Works in the transaction of the
 * samples.
 */
export class RuleBook {
  readonly #entries = new Kept<Entry>();

  evict(signalIds: Iterable<number>): void {
    this.#entries.evict(signalIds);
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
    this.#entries.evict([known.id]);
    await this.#load(tx, [known]);
    const entry = this.#entries.get(known.id)!;
    const ended = entry.evaluator?.accept(rule, atUs) ?? null;
    if (ended === null) return [];
    await writeEpisodes(tx, [{ signalId: known.id, episode: ended }]);
    await this.#save(tx, new Map([[known.id, entry]]));
    this.#entries.evict([known.id]);
    return [anomalyRecord(known, ended)];
  }

  async #load(tx: Queryable, signals: readonly KnownSignal[]): Promise<void> {
    const missing = this.#entries.missing(signals);
    if (missing.length === 0) return;
    const stored = await readRules(
      tx,
      missing.map((k) => k.id),
    );
    for (const known of missing) {
      const before = stored.get(known.id);
      const rules = settingsOf(known);
      const hasRules = Object.values(rules).some(isOwn);
      const evaluator =
        hasRules || before !== undefined
          ? new RuleEvaluator(rules, inUnitOf(known), before?.state, before?.baseline)
          : null;
      const savedBaseline = evaluator?.baselineChanges ?? 0;
      const { version } = known;
      this.#entries.set(known.id, { version, evaluator, hasRules, saved: '', savedBaseline });
    }
    this.#entries.trim(signals.length);
  }

  async #save(tx: Queryable, touched: ReadonlyMap<number, Entry>): Promise<void> {
    const texts = new Map<number, RulesText>();
    for (const [id, entry] of touched) {
      const evaluator = entry.evaluator!;
      if (!entry.hasRules) {
        texts.set(id, { state: null, baseline: null });
        this.#entries.evict([id]);
        continue;
      }
      const text = textToSave(entry, JSON.stringify(evaluator.state()), {
        baselineChanges: evaluator.baselineChanges,
        baseline: () => evaluator.baseline(),
      });
      if (text !== null) texts.set(id, text);
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
