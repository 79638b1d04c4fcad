import { LoadcycleError } from '@loadcycle/contract';
import type { BaseOptions } from '@platformatic/kafka';
import { logClosed } from '../errors.ts';
import type { FullKafkaSettings } from '../kafka/settings.ts';

/**
 * A few retries in the client, and loops around it here: the client keeps every error of one operation, so retrying
 * for ever inside it would grow through a long outage.
 */
export function clientOptions(s: FullKafkaSettings): BaseOptions {
  const options: BaseOptions = {
    clientId: s.clientId,
    bootstrapBrokers: [...s.brokers],
    connectTimeout: 3000,
    requestTimeout: s.requestTimeoutMs,
    timeout: s.requestTimeoutMs,
    retries: 3,
    retryDelay: 200,
  };
  const { tls, sasl } = s;
  if (tls) options.tls = { ca: tls.ca ?? undefined, cert: tls.cert ?? undefined, key: tls.key ?? undefined };
  if (sasl) {
    const mechanism = sasl.mechanism.toUpperCase() as 'PLAIN';
    options.sasl = { mechanism, username: sasl.username, password: sasl.password };
  }
  return options;
}

const FORBIDDEN = [
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
];
const TOO_LARGE = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'];

interface ClientError extends Error {
  readonly apiId?: string;
  readonly code?: string;
  readonly closed?: boolean;
  readonly errors?: readonly unknown[];
}

/** An error, and all that it wraps. */
function* chain(error: unknown): Generator<ClientError> {
  if (!(error instanceof Error)) return;
  const e = error as ClientError;
  yield e;
  for (const inner of e.errors ?? []) yield* chain(inner);
  yield* chain(e.cause);
}

export const hasApiId = (error: unknown, ...ids: string[]): boolean =>
  [...chain(error)].some((e) => e.apiId !== undefined && ids.includes(e.apiId));

/** Error of the client → error with a code. */
export function toLogError(error: unknown): LoadcycleError {
  if (error instanceof LoadcycleError) return error;
  const all = [...chain(error)];
  const detail = { cause: error };
  const message = `Kafka: ${all.at(-1)?.message ?? String(error)}`;
  if (all.some((e) => e.closed === true)) return logClosed();
  if (hasApiId(error, ...FORBIDDEN) || all.some((e) => e.code === 'PLT_KFK_AUTHENTICATION')) {
    return new LoadcycleError('log.forbidden', message, detail);
  }
  if (hasApiId(error, ...TOO_LARGE)) return new LoadcycleError('message.too-large', message, detail);
  return new LoadcycleError('log.unavailable', message, detail);
}
