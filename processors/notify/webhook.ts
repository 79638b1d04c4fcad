import { createHash, createHmac } from 'node:crypto';
import { isName, LoadcycleError, type Logger } from '@loadcycle/contract';
import type { LogRecord } from '@loadcycle/event-log/port';
import { Backoff, type Health } from '@loadcycle/service';
import { type Failure, stopped, type Target } from './target.ts';

export interface WebhookAddress {
  /** given, or the beginning of the URL's SHA-256: it never tells the URL */
  readonly name: string;
  /** without user name and password */
  readonly url: string;
  readonly authorization: string | null;
}

export interface WebhookOptions {
  readonly address: WebhookAddress;
  readonly secret: string | null;
  /** longest wait for an answer */
  readonly timeoutMs: number;
  /** of one event, before it is given up */
  readonly tries: number;
  readonly health: Health;
  readonly log: Logger;
  /** waiting times between tries; default: from 0.5 s to a minute */
  readonly backoff?: Backoff;
}

/** Every anomaly is far below: what is above was not made by the cycles worker. */
const MAX_BYTES = 65_536;
/** Statuses that say "not now": every other from 300 to 499 says "not this one". */
const LATER = new Set([408, 425, 429]);
export const MAX_WEBHOOKS = 32;

type Answer = { readonly why: string; readonly final: boolean };

/**
 * Posts each event until it is taken. A webhook that can't be reached, does not answer, or says that it is not ready is
 * tried again with waits that double up to a minute, and stay there from event to event until it takes one; an event
 * that it refuses, or that it has not taken after `tries`, is given up.
 */
export class Webhook implements Target {
  readonly consumer: string;
  readonly part: string;
  readonly #o: WebhookOptions;
  readonly #backoff: Backoff;

  constructor(options: WebhookOptions) {
    this.#o = options;
    this.#backoff = options.backoff ?? new Backoff(500, 60_000);
    this.consumer = `notify-webhook-${options.address.name}`;
    this.part = `webhook ${options.address.name}`;
    options.health.aside(this.part);
    options.health.set(this.part, 'ok');
  }

  async tell(record: LogRecord, signal: AbortSignal): Promise<Failure | null> {
    const { health, log, address, tries } = this.#o;
    if (record.value.byteLength > MAX_BYTES) {
      const detail = `${record.value.byteLength} bytes are more than an anomaly can have (${MAX_BYTES})`;
      return { code: 'message.too-large', detail, tries: 0 };
    }
    const headers = this.#headers(record.value);
    for (let n = 1; !signal.aborted; n++) {
      const answer = await this.#post(headers, record.value, signal);
      if (answer === null) {
        this.#backoff.reset();
        health.set(this.part, 'ok');
        return null;
      }
      if (signal.aborted) break;
      const code = answer.final ? 'webhook.refused' : 'webhook.unavailable';
      health.set(this.part, answer.final ? 'failing' : 'waiting', code, answer.why);
      const fields = { webhook: address.name, code, tries: n };
      if (answer.final || n >= tries) {
        log.error(fields, `an anomaly is given up for webhook ${address.name}: ${answer.why}`);
        return { code, detail: answer.why, tries: n };
      }
      // the health says that it goes on: the log is told once
      if (n === 1) log.warn(fields, `webhook ${address.name}: ${answer.why}; trying again`);
      await this.#backoff.wait(signal);
    }
    throw stopped();
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

  /** null: it has taken it. */
  async #post(headers: Record<string, string>, body: Uint8Array, stop: AbortSignal): Promise<Answer | null> {
    const { address, timeoutMs } = this.#o;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await fetch(address.url, {
        method: 'POST',
        headers,
        body: Buffer.from(body),
        signal: AbortSignal.any([stop, timeout]),
        redirect: 'manual',
      });
      await answer.body?.cancel();
      if (answer.ok) return null;
      const why =
        answer.status < 400 ? `HTTP ${answer.status}: redirects are not followed` : `HTTP ${answer.status}`;
      return { why, final: answer.status < 500 && !LATER.has(answer.status) };
    } catch (error) {
      if (timeout.aborted) return { why: `no answer within ${timeoutMs / 1000} s`, final: false };
      // the message may name the URL; the code of the cause never does
      const { code, name } = ((error as Error).cause ?? error) as { code?: string; name?: string };
      return { why: `no connection: ${code ?? name ?? 'unknown'}`, final: false };
    }
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
  if (url === null || !/^https?:$/.test(url.protocol)) throw invalid(`${which} is no URL of http or https`);
  const name = given ?? createHash('sha256').update(url.href).digest('hex').slice(0, 12);
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const authorization = login === ':' ? null : `Basic ${Buffer.from(login).toString('base64')}`;
  url.username = '';
  url.password = '';
  return { name, url: url.href, authorization };
}

const invalid = (message: string): LoadcycleError =>
  new LoadcycleError('settings.invalid', `--webhooks: ${message}`);
