import type { LogIdentities } from '../port.ts';

const KEEP_MS = 1_000;

/** Identities of topics, asked at most once a second however many consumers want to know. */
export class Identities {
  readonly #ask: (topics: readonly string[]) => Promise<LogIdentities>;
  readonly #held = new Map<string, { atMs: number; answer: Promise<LogIdentities> }>();

  constructor(ask: (topics: readonly string[]) => Promise<LogIdentities>) {
    this.#ask = ask;
  }

  of(topics: readonly string[]): Promise<LogIdentities> {
    const key = topics.toSorted().join(',');
    const held = this.#held.get(key);
    if (held !== undefined && performance.now() - held.atMs < KEEP_MS) return held.answer;
    const answer = this.#ask(topics);
    this.#held.set(key, { atMs: performance.now(), answer });
    // what failed is asked again at once
    answer.catch(() => this.#held.delete(key));
    return answer;
  }
}
