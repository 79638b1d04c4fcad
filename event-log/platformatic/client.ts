import { LoadcycleError } from '@loadcycle/contract';
import { type BaseOptions, findErrorBy } from '@platformatic/kafka';
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

export const hasApiId = (error: unknown, ...ids: string[]): boolean =>
  ids.some((id) => findErrorBy(error as Error, 'apiId', id) !== null);

/** Error of the client → error with a code. */
export function toLogError(error: unknown): LoadcycleError {
  if (error instanceof LoadcycleError) return error;
  const detail = { cause: error };
  const message = `Kafka: ${innermostMessage(error)}`;
  if (findErrorBy(error as Error, 'closed', true)) return logClosed();
  if (hasApiId(error, ...FORBIDDEN) || findErrorBy(error as Error, 'code', 'PLT_KFK_AUTHENTICATION')) {
    return new LoadcycleError('log.forbidden', message, detail);
  }
  if (hasApiId(error, ...TOO_LARGE)) return new LoadcycleError('message.too-large', message, detail);
  return new LoadcycleError('log.unavailable', message, detail);
}

function innermostMessage(error: unknown): string {
  let e = error as Error & { errors?: unknown[] };
  for (;;) {
    const next = (e.errors?.at(-1) ?? e.cause) as typeof e | undefined;
    if (!(next instanceof Error)) return e.message;
    e = next;
  }
}
