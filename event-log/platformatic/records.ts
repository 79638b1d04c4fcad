import type { Consumer, KafkaRecord, RecordsBatch } from '@platformatic/kafka';
import type { LogRecord } from '../port.ts';

export type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;
type FetchedPartition = FetchResponse['responses'][number]['partitions'][number];

const IS_CONTROL = 0x20;
const LOG_APPEND_TIME = 0x08;
const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});
const EMPTY = new Uint8Array(0);

export function toLogRecords(topic: string, response: FetchedPartition): LogRecord[] {
  const partition = response.partitionIndex;
  const records: LogRecord[] = [];
  for (const batch of response.records ?? []) {
    if (batch.attributes & IS_CONTROL) continue;
    for (const r of batch.records) {
      records.push({
        topic,
        partition,
        offset: Number(batch.firstOffset) + r.offsetDelta,
        key: r.key?.toString() ?? '',
        value: r.value ?? EMPTY,
        headers: toHeaders(r.headers),
        timestampMs: timestamp(batch, r),
      });
    }
  }
  return records;
}

function timestamp(batch: RecordsBatch, record: KafkaRecord): number {
  if (batch.attributes & LOG_APPEND_TIME) return Number(batch.maxTimestamp);
  return Number(batch.firstTimestamp + record.timestampDelta);
}

function toHeaders(headers: KafkaRecord['headers']): Readonly<Record<string, string>> {
  if (headers.length === 0) return NO_HEADERS;
  return Object.fromEntries(
    headers.map(([name, value]) => [name?.toString() ?? '', value?.toString() ?? '']),
  );
}
