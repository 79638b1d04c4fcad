import type { KnownSignal } from '../work/catalogue.ts';

const MOST = 20_000;

/** What is kept of signals in memory, as of the last commit and one version of their definitions; beyond so many the oldest go. */
export class Kept<E extends { readonly version: number }> {
  readonly #entries = new Map<number, E>();

  get(signalId: number): E | undefined {
    return this.#entries.get(signalId);
  }

  set(signalId: number, entry: E): void {
    this.#entries.set(signalId, entry);
  }

  evict(signalIds: Iterable<number>): void {
    for (const id of signalIds) this.#entries.delete(id);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Those of which nothing is kept, or of another version; each once. */
  missing(signals: readonly KnownSignal[]): KnownSignal[] {
    const found = signals.filter((k) => this.#entries.get(k.id)?.version !== k.version);
    return [...new Map(found.map((k) => [k.id, k])).values()];
  }

  /** `atOnce`: signals of one group, which are kept however many they are. */
  trim(atOnce: number): void {
    for (const id of this.#entries.keys()) {
      if (this.#entries.size <= Math.max(MOST, atOnce)) break;
      this.#entries.delete(id);
    }
  }
}

/** How a state stands in the store: its JSON, and how often what it rests on had changed by then. */
export interface Saved {
  saved: string;
  savedBaseline: number;
}

/** What is to be written of a state, and noted as written; null where all stands in the store as it is. A baseline of null stays. */
export function textToSave(
  entry: Saved,
  state: string,
  { baselineChanges, baseline }: { readonly baselineChanges: number; baseline: () => unknown },
): { state: string; baseline: string | null } | null {
  const isSame = baselineChanges === entry.savedBaseline;
  if (state === entry.saved && isSame) return null;
  entry.saved = state;
  entry.savedBaseline = baselineChanges;
  return { state, baseline: isSame ? null : JSON.stringify(baseline()) };
}
