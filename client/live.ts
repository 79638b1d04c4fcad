import { ApiError } from './api-error.ts';
import type { LoadcycleClient } from './client.ts';

/** One event of a Server-Sent Events stream. */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string | null;
}

/** Splits a stream of Server-Sent Events (WHATWG HTML, 9.2) into events; comments and heartbeats are passed over. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
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

const MAX_FAILURES = 10;

/**
 * Live events from `GET /v1/live`; goes on after a lost connection from the last event that it had. Throws where the
 * first connection fails, where the API refuses, and after ten failures in a row. An abort ends it.
 */
export async function* liveEvents(
  client: LoadcycleClient,
  query: URLSearchParams,
  signal?: AbortSignal,
): AsyncGenerator<ServerEvent> {
  let lastId: string | null = null;
  let connected = false;
  for (let failures = 0; signal?.aborted !== true; ) {
    try {
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (lastId !== null) headers['last-event-id'] = lastId;
      const response = await client.request(`/v1/live?${query}`, { headers, ...(signal ? { signal } : {}) });
      failures = 0;
      connected = true;
      for await (const event of readEvents(response.body!)) {
        lastId = event.id ?? lastId;
        yield event;
      }
    } catch (error) {
      if (signal?.aborted) return;
      const refused = error instanceof ApiError && error.status < 500 && error.status !== 429;
      if (!connected || refused || ++failures > MAX_FAILURES) throw error;
    }
    await pause(Math.min(250 * 2 ** failures, 5000), signal);
  }
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
