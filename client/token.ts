import { ApiError } from './api-error.ts';
import { type OnWait, patiently } from './patience.ts';
import { reach } from './unreachable.ts';

/** A client's id and secret (RFC 6749, 4.4), or a token that somebody already has. */
export type Credentials =
  | { readonly clientId: string; readonly clientSecret: string; readonly scope?: string }
  | { readonly token: string };

/** Renewed so long before it ends, but for tokens that live shorter than ten times this: then in their last tenth. */
const MARGIN_MS = 30_000;

export interface TokenSettings {
  readonly fetch?: typeof fetch;
  /** how often it asks again where the server could not answer (429, 503); default 5 */
  readonly retries?: number;
  readonly onWait?: OnWait;
}

/** Gives a token that is still good for a while, taking a new one when it must; concurrent callers share it. */
export class TokenSource {
  readonly #url: string;
  readonly #credentials: Credentials;
  readonly #settings: TokenSettings;
  #held: { token: string; until: number } | null = null;
  #taking: Promise<string> | null = null;

  constructor(url: string, credentials: Credentials, settings: TokenSettings = {}) {
    this.#url = url.replace(/\/+$/, '');
    this.#credentials = credentials;
    this.#settings = settings;
  }

  /** An abort ends the wait of this caller; others still get the token. */
  async get(signal?: AbortSignal): Promise<string> {
    signal?.throwIfAborted();
    if ('token' in this.#credentials) return this.#credentials.token;
    if (this.#held !== null && this.#held.until > Date.now()) return this.#held.token;
    this.#taking ??= this.#take().finally(() => {
      this.#taking = null;
    });
    return await unlessAborted(this.#taking, signal);
  }

  /** false: the token was given, and there is no way to another one */
  get renewable(): boolean {
    return !('token' in this.#credentials);
  }

  /** After a 401 for `token`: the next caller takes a new one, if nobody has done so meanwhile. */
  forget(token: string): void {
    if (this.#held?.token === token) this.#held = null;
  }

  async #take(): Promise<string> {
    const { clientId, clientSecret, scope } = this.#credentials as Exclude<Credentials, { token: string }>;
    const basic = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
    const { fetch: send = fetch, retries = 5, onWait } = this.#settings;
    const ask = (): Promise<Response> =>
      send(`${this.#url}/oauth/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${btoa(basic)}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          ...(scope ? { scope } : {}),
        }).toString(),
      });
    const response = await patiently(() => reach(this.#url, ask), retries, undefined, onWait);
    const answer = await answerOf(response);
    if (!response.ok || answer.access_token === undefined) {
      const detail = answer.error_description ?? answer.detail ?? answer.error ?? 'the API gave no token';
      const code = answer.code ?? (response.status === 401 ? 'request.unauthorized' : 'request.invalid');
      throw new ApiError(response.status, { detail, code });
    }
    const lifeMs = (answer.expires_in ?? 300) * 1000;
    this.#held = {
      token: answer.access_token,
      until: Date.now() + lifeMs - Math.min(MARGIN_MS, lifeMs / 10),
    };
    return answer.access_token;
  }
}

interface TokenAnswer {
  readonly access_token?: string;
  readonly expires_in?: number;
  readonly error?: string;
  readonly error_description?: string;
  /** of a problem (RFC 9457), where it is not OAuth that refuses */
  readonly code?: string;
  readonly detail?: string;
}

async function answerOf(response: Response): Promise<TokenAnswer> {
  try {
    return (await response.json()) as TokenAnswer;
  } catch {
    throw new ApiError(502, { detail: `${response.url} is no Loadcycle API`, code: 'internal' });
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return await promise;
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
