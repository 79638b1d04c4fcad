import { createHash } from 'node:crypto';
import {
  type ConditionLeaf,
  type ConditionRule,
  lookedAt,
  type Rules,
} from '@loadcycle/contract/rule-settings';
import type { Catalogue, KnownSignal } from '../../work/catalogue.ts';
import { settingsOf } from '../rules/book.ts';

/** A condition of a signal's definition. */
export interface Condition {
  readonly home: KnownSignal;
  readonly rule: string;
  /** a hash of what it says */
  readonly form: string;
  readonly settings: ConditionRule;
}

/** One entry of a condition, as whoever cuts the signal that it looks at sees it. */
export interface Entry {
  readonly condition: Condition;
  readonly entry: number;
  readonly leaf: ConditionLeaf;
}

export const leavesOf = ({ all, any }: ConditionRule): readonly ConditionLeaf[] => all ?? any ?? [];

/** The signal that an entry looks at, where there is one. */
export const sourceOf = (
  home: KnownSignal,
  leaf: ConditionLeaf,
  catalogue: Catalogue,
): KnownSignal | undefined => (leaf.signal === undefined ? home : catalogue.get(lookedAt(home.path, leaf)));

export const keyOf = (c: { home: { id: number }; rule: string; form: string }): string =>
  `${c.home.id}/${c.rule}/${c.form}`;

/** What makes no sense stops its own signal (see `settingsOf`), and none of those that it looks at. */
function readable(home: KnownSignal): Rules {
  try {
    return settingsOf(home);
  } catch {
    return {};
  }
}

/** The catalogue's conditions, by the signals that they look at. */
export class ConditionIndex {
  readonly #catalogue: Catalogue;
  #version = -1;
  #conditions = new Map<string, Condition>();
  #bySource = new Map<number, Entry[]>();

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  get(key: string): Condition | undefined {
    this.#look();
    return this.#conditions.get(key);
  }

  entriesOf(signalId: number): readonly Entry[] {
    this.#look();
    return this.#bySource.get(signalId) ?? [];
  }

  #look(): void {
    const catalogue = this.#catalogue;
    if (catalogue.version === this.#version) return;
    this.#version = catalogue.version;
    this.#conditions = new Map();
    this.#bySource = new Map();
    for (const home of catalogue.all()) {
      if (home.definition.rules === undefined) continue;
      for (const [rule, settings] of Object.entries(readable(home))) {
        if (settings.type === 'condition') this.#add(home, rule, settings);
      }
    }
  }

  #add(home: KnownSignal, rule: string, settings: ConditionRule): void {
    const form = createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 16);
    const condition = { home, rule, form, settings };
    this.#conditions.set(keyOf(condition), condition);
    for (const [entry, leaf] of leavesOf(settings).entries()) {
      const source = sourceOf(home, leaf, this.#catalogue);
      if (source === undefined) continue;
      const its = this.#bySource.get(source.id);
      if (its === undefined) this.#bySource.set(source.id, [{ condition, entry, leaf }]);
      else its.push({ condition, entry, leaf });
    }
  }
}
