/**
 * client: the typed client of Loadcycle's API, for programs, the CLI, the page's tests and dashboards.
 *
 * Paths, parameters and answers are typed by the OpenAPI document (`schema.generated.ts`). A token is taken by client
 * credentials when it is needed and renewed before it ends; a refusal throws `ApiError` with the problem's stable code.
 * It keeps nothing on disk and tries nothing twice but a request that the server asked to come again (503, 429).
 */
export * from './api-error.ts';
export * from './client.ts';
export * from './live.ts';
export { type OnWait, pause } from './patience.ts';
export type { components, operations, paths } from './schema.generated.ts';
export { type Credentials, TokenSource } from './token.ts';
export * from './unreachable.ts';
