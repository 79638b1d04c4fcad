/**
 * Sparkplug B (Eclipse Sparkplug 3.0): messages of edge nodes → batches.
 *
 * A message can't be read alone: births tell what the aliases mean, and the node's seq tells whether one is missing.
 * So decoding is a pure function of what is known of the node (`state.ts`, plain JSON) and the next message; whoever
 * calls it keeps the state where the offsets are, and hands over each node's messages in the order of the log.
 *
 * What always holds:
 * - a message is read only under the births that it was sent under; after a gap in seq nothing is read until the
 *   node's next birth, which is asked for;
 * - session and seq of a batch are made from the births and from what came before, deterministically: reading the log
 *   again from an older state gives the same batches, which the ledger knows; the same message once more in the log is
 *   recognised and gives none;
 * - a message that cannot be read changes at most what is known of the gap; its error says why.
 */
import { LoadcycleError } from '@loadcycle/contract';
import { parseSparkplugTopic } from '@loadcycle/contract/sparkplug-topics';
import { DECODE_DEFAULTS, type DecodeContext, type RawMessage } from '../context.ts';
import { counted } from './counted.ts';
import { nodeBirth, nodeDeath } from './node.ts';
import { readPayload } from './payload.ts';
import { replayed } from './replayed.ts';
import { nothing, poison, type SparkplugResult } from './result.ts';
import { NO_STATE, type SparkplugState } from './state.ts';

export type { SparkplugEffect, SparkplugResult } from './result.ts';
export { rewindSparkplug } from './rewind.ts';
export { NO_STATE, type SparkplugState } from './state.ts';

/** Reads the next message of an edge node. Never throws for what a message says. */
export function decodeSparkplug(
  state: SparkplugState | null,
  message: RawMessage,
  context: DecodeContext = DECODE_DEFAULTS,
): SparkplugResult {
  const before = state ?? NO_STATE;
  const topic = parseSparkplugTopic(message.mqttTopic);
  if (topic === null) {
    const what = `"${message.mqttTopic.slice(0, 200)}" is no topic of Sparkplug data`;
    return nothing(before, [], new LoadcycleError('message.unknown-topic', what, { pointer: '' }));
  }
  try {
    const reading = { topic, payload: readPayload(message.payload, context.bytes), message, context };
    if (message.replayed) return replayed(before, reading);
    if (topic.type === 'NBIRTH') return nodeBirth(before, reading);
    if (topic.type === 'NDEATH') return nodeDeath(before, reading);
    return counted(before, reading);
  } catch (error) {
    // a birth that can't be read: what follows it must not be read under the one before
    const after =
      topic.type === 'NBIRTH' && !message.replayed
        ? { ...NO_STATE, births: before.births, streams: before.streams }
        : before;
    return nothing(after, [], poison(error));
  }
}
