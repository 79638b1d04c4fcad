import { createHash, createHmac } from 'node:crypto';
import { isName, LoadcycleError } from '@loadcycle/contract';
import type { LogRecord } from '@loadcycle/event-log/port';
import type { Answer, Target } from './target.ts';

export interface WebhookAddress {
  /** given, or the beginning of the URL's SHA-256: it never tells the URL */
  readonly name: string;
  /** without user name and password */
  readonly url: string;
  readonly authorization: string | null;
}

export interface WebhookOptions {
  readonly consumer: string;
  readonly part: string;
  readonly address: Omit<WebhookAddress, 'name'>;
  /** signs what is posted; null: it is not signed */
  readonly secret: string | null;
  /** longest wait for an answer */
  readonly timeoutMs: number;
  readonly tries: number;
}

/** Every anomaly is far below: what is above was not made by the cycles worker. */
const MAX_BYTES = 65_536;
/** Statuses that say "not now": every other from 300 to 499 says "not this one". */
const LATER = new Set([408, 425, 429]);
export const MAX_WEBHOOKS = 32;

/** Posts each event; any 2xx takes it. */
export class Webhook implements Target {
  readonly consumer: string;
  readonly part: string;
  readonly tries: number;
  readonly maxEvents = 1;
  readonly gatherMs = 0;
  readonly #o: WebhookOptions;

  constructor(options: WebhookOptions) {
    this.#o = options;
    this.consumer = options.consumer;
    this.part = options.part;
    this.tries = options.tries;
  }

  async send([event]: readonly LogRecord[], stop: AbortSignal): Promise<Answer> {
    const body = event!.value;
    if (body.byteLength > MAX_BYTES) {
      const why = `${body.byteLength} bytes are more than an anomaly can have (${MAX_BYTES})`;
      return { taken: false, code: 'message.too-large', why, final: true };
    }
    const { address, timeoutMs } = this.#o;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await fetch(address.url, {
        method: 'POST',
        headers: this.#headers(body),
        body: Buffer.from(body),
        signal: AbortSignal.any([stop, timeout]),
        redirect: 'manual',
      });
      await answer.body?.cancel();
      if (answer.ok) return { taken: true, said: `HTTP ${answer.status}` };
      const why =
        answer.status < 400 ? `HTTP ${answer.status}: redirects are not followed` : `HTTP ${answer.status}`;
      const final = answer.status < 500 && !LATER.has(answer.status);
      return { taken: false, code: final ? 'webhook.refused' : 'webhook.unavailable', why, final };
    } catch (error) {
      return { taken: false, code: 'webhook.unavailable', why: this.#whyNot(error, timeout), final: false };
    }
  }

  async close(): Promise<void> {}

  #headers(body: Uint8Array): Record<string, string> {
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      // the same for the same event, whenever it is posted
      'idempotency-key': createHash('sha256').update(body).digest('hex').slice(0, 32),
    };
    const { secret, address } = this.#o;
    if (address.authorization !== null) headers['authorization'] = address.authorization;
    if (secret !== null) {
      headers['x-loadcycle-signature'] = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    }
    return headers;
  }

  #whyNot(error: unknown, timeout: AbortSignal): string {
    if (timeout.aborted) return `no answer within ${this.#o.timeoutMs / 1000} s`;
    // the message may name the URL; the code of the cause never does
    const { code, name } = ((error as Error).cause ?? error) as { code?: string; name?: string };
    return `no connection: ${code ?? name ?? 'unknown'}`;
  }
}

/** Reads `[NAME=]URL,…`. Throws `settings.invalid`, with a text that names no URL. */
export function parseWebhooks(text: string | null): WebhookAddress[] {
  const parts = (text ?? '').split(',').map((part) => part.trim());
  const all = parts.filter((part) => part !== '').map(parseWebhook);
  if (all.length > MAX_WEBHOOKS) throw invalid(`${all.length} webhooks are more than ${MAX_WEBHOOKS}`);
  for (const { name } of all) {
    if (all.filter((other) => other.name === name).length > 1)
      throw invalid(`webhook ${name} is there twice`);
  }
  return all;
}

function parseWebhook(text: string, index: number): WebhookAddress {
  const named = /^([^=:/?#]*)=(.*)$/.exec(text);
  const given = named?.[1] ?? null;
  const url = URL.parse(named?.[2] ?? text);
  const which = `webhook number ${index + 1}`;
  if (given !== null && !isName(given)) throw invalid(`the name of ${which} must be of a-z, 0-9, - and _`);
  if (url === null || !isHttp(url)) throw invalid(`${which} is no URL of http or https`);
  const name = given ?? createHash('sha256').update(url.href).digest('hex').slice(0, 12);
  return { name, ...addressOf(url) };
}

export const isHttp = (url: URL): boolean => /^https?:$/.test(url.protocol);

/** A user name and a password in a URL become a header. */
export function addressOf(url: URL): Omit<WebhookAddress, 'name'> {
  const bare = new URL(url);
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const authorization = login === ':' ? null : `Basic ${Buffer.from(login).toString('base64')}`;
  bare.username = '';
  bare.password = '';
  return { url: bare.href, authorization };
}

const invalid = (message: string): LoadcycleError =>
  new LoadcycleError('settings.invalid', `--webhooks: ${message}`);
