/** Told before each wait: how long, s, and the status that asked for it. */
export type OnWait = (waitS: number, status: number) => void;

const WAIT_LIMIT_S = 30;

/**
 * Sends again what the server could not take (429, 503), after the time that its `Retry-After` says (seconds or a date,
 * RFC 9110, 10.2.3), 30 s at most, else after 1, 2, 4 … s; gives the last answer after `retries`. An abort ends it.
 */
export async function patiently(
  send: (attempt: number) => Promise<Response>,
  retries: number,
  signal?: AbortSignal,
  onWait?: OnWait,
): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    const response = await send(attempt);
    if (attempt >= retries || (response.status !== 429 && response.status !== 503)) return response;
    await response.body?.cancel();
    const waitS = Math.min(retryAfterS(response.headers.get('retry-after')) ?? 2 ** attempt, WAIT_LIMIT_S);
    onWait?.(waitS, response.status);
    await pause(waitS * 1000, signal);
    signal?.throwIfAborted();
  }
}

function retryAfterS(text: string | null): number | null {
  if (text === null) return null;
  if (/^\d+$/.test(text.trim())) return Number(text);
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, (at - Date.now()) / 1000);
}

/** Waits; an abort ends the wait, and throws nothing. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal?.aborted) done();
    else signal?.addEventListener('abort', done);
  });
}
