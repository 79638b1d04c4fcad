import type { Batch, IHeaders } from 'kafkajs';
import type { LogRecord } from '../port.ts';
import { UNREADABLE } from './unpacking.ts';

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

/** Where records stand for ones that could not be unpacked: from which offset to before which, and why. */
export interface Unreadable {
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

/** What can be read, and what can't, in the order of the log. */
export function readable(records: readonly LogRecord[]): (LogRecord[] | Unreadable)[] {
  const all: (LogRecord[] | Unreadable)[] = [];
  let part: LogRecord[] = [];
  for (let i = 0; i < records.length; i++) {
    const why = records[i]!.headers[UNREADABLE];
    if (why === undefined) {
      part.push(records[i]!);
      continue;
    }
    if (part.length > 0) all.push(part);
    part = [];
    const from = records[i]!.offset;
    // those that stand in the place of the same batch have nothing
    while (i + 1 < records.length && isStandIn(records[i + 1]!)) i++;
    all.push({ from, to: records[i]!.offset + 1, why });
  }
  if (part.length > 0) all.push(part);
  return all;
}

const isStandIn = ({ key, value, headers }: LogRecord): boolean =>
  key === '' && value.byteLength === 0 && headers === NO_HEADERS;

/** The last value where a name stands more than once. */
function toHeaders(headers: IHeaders | undefined): Readonly<Record<string, string>> {
  const entries = Object.entries(headers ?? {});
  if (entries.length === 0) return NO_HEADERS;
  return Object.fromEntries(
    entries.map(([name, value]) => [name, (Array.isArray(value) ? value.at(-1) : value)?.toString() ?? '']),
  );
}
