import {
  DECODE_DEFAULTS,
  type DecodeContext,
  type DecodedBatch,
  decodeMessage,
  type RawMessage,
} from '@loadcycle/codecs';
import { HEADERS, LoadcycleError, parseTimeUs } from '@loadcycle/contract';
import type { LogRecord } from '@loadcycle/event-log/port';

/** When the bridge had it; where another producer left that out, when the log took it. µs since the epoch. */
export function receivedAtUs(record: LogRecord): number {
  const told = Number(record.headers[HEADERS.receivedAt]);
  return Number.isSafeInteger(told) && told > 0 ? told : Math.round(record.timestampMs * 1000);
}

export const messageOf = (record: LogRecord): RawMessage => ({
  mqttTopic: record.headers[HEADERS.mqttTopic] ?? '',
  contentType: record.headers[HEADERS.contentType] ?? '',
  payload: record.value,
  receivedAtUs: receivedAtUs(record),
  replayed: record.headers[HEADERS.replayed] === 'true',
});

/** Log record → batches, by the one decoder that every consumer uses. Throws a poison `LoadcycleError`. */
export function decodeRecord(record: LogRecord, context: DecodeContext): DecodedBatch[] {
  return decodeMessage(messageOf(record), context);
}

/** Any failure of the pure part, as what stands in the dead letter. What is not poison is a bug of ours: thrown. */
export function asPoison(error: unknown): LoadcycleError {
  if (error instanceof LoadcycleError && error.kind === 'poison') return error;
  throw error;
}

export function decodeContext(settings: { maxFuture: number; horizon: string | null }): DecodeContext {
  return {
    ...DECODE_DEFAULTS,
    maxFutureUs: settings.maxFuture,
    horizonUs: settings.horizon === null ? DECODE_DEFAULTS.horizonUs : parseTimeUs(settings.horizon),
  };
}
