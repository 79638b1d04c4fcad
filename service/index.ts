/**
 * service: the shell that each program runs in, and nothing of what it does.
 *
 * Settings from flags, environment and secret files; one log line per event as JSON (pino); a small HTTP
 * server with `/healthz`, `/readyz` and `/metrics` (Prometheus); orderly shutdown on SIGINT and SIGTERM, in the
 * reverse of the order in which things were started; one clear line and a non-zero exit where a start fails.
 * Workers' loops (`worker-loop.ts`) treat the three kinds of failure alike everywhere.
 */
export * from './backoff.ts';
export * from './files.ts';
export * from './health.ts';
export * from './log.ts';
export * from './metrics.ts';
export * from './mosquitto-watch.ts';
export * from './mqtt-login.ts';
export * from './program.ts';
export * from './seal.ts';
export * from './worker-loop.ts';
