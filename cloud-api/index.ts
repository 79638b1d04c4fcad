/**
 * cloud-api: Hono over HTTP: authentication and authorisation, control, retrieval, the live stream, analysis; and
 * the dashboard's files.
 *
 * What always holds: an endpoint answers nobody whose token, scope and grants do not allow it. That is checked in
 * one place (`http/register.ts`) from what each endpoint declares, and beneath it by database roles: reads go
 * through the role reader, which can write nothing, and the few writes through the role control.
 *
 * What it keeps where: clients, keys, operations, idempotency keys and the access log in the store; nothing on its
 * own disk, so that any number of instances can run side by side. Live readers are fed from the tail of the event
 * log, never by polling the store.
 *
 * What takes long, reading large bodies above all, is done in worker threads (`threads/`): no request holds the event
 * loop, which answers everybody, for more than 100 ms.
 *
 * When a neighbour is away: without the store 503 with Retry-After, and by itself well again; without the broker
 * commands are refused and everything else goes on; without the event log the live stream waits.
 */
export { type AdminClient, ensureAdminClient, readAdminClient } from './auth/admin-client.ts';
export { type IssuerSettings, mintToken } from './auth/issuer.ts';
export { type Api, type ApiOptions, startApi } from './server.ts';
