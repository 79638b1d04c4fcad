import type { SparkplugTopic } from '@loadcycle/contract/sparkplug-topics';
import { checkTimes } from '../check-times.ts';
import { checkChunks } from '../chunks.ts';
import type { DecodeContext, RawMessage } from '../context.ts';
import type { SparkplugPayload } from './payload.ts';
import { nothing, poison, type SparkplugEffect, type SparkplugResult } from './result.ts';
import { type KeyedMetric, sampleMetrics } from './samples.ts';
import { boundedStreams, type SparkplugState } from './state.ts';

/** A message that is being read: where it came from, what it says, and what is allowed. */
export interface Reading {
  readonly topic: SparkplugTopic;
  readonly payload: SparkplugPayload;
  readonly message: RawMessage;
  readonly context: DecodeContext;
}

export interface LandOptions {
  readonly birth: boolean;
  readonly effects: readonly SparkplugEffect[];
}

/** The values of a message that is understood → batches, and the state after them. */
export function land(
  state: SparkplugState,
  { topic, payload, message, context }: Reading,
  values: readonly KeyedMetric[],
  { birth, effects }: LandOptions,
): SparkplugResult {
  const place = {
    group: topic.group,
    node: topic.node,
    session: state.session!,
    defaultUs: payload.timestampMs === null ? message.receivedAtUs : payload.timestampMs * 1000,
    birthFromUs: birth ? context.horizonUs : null,
  };
  try {
    const { batches, streams, ignored } = sampleMetrics(state, place, values);
    for (const b of batches) checkTimes(b, message.receivedAtUs, context, '');
    checkChunks(batches.map((b) => b.batch));
    const next = { ...state, streams: boundedStreams({ ...state.streams, ...streams }, state.metrics) };
    return { ...nothing(next, effects), batches, ignored };
  } catch (error) {
    return nothing(state, effects, poison(error));
  }
}
