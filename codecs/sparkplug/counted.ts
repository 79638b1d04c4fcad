import { crc32 } from 'node:zlib';
import { LoadcycleError } from '@loadcycle/contract';
import { SPARKPLUG_ROOT, type SparkplugTopic } from '@loadcycle/contract/sparkplug-topics';
import type { RawMessage } from '../context.ts';
import { readBirth, withoutDevice } from './births.ts';
import { land, type Reading } from './land.ts';
import { isControl } from './names.ts';
import { type Metric, rebirthPayload, sparkplugInvalid } from './payload.ts';
import { nothing, poison, type SparkplugEffect, type SparkplugResult, statusEffect } from './result.ts';
import type { KeyedMetric } from './samples.ts';
import { metricKey, NODE_LIMITS, placeOf, type SparkplugState, seenOn } from './state.ts';

/** Asked again after so long without an answer. */
const REBIRTH_PATIENCE_US = 10_000_000;

/** NDATA, DBIRTH, DDATA, DDEATH: the messages that count on from the node's birth. */
export function counted(before: SparkplugState, reading: Reading): SparkplugResult {
  const { topic, payload, message } = reading;
  if (payload.seq === null) throw sparkplugInvalid('/seq', 'a message has a seq');
  if (before.session === null) {
    const what = `nothing is known of ${topic.group}/${topic.node}: its birth is asked for`;
    return lost(before, topic, message, new LoadcycleError('sparkplug.no-birth', what, { pointer: '' }));
  }
  const digest = crc32(message.payload);
  const { kind, nodeSeq } = placeOf(before, payload.seq, digest);
  if (kind === 'repeated') return { ...nothing(before), repeated: true };
  if (before.stale || kind === 'gap') {
    const what = before.stale
      ? 'messages before this one were lost: the birth that was asked for is still to come'
      : `seq ${payload.seq} after ${before.last % 256}: messages between were lost`;
    const error = new LoadcycleError('sparkplug.sequence-gap', what, { pointer: '/seq' });
    return lost({ ...before, stale: true }, topic, message, error);
  }
  const state = seenOn(before, nodeSeq, digest);
  try {
    return inOrder(state, reading);
  } catch (error) {
    const known = poison(error);
    // its place in the count is taken all the same: the next message is not to blame
    if (known.code === 'sparkplug.no-birth') return lost(state, topic, message, known);
    // a birth that can't be read: what the aliases of this device mean is no longer known
    const rest = topic.type === 'DBIRTH' ? withoutDevice(state, topic.device!) : {};
    return nothing({ ...state, ...rest }, [], known);
  }
}

function inOrder(state: SparkplugState, reading: Reading): SparkplugResult {
  const { topic, payload, message } = reading;
  const { device } = topic;
  const status = (s: 'online' | 'offline') => statusEffect(topic, s, message.receivedAtUs);
  if (topic.type === 'DBIRTH') {
    const rest = withoutDevice(state, device!);
    if (Object.keys(rest.devices).length >= NODE_LIMITS.devices) {
      throw sparkplugInvalid('', `an edge node has at most ${NODE_LIMITS.devices} devices`);
    }
    const { metrics, aliases, values } = readBirth(rest, topic, payload.metrics);
    const next = {
      ...state,
      metrics,
      aliases,
      devices: { ...rest.devices, [device!]: message.receivedAtUs },
    };
    return land(next, reading, values, { birth: true, effects: [status('online')] });
  }
  if (device !== null && !Object.hasOwn(state.devices, device)) {
    throw new LoadcycleError('sparkplug.no-birth', `device "${device}" has no birth`, { pointer: '' });
  }
  if (topic.type === 'DDEATH') {
    return nothing({ ...state, ...withoutDevice(state, device!) }, [status('offline')]);
  }
  const values = payload.metrics.flatMap((metric, i) => keyed(state, device, metric, `/metrics/${i}`));
  return land(state, reading, values, { birth: false, effects: [] });
}

/** The birth that a metric of a data message refers to, by name or alias; none for a control. */
export function keyed(
  state: SparkplugState,
  device: string | null,
  metric: Metric,
  pointer: string,
): KeyedMetric[] {
  let key: string | undefined = metric.name === '' ? undefined : metricKey(device, metric.name);
  if (key === undefined && metric.alias !== null && Object.hasOwn(state.aliases, metric.alias)) {
    key = state.aliases[metric.alias];
  }
  const prefix = metricKey(device, '');
  if (key === undefined || !key.startsWith(prefix) || !Object.hasOwn(state.metrics, key)) {
    const what = metric.name === '' ? `alias ${metric.alias}` : `"${metric.name}"`;
    throw new LoadcycleError('sparkplug.no-birth', `${what} is in no birth`, { pointer });
  }
  const name = key.slice(prefix.length);
  return isControl(name) ? [] : [{ metric, key, device, name, pointer }];
}

/** Nothing can be read for now: the births are asked for, but not again and again. */
function lost(
  state: SparkplugState,
  topic: SparkplugTopic,
  message: RawMessage,
  error: LoadcycleError,
): SparkplugResult {
  const now = message.receivedAtUs;
  const asked = state.rebirthAtUs;
  const patient = asked !== null && now >= asked && now - asked < REBIRTH_PATIENCE_US;
  if (patient) return nothing(state, [], error);
  const effect: SparkplugEffect = {
    kind: 'rebirth',
    topic: `${SPARKPLUG_ROOT}/${topic.group}/NCMD/${topic.node}`,
    payload: rebirthPayload(Math.floor(now / 1000)),
    atUs: now,
  };
  return nothing({ ...state, rebirthAtUs: now }, [effect], error);
}
