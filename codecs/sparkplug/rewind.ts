import { parseSparkplugTopic } from '@loadcycle/contract/sparkplug-topics';
import { DECODE_DEFAULTS, type RawMessage } from '../context.ts';
import { withoutDevice } from './births.ts';
import { bdSeqOf, birthSession } from './node.ts';
import { readPayload, type SparkplugPayload } from './payload.ts';
import { NO_STATE, type SparkplugState } from './state.ts';

/**
 * What was known of a node before `messages` (all of its messages, in the order of the log), as far as what is known
 * after them tells. Reading them from it gives the values that they were sent with, or none: births tell their own
 * meaning from where they stand, what came before a birth in the same messages is not known any more. A death that holds
 * tells whom it took, so that it can be said.
 * It is good for these messages only; after them, what was known after them is better.
 */
export function rewindSparkplug(after: SparkplugState, messages: readonly RawMessage[]): SparkplugState {
  const { sessions, devices, seqs, reborn, death } = said(messages);
  // births are kept in their order: those of the messages are the last ones
  let kept = after.births.length;
  for (const session of sessions.toReversed()) if (session === after.births[kept - 1]) kept--;
  const births = after.births.slice(0, kept);
  // where a gap began is not known, nor what a node meant before it was born or after it died
  if (reborn && after.session === null && death !== null && death.bdSeq === after.bdSeq) {
    return { ...NO_STATE, ...livingBefore(after), births, session: births.at(-1) ?? null };
  }
  if (reborn || after.session === null || after.stale) return { ...NO_STATE, births };
  let { last } = after;
  for (const seq of seqs.toReversed()) if (seq === ((last % 256) + 256) % 256) last--;
  let before: SparkplugState = {
    ...after,
    births,
    last,
    seen: after.seen.slice(0, Math.max(0, after.seen.length - (after.last - last))),
    streams: {},
  };
  for (const [device, first] of devices) {
    before = { ...before, ...withoutDevice(before, device) };
    // it was there to die; what it meant is not known
    if (first === 'DDEATH') before = { ...before, devices: { ...before.devices, [device]: 0 } };
  }
  return before;
}

/** The node and its devices before its death: that they lived, and nothing of what they meant. */
const livingBefore = ({ bdSeq, died = [] }: SparkplugState): Partial<SparkplugState> => ({
  bdSeq,
  devices: Object.fromEntries(died.map((device) => [device, 0])),
  stale: true,
});

interface Said {
  /** of births, in their order */
  readonly sessions: string[];
  /** that were born or died, and what was first */
  readonly devices: Map<string, string>;
  /** of the messages that count on */
  readonly seqs: number[];
  /** the node itself was born or died */
  reborn: boolean;
  /** where its death is the last that was said of the node itself */
  death: { readonly bdSeq: number | null } | null;
}

function said(messages: readonly RawMessage[]): Said {
  const all: Said = { sessions: [], devices: new Map(), seqs: [], reborn: false, death: null };
  for (const message of messages) {
    const topic = parseSparkplugTopic(message.mqttTopic);
    // a dead letter that was sent again moves nothing
    if (topic === null || message.replayed) continue;
    const payload = payloadOf(message);
    if (topic.type === 'NBIRTH' || topic.type === 'NDEATH') {
      all.reborn = true;
      all.death = topic.type === 'NDEATH' && payload !== null ? { bdSeq: bdSeqOf(payload) } : null;
      if (topic.type === 'NBIRTH' && payload !== null)
        all.sessions.push(birthSession({ topic, payload, message }));
      continue;
    }
    if (topic.type === 'DBIRTH' || topic.type === 'DDEATH') {
      if (!all.devices.has(topic.device!)) all.devices.set(topic.device!, topic.type);
    }
    if (payload?.seq != null) all.seqs.push(payload.seq);
  }
  return all;
}

function payloadOf(message: RawMessage): SparkplugPayload | null {
  try {
    return readPayload(message.payload, DECODE_DEFAULTS.bytes);
  } catch {
    return null;
  }
}
