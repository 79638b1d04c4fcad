import { ApiError } from './api-error.ts';
import { reach } from './unreachable.ts';

/** A client's id and secret (RFC 6749, 4.4), or a token that somebody already has. */
export type Credentials =
  | { readonly clientId: string; readonly clientSecret: string; readonly scope?: string }
  | { readonly token: string };

/** renewed so long before it ends */
const MARGIN_MS = 30_000;

/** Gives a token that is still good for a while, taking a new one when it must; concurrent callers share it. */
export class TokenSource {
  readonly #url: string;
  readonly #credentials: Credentials;
  #held: { token: string; until: number } | null = null;
  #taking: Promise<string> | null = null;

  constructor(url: string, credentials: Credentials) {
    this.#url = url;
    this.#credentials = credentials;
  }

  async get(): Promise<string> {
    if ('token' in this.#credentials) return this.#credentials.token;
    if (this.#held !== null && this.#held.until > Date.now()) return this.#held.token;
    this.#taking ??= this.#take().finally(() => {
      this.#taking = null;
    });
    return await this.#taking;
  }

  /** false: the token was given, and there is no way to another one */
  get renewable(): boolean {
    return !('token' in this.#credentials);
  }

  /** After a 401: the next caller takes a new one. */
  forget(): void {
    this.#held = null;
  }

  async #take(): Promise<string> {
    const { clientId, clientSecret, scope } = this.#credentials as Exclude<Credentials, { token: string }>;
    const basic = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
    const response = await reach(this.#url, () =>
      fetch(new URL('/oauth/token', this.#url), {
        method: 'POST',
        headers: {
          authorization: `Basic ${btoa(basic)}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          ...(scope ? { scope } : {}),
        }).toString(),
      }),
    );
    const answer = await answerOf(response);
    if (!response.ok || answer.access_token === undefined) {
      const detail = answer.error_description ?? answer.detail ?? answer.error ?? 'the API gave no token';
      const code = answer.code ?? (response.status === 401 ? 'request.unauthorized' : 'request.invalid');
      throw new ApiError(response.status, { detail, code });
    }
    this.#held = {
      token: answer.access_token,
      until: Date.now() + (answer.expires_in ?? 300) * 1000 - MARGIN_MS,
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
