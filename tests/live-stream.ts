import { type TestApi, until } from './api-support.ts';

interface Event {
  event: string;
  data: Record<string, unknown>;
}

/** Reads server-sent events through real HTTP. */
export class LiveStream {
  readonly events: Event[] = [];
  id = '';
  comments = 0;
  ended = false;
  readonly #stop = new AbortController();
  readonly opened: Promise<Response>;

  constructor(
    t: Pick<TestApi, 'call'>,
    query: string,
    options: { token?: string | null; lastEventId?: string } = {},
  ) {
    const { lastEventId, ...request } = options;
    const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    this.opened = t.call(`/v1/live?${query}`, { ...request, headers, signal: this.#stop.signal });
    this.#read().catch(() => {
      this.ended = true;
    });
  }

  async #read(): Promise<void> {
    const response = await this.opened;
    if (!response.ok || response.body === null) return;
    let text = '';
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      text += piece;
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) this.#block(block);
    }
    this.ended = true;
  }

  #block(block: string): void {
    const fields = block.split('\n').map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at), line.slice(at + 1).trim()] as const;
    });
    const of = (name: string): string | undefined => fields.find(([key]) => key === name)?.[1];
    if (of('') !== undefined) this.comments++;
    if (of('id') !== undefined) this.id = of('id')!;
    if (of('event') !== undefined) this.events.push({ event: of('event')!, data: JSON.parse(of('data')!) });
  }

  of(event: string): Record<string, unknown>[] {
    return this.events.filter((e) => e.event === event).map((e) => e.data);
  }

  points(): [number, number | null][] {
    return this.of('samples').flatMap((d) => {
      const { t: at, v } = d as { t: number[]; v: (number | null)[] };
      return at.map((us, i) => [us, v[i]!] as [number, number | null]);
    });
  }

  async hello(): Promise<this> {
    await until(() => this.of('hello').length > 0);
    return this;
  }

  close(): void {
    this.#stop.abort();
  }
}
