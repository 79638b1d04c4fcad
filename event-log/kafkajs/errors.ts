import { LoadcycleError } from '@loadcycle/contract';

interface KafkaJsError extends Error {
  type?: string;
}

/** The innermost error of kafkajs: retries wrap what they gave up on. */
function innermost(error: unknown): KafkaJsError {
  let e = error as KafkaJsError & { cause?: unknown; errors?: unknown[] };
  for (;;) {
    const next = (e.errors?.[0] ?? e.cause) as typeof e | undefined;
    if (!(next instanceof Error)) return e;
    e = next;
  }
}

/** Error of kafkajs → error with a code. */
export function toLogError(error: unknown): LoadcycleError {
  if (error instanceof LoadcycleError) return error;
  const e = innermost(error);
  const detail = { cause: error };
  if (
    /AUTHORIZATION_FAILED|SASL_AUTHENTICATION_FAILED|ILLEGAL_SASL_STATE/.test(e.type ?? '') ||
    /SASL/.test(e.name)
  ) {
    return new LoadcycleError('log.forbidden', `Kafka refuses: ${e.message}`, detail);
  }
  if (e.type === 'MESSAGE_TOO_LARGE' || e.type === 'RECORD_LIST_TOO_LARGE') {
    return new LoadcycleError('message.too-large', `Kafka refuses: ${e.message}`, detail);
  }
  return new LoadcycleError('log.unavailable', `Kafka: ${e.message}`, detail);
}
