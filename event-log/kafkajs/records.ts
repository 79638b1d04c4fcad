import type { Batch, IHeaders } from 'kafkajs';
import type { LogRecord } from '../port.ts';

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});
const EMPTY = new Uint8Array(0);

export function toLogRecords(batch: Batch): LogRecord[] {
  const { topic, partition } = batch;
  return batch.messages.map((m) => ({
    topic,
    partition,
    offset: Number(m.offset),
    key: m.key?.toString() ?? '',
    value: m.value ?? EMPTY,
    headers: toHeaders(m.headers),
    timestampMs: Number(m.timestamp),
  }));
}

/** The last value where a name stands more than once. */
function toHeaders(headers: IHeaders | undefined): Readonly<Record<string, string>> {
  const entries = Object.entries(headers ?? {});
  if (entries.length === 0) return NO_HEADERS;
  return Object.fromEntries(
    entries.map(([name, value]) => [name, (Array.isArray(value) ? value.at(-1) : value)?.toString() ?? '']),
  );
}
