import { unknownTopic } from '../errors.ts';

/** Which topics exist: asked once for each, and again for those that did not. */
export class KnownTopics {
  readonly #known = new Set<string>();
  readonly #list: () => Promise<readonly string[]>;

  constructor(list: () => Promise<readonly string[]>) {
    this.#list = list;
  }

  add(topics: Iterable<string>): void {
    for (const topic of topics) this.#known.add(topic);
  }

  missing(topics: Iterable<string>): string | undefined {
    for (const topic of topics) if (!this.#known.has(topic)) return topic;
    return undefined;
  }

  /** Throws `log.unavailable` for a topic that nobody has made: a client would wait for it for ever. */
  async require(topics: Iterable<string>): Promise<void> {
    const wanted = [...topics];
    if (this.missing(wanted) === undefined) return;
    this.add(await this.#list());
    const missing = this.missing(wanted);
    if (missing !== undefined) throw unknownTopic(missing);
  }
}
