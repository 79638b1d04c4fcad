import createFetchClient, { type Client, type Middleware } from 'openapi-fetch';
import { ApiError } from './api-error.ts';
import { type OnWait, patiently } from './patience.ts';
import type { paths } from './schema.generated.ts';
import { type Credentials, TokenSource } from './token.ts';
import { reach } from './unreachable.ts';

export interface ClientOptions {
  /** where the API is: `http://127.0.0.1:8080` */
  readonly url: string;
  readonly credentials: Credentials;
  /** how often a request is sent again that the server could not take (429, 503); default 5 */
  readonly retries?: number;
  /** told before it waits to send again */
  readonly onWait?: OnWait;
  /** in place of the global one, for tokens too: a proxy, an authority of one's own */
  readonly fetch?: typeof fetch;
}

export type LoadcycleClient = Client<paths> & {
  readonly url: string;
  /** the token that requests are sent with, taken or renewed where it must be */
  token(signal?: AbortSignal): Promise<string>;
  /** a request that the types do not cover (streams, other media types), with the token; throws `ApiError` (304 is an answer) */
  request(path: string, init?: RequestInit): Promise<Response>;
};

/**
 * The typed client: `client.GET('/v1/sites/{site}/devices', { params: { path: { site } }, signal })`. A `signal` ends a
 * request wherever it is: before its token is there, on its way, or while it waits to be sent again.
 */
export function createClient(options: ClientOptions): LoadcycleClient {
  const { retries = 5, onWait } = options;
  const url = options.url.replace(/\/+$/, '');
  const send = options.fetch ?? fetch;
  const tokens = new TokenSource(url, options.credentials, {
    fetch: send,
    retries,
    ...(onWait ? { onWait } : {}),
  });

  const authorise = async (request: Request): Promise<Request> => {
    request.headers.set('authorization', `Bearer ${await tokens.get(request.signal)}`);
    return request;
  };
  const once = async (request: Request): Promise<Response> => {
    const again = tokens.renewable ? request.clone() : request;
    const response = await reach(url, () => send(request));
    if (response.status !== 401 || !tokens.renewable) return response;
    // the token was taken back, or its key is gone: once more with a new one
    tokens.forget(bearerOf(request));
    await response.body?.cancel();
    await authorise(again);
    return await reach(url, () => send(again));
  };
  const patient = (request: Request): Promise<Response> =>
    patiently(
      async (attempt) => {
        const now = attempt < retries ? request.clone() : request;
        return await once(attempt === 0 ? now : await authorise(now));
      },
      retries,
      request.signal,
      onWait,
    );
  const authorised: Middleware = {
    onRequest: ({ request }) => authorise(request),
    onResponse: async ({ response }) => {
      if (!response.ok && response.status !== 304) throw await ApiError.of(response);
    },
  };
  const client = createFetchClient<paths>({ baseUrl: url, fetch: patient });
  client.use(authorised);
  return Object.assign(client, {
    url,
    token: (signal?: AbortSignal) => tokens.get(signal),
    request: async (path: string, init: RequestInit = {}): Promise<Response> => {
      // the token goes to its own API only
      if (!path.startsWith('/')) throw new TypeError(`a path of the API begins with /: ${path}`);
      const response = await patient(await authorise(new Request(`${url}${path}`, init)));
      if (!response.ok && response.status !== 304) throw await ApiError.of(response);
      return init.signal && response.body !== null ? endedBy(response, response.body, init.signal) : response;
    },
  });
}

/**
 * An answer whose body an abort ends for certain. Fetch itself knows the signal by weak references only, from request to
 * copy to answer: what is collected in the middle of a long stream, no abort gets past.
 */
function endedBy(response: Response, body: ReadableStream<Uint8Array>, signal: AbortSignal): Response {
  const { status, statusText, headers } = response;
  return new Response(body.pipeThrough(new TransformStream(), { signal }), { status, statusText, headers });
}

const bearerOf = (request: Request): string =>
  (request.headers.get('authorization') ?? '').replace(/^Bearer /, '');

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
