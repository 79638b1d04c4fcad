import createFetchClient, { type Client, type Middleware } from 'openapi-fetch';
import { ApiError } from './api-error.ts';
import type { paths } from './schema.generated.ts';
import { type Credentials, TokenSource } from './token.ts';
import { reach } from './unreachable.ts';

export interface ClientOptions {
  /** where the API is: `http://127.0.0.1:8080` */
  readonly url: string;
  readonly credentials: Credentials;
  /** how often a request is sent again that the server could not take (429, 503); default 5 */
  readonly retries?: number;
  readonly fetch?: typeof fetch;
}

export type LoadcycleClient = Client<paths> & {
  readonly url: string;
  /** the token that requests are sent with, taken or renewed where it must be */
  token(): Promise<string>;
  /** a request that the types do not cover (streams, other media types), with the token; throws `ApiError` */
  request(path: string, init?: RequestInit): Promise<Response>;
};

const WAIT_LIMIT_S = 30;

/** The typed client: `client.GET('/v1/sites/{site}/devices', { params: { path: { site } } })`. */
export function createClient(options: ClientOptions): LoadcycleClient {
  const { url, retries = 5 } = options;
  const tokens = new TokenSource(url, options.credentials);
  const send = options.fetch ?? fetch;

  const patient = async (request: Request): Promise<Response> => {
    let renewed = false;
    for (let attempt = 0; ; attempt++) {
      const again = request.clone();
      const response = await reach(url, () => send(request));
      if (response.status === 401 && tokens.renewable && !renewed) {
        // the token was taken back, or its key is gone: once more with a new one
        renewed = true;
        tokens.forget();
        await response.body?.cancel();
        request = again;
        request.headers.set('authorization', `Bearer ${await tokens.get()}`);
        continue;
      }
      if (attempt >= retries || (response.status !== 429 && response.status !== 503)) return response;
      const asked = Number(response.headers.get('retry-after') ?? 2 ** attempt);
      await response.body?.cancel();
      await new Promise((resolve) => setTimeout(resolve, Math.min(asked, WAIT_LIMIT_S) * 1000));
      request = again;
    }
  };
  const authorised: Middleware = {
    onRequest: async ({ request }) => {
      request.headers.set('authorization', `Bearer ${await tokens.get()}`);
      return request;
    },
    onResponse: async ({ response }) => {
      if (!response.ok && response.status !== 304) throw await ApiError.of(response);
    },
  };
  const client = createFetchClient<paths>({ baseUrl: url, fetch: patient });
  client.use(authorised);
  return Object.assign(client, {
    url,
    token: () => tokens.get(),
    request: async (path: string, init: RequestInit = {}): Promise<Response> => {
      const request = new Request(new URL(path, url), init);
      request.headers.set('authorization', `Bearer ${await tokens.get()}`);
      const response = await patient(request);
      if (!response.ok) throw await ApiError.of(response);
      return response;
    },
  });
}

/**
 * The JSON answer of a call; a refusal has thrown before. Answers that may also be text (CSV, NDJSON) are asked for
 * by `request`, which gives the stream.
 */
export function dataOf<T>({ data }: { data?: T }): Exclude<T, string> {
  if (data === undefined || typeof data === 'string') {
    throw new ApiError(502, { detail: 'the API answered without a JSON body' });
  }
  return data as Exclude<T, string>;
}
