import { LoadcycleError } from '@loadcycle/contract';
import type { SparkplugTopic } from '@loadcycle/contract/decode-sparkplug-topic';
import { checkTimes } from '../check-times.ts';
import type { DecodeContext, RawMessage } from '../context.ts';
import type { SparkplugPayload } from './payload.ts';
import { nothing, poison, type SparkplugEffect, type SparkplugResult } from './result.ts';
import { type KeyedMetric, sampleMetrics } from './samples.ts';
import type { SparkplugState } from './state.ts';

/** A message that is being read: where it came from, what it says, and what is allowed. */
export interface Reading {
  readonly topic: SparkplugTopic;
  readonly payload: SparkplugPayload;
  readonly message: RawMessage;
  readonly context: DecodeContext;
}

export interface Order {
  readonly nodeSeq: number;
  readonly repeated: boolean;
  readonly birth: boolean;
  readonly effects: readonly SparkplugEffect[];
}

/** The values of a message that is understood → batches, and the state after them. */
export function land(
  state: SparkplugState,
  { topic, payload, message, context }: Reading,
  values: readonly KeyedMetric[],
  order: Order,
): SparkplugResult {
  const { nodeSeq, repeated, birth, effects } = order;
  const place = {
    group: topic.group,
    node: topic.node,
    session: state.session!,
    nodeSeq,
    repeated,
    defaultUs: payload.timestampMs === null ? message.receivedAtUs : payload.timestampMs * 1000,
    birthFromUs: birth ? context.horizonUs : null,
  };
  try {
    const { batches, streams, ignored, unknown } = sampleMetrics(state, place, values);
    if (unknown > 0) {
      const what = `seq ${payload.seq} came again, or out of its order, too late to say which it was`;
      return nothing(state, effects, new LoadcycleError('sparkplug.sequence-gap', what, { pointer: '/seq' }));
    }
    for (const b of batches) checkTimes(b, message.receivedAtUs, context, '');
    const next = repeated ? state : { ...state, streams: { ...state.streams, ...streams } };
    return { state: next, batches, effects, error: null, ignored };
  } catch (error) {
    return nothing(state, effects, poison(error));
  }
}
