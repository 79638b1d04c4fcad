import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@loadcycle/contract';

export interface WebhookOptions {
  readonly urls: readonly string[];
  readonly secret: string | null;
  readonly timeoutMs: number;
  readonly tries: number;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** ms before the second try; doubles with each */
  readonly firstWaitMs?: number;
}

/** Statuses that say "not now": everything else from 400 on says "not this one". */
const LATER = new Set([408, 425, 429]);

/**
 * Posts a body to each URL until it is taken. One that can't be reached, or says that it is not ready, is tried again
 * with waits that double; one that refuses, or is away for all `tries`, is told of in the log and left, so that a dead
 * webhook never holds up the others. `key` is the same at each try (header `idempotency-key`).
 */
export async function postAll(body: Uint8Array, key: string, o: WebhookOptions): Promise<void> {
  await Promise.all(o.urls.map((url) => post(url, body, key, o)));
}

async function post(url: string, body: Uint8Array, key: string, o: WebhookOptions): Promise<void> {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'idempotency-key': key };
  if (o.secret !== null) {
    headers['x-loadcycle-signature'] = `sha256=${createHmac('sha256', o.secret).update(body).digest('hex')}`;
  }
  let waitMs = o.firstWaitMs ?? 500;
  for (let n = 1; !o.signal.aborted; n++) {
    const problem = await once(url, headers, body, o);
    if (problem === null) return;
    if (problem.final || n >= o.tries) {
      o.log.error(
        { webhook: new URL(url).host, tries: n, why: problem.why },
        'a webhook did not take an anomaly',
      );
      return;
    }
    await delay(waitMs, undefined, { signal: o.signal }).catch(() => {});
    waitMs = Math.min(waitMs * 2, 60_000);
  }
  // stopping: it is not told, and comes again at the next start
  throw new Error('stopped before the webhook had it');
}

async function once(
  url: string,
  headers: Record<string, string>,
  body: Uint8Array,
  o: WebhookOptions,
): Promise<{ why: string; final: boolean } | null> {
  try {
    const signal = AbortSignal.any([o.signal, AbortSignal.timeout(o.timeoutMs)]);
    const answer = await fetch(url, {
      method: 'POST',
      headers,
      body: Buffer.from(body),
      signal,
      redirect: 'error',
    });
    await answer.body?.cancel();
    if (answer.ok) return null;
    const final = answer.status >= 400 && answer.status < 500 && !LATER.has(answer.status);
    return { why: `HTTP ${answer.status}`, final };
  } catch (error) {
    return { why: (error as Error).message, final: false };
  }
}
