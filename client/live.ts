import { ApiError } from './api-error.ts';
import type { LoadcycleClient } from './client.ts';
import { pause } from './patience.ts';

/** One event of a Server-Sent Events stream. */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string | null;
}

/** Splits a stream of Server-Sent Events (WHATWG HTML, 9.2) into events; comments and heartbeats are passed over. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  let rest = '';
  let lastId: string | null = null;
  const decoder = new TextDecoder();
  for await (const piece of body) {
    rest += decoder.decode(piece, { stream: true });
    for (;;) {
      const end = /\r?\n\r?\n/.exec(rest);
      if (end === null) break;
      const block = rest.slice(0, end.index);
      rest = rest.slice(end.index + end[0].length);
      let event = 'message';
      const data: string[] = [];
      for (const line of block.split(/\r?\n/)) {
        const colon = line.indexOf(':');
        if (colon === 0) continue;
        const field = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
        if (field === 'event') event = value;
        else if (field === 'data') data.push(value);
        else if (field === 'id') lastId = value;
      }
      if (data.length > 0) yield { event, data: data.join('\n'), id: lastId };
    }
  }
}

export interface LiveOptions {
  /** an abort ends the stream, without an error */
  readonly signal?: AbortSignal | undefined;
  /** failures in a row after which it gives up; default 10, `Infinity` for one that shall outlive every outage */
  readonly maxFailures?: number | undefined;
  /** a connection that is silent for so long is taken for lost: the API sends something every 15 s; default 45,000 ms */
  readonly silenceMs?: number | undefined;
  /** told of each lost connection, and how long it waits until the next one, ms */
  readonly onLost?: ((error: Error | null, waitMs: number) => void) | undefined;
  /** told when events come again after that */
  readonly onBack?: (() => void) | undefined;
}

const LONGEST_WAIT_MS = 5_000;

/**
 * Live events from `GET /v1/live`; goes on after a lost connection from the last event that it had. Throws where the
 * first connection fails, where the API refuses, and after `maxFailures` in a row. An abort ends it.
 */
export async function* liveEvents(
  client: LoadcycleClient,
  query: URLSearchParams,
  options: LiveOptions = {},
): AsyncGenerator<ServerEvent> {
  const { signal, maxFailures = 10, silenceMs = 45_000, onLost, onBack } = options;
  let lastId: string | null = null;
  let connected = false;
  let lost = false;
  for (let failures = 0; signal?.aborted !== true; ) {
    const silence = new Silence(silenceMs);
    let failure: Error | null = null;
    try {
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (lastId !== null) headers['last-event-id'] = lastId;
      const either = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
      const response = await client.request(`/v1/live?${query}`, { headers, signal: either });
      failures = 0;
      connected = true;
      if (lost) onBack?.();
      lost = false;
      for await (const event of readEvents(silence.watched(response.body!))) {
        lastId = event.id ?? lastId;
        yield event;
      }
    } catch (error) {
      if (signal?.aborted) return;
      const refused = error instanceof ApiError && error.status < 500 && error.status !== 429;
      if (!connected || refused || ++failures > maxFailures) throw error;
      failure = error as Error;
    } finally {
      silence.end();
    }
    if (signal?.aborted) return;
    // not all readers of a server that comes back at the same moment
    const waitMs = Math.min(250 * 2 ** failures, LONGEST_WAIT_MS) * (0.5 + Math.random() / 2);
    lost = true;
    onLost?.(failure, waitMs);
    await pause(waitMs, signal);
  }
}

/** Aborts where a stream, or the answer before it, has been silent for too long. */
class Silence {
  readonly #ended = new AbortController();
  readonly #limitMs: number;
  #timer: NodeJS.Timeout | number;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#timer = this.#begin();
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  async *watched(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of body) {
      this.end();
      yield piece;
      this.#timer = this.#begin();
    }
  }

  end(): void {
    clearTimeout(this.#timer as NodeJS.Timeout);
  }

  #begin(): NodeJS.Timeout | number {
    const stop = (): void => this.#ended.abort(new Error(`nothing came for ${this.#limitMs / 1000} s`));
    return setTimeout(stop, this.#limitMs);
  }
}
