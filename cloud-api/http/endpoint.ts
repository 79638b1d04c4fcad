import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ZodType } from 'zod';
import type { Principal, Scope } from '../auth/principal.ts';

export interface Variables {
  requestId: string;
  principal?: Principal;
  /** of a request without a token: whose it says that it is, for the access log */
  asker?: { readonly clientId: string; readonly tokenId: string | null };
  /** the route's pattern, for the access log and metrics */
  route?: string;
  /** error code of the answer, for the access log */
  code?: string;
  /** headers that tell the rate limit */
  limit?: Readonly<Record<string, string>>;
  /** request headers that the answer was chosen by */
  vary?: readonly string[];
}
export interface AppEnv {
  Variables: Variables;
}
export type App = OpenAPIHono<AppEnv>;
export type AppContext = Context<AppEnv>;

/**
 * Who may call an endpoint. `on` says which grants are checked, in one place (`register.ts`), before the handler:
 * - `path`: the site, or site and device, that stand in the path;
 * - `within`: anything of the site in the path; the handler shows only what the grants allow;
 * - `everything`: only with the grant `*`;
 * - `allowed`: the request names its targets itself; the handler shows or changes only what the grants allow;
 * - `named`: as `allowed`, but the targets stand in the body: it is not even read for a token without any grant.
 */
export type Access =
  | 'public'
  | {
      readonly scopes: readonly [Scope, ...Scope[]];
      readonly on: 'path' | 'within' | 'everything' | 'allowed' | 'named';
      /** a browser's EventSource may bring a ticket in place of a token */
      readonly ticket?: true;
    };

export interface Call<P, Q, B> {
  readonly c: AppContext;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** the media type to answer with, one of the endpoint's */
  readonly accept: string;
  /** Refused where the endpoint is public. */
  readonly principal: Principal;
}

/** A handler's answer besides 200 with the first media type: what it may be, for the document. */
export type Responses = RouteConfig['responses'];

/** A body as it came. Nothing of it has been looked at: that may take long, and is for a thread to do. */
export interface RawBody {
  readonly bytes: Uint8Array;
  /** its media type, one of the endpoint's */
  readonly type: string;
}

export interface BodySpec<B> {
  /** not of a `raw` body, which has `documented` */
  readonly schema?: ZodType<B>;
  /** media types understood; JSON is parsed, others reach the schema as text */
  readonly types: readonly string[];
  readonly limitBytes?: number;
  readonly optional?: boolean;
  /** its text may hold what the store can not keep: nothing of it is stored */
  readonly anyText?: boolean;
  /** {@link RawBody} for the handler, which has a thread read it; `documented` says what it holds */
  readonly raw?: true;
  /** what the document shows for JSON and forms, where it is not the schema itself */
  readonly documented?: ZodType;
}

export interface Endpoint<P = unknown, Q = unknown, B = unknown> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** OpenAPI pattern: `/v1/sites/{site}` */
  readonly path: string;
  readonly access: Access;
  readonly tag: string;
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: ZodType<P>;
  readonly query?: ZodType<Q>;
  /** query parameters that may be repeated: they come as arrays */
  readonly many?: readonly string[];
  readonly body?: BodySpec<B>;
  readonly responses: Responses;
  /** media types that it can answer with, the default first; JSON unless said otherwise */
  readonly produces?: readonly string[];
  /** ms; null: a stream, no limit */
  readonly timeLimitMs?: number | null;
  /** changes nothing, whatever its method: no Idempotency-Key, and nothing of its answer is kept */
  readonly safe?: true;
  /** where a standard wants another form than a problem for a malformed request (400) */
  readonly malformed?: (c: AppContext, detail: string) => Response;
  readonly handle: (call: Call<P, Q, B>) => Promise<Response> | Response;
}

/** Keeps the types of one endpoint's parts together. */
export const endpoint = <P = unknown, Q = unknown, B = unknown>(e: Endpoint<P, Q, B>): Endpoint =>
  e as unknown as Endpoint;
