import { DECODE_DEFAULTS, type DecodedBatch, readStatus } from '@loadcycle/codecs';
import { LOG_TOPICS, parseSignalKey } from '@loadcycle/contract';
import type { LogRecord } from '@loadcycle/event-log/port';
import { decodeRecord } from '@loadcycle/processors/work/messages';
import type { NodeReading } from './sparkplug-node.ts';
import type { Subscription } from './subscription.ts';

const text = new TextDecoder();

/**
 * One record of the log → the subscriptions that want it. A record that nobody wants is not decoded. What can not
 * be read is landing's to quarantine: here it is passed over. Not for Sparkplug's, which can't be read alone.
 */
export function dispatch(record: LogRecord, subscriptions: readonly Subscription[]): void {
  try {
    if (record.topic === LOG_TOPICS.samples) samples(record, subscriptions);
    else if (record.topic === LOG_TOPICS.status) status(record, subscriptions);
    else if (record.topic === LOG_TOPICS.cycles) ofSignal('cycles', record, subscriptions);
    else if (record.topic === LOG_TOPICS.anomalies) ofSignal('anomalies', record, subscriptions);
  } catch {
    // see above
  }
}

/** What was read of an edge node's message → the subscriptions, each of which takes what it wants. */
export function dispatchReading(
  record: LogRecord,
  { batches, effects }: NodeReading,
  subscriptions: readonly Subscription[],
): void {
  const partition = `${record.topic}/${record.partition}`;
  for (const batch of batches) for (const s of subscriptions) s.samples(batch, partition, record.offset);
  for (const e of effects) {
    if (e.kind !== 'status') continue;
    const { site, device, state, atUs } = e;
    const data = JSON.stringify({ site, device, status: { state, at: atUs } });
    for (const s of subscriptions) s.status(site, device, data);
  }
}

function samples(record: LogRecord, subscriptions: readonly Subscription[]): void {
  const plain = isPlain(record);
  const takers = subscriptions.filter((s) => (plain ? s.wantsSamplesOf(record.key) : s.wants('samples')));
  if (takers.length === 0) return;
  const batches: DecodedBatch[] = decodeRecord(record, DECODE_DEFAULTS);
  const partition = `${record.topic}/${record.partition}`;
  for (const batch of batches) for (const s of takers) s.samples(batch, partition, record.offset);
}

/** The record's key names its one signal, unless a codec packs several into a message. */
const isPlain = (record: LogRecord): boolean => (record.headers['mqtt-topic'] ?? '').split('/').length === 6;

function status(record: LogRecord, subscriptions: readonly Subscription[]): void {
  const [site = '', device = ''] = record.key.split('/');
  const takers = subscriptions.filter((s) => s.wants('status'));
  if (takers.length === 0) return;
  const data = JSON.stringify({ site, device, status: readStatus(record.value) });
  for (const s of takers) s.status(site, device, data);
}

function ofSignal(
  event: 'cycles' | 'anomalies',
  record: LogRecord,
  subscriptions: readonly Subscription[],
): void {
  const takers = subscriptions.filter((s) => s.wants(event));
  if (takers.length === 0) return;
  const { site, device, signal } = parseSignalKey(record.key);
  // parsed and written anew, so that it stands in one line
  const data = JSON.stringify(JSON.parse(text.decode(record.value)));
  for (const s of takers) s.ofSignal(event, site, device, signal, data);
}
