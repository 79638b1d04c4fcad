import { sessionOf } from '@loadcycle/contract/decode-identity';
import { readBirth } from './births.ts';
import { land, type Reading } from './land.ts';
import { type SparkplugPayload, sparkplugInvalid } from './payload.ts';
import { nothing, type SparkplugResult, statusEffect } from './result.ts';
import type { SparkplugState } from './state.ts';

/** NBIRTH: everything begins anew, under a session of its own. */
export function nodeBirth(before: SparkplugState, reading: Reading): SparkplugResult {
  const { topic, payload, message } = reading;
  if (payload.seq === null) throw sparkplugInvalid('/seq', 'a birth has a seq');
  const bdSeq = bdSeqOf(payload);
  const { group, node } = topic;
  const born = payload.timestampMs ?? message.receivedAtUs / 1000;
  const session = sessionOf('sparkplug', group, node, String(bdSeq), String(born));
  const repeated = session === before.session;
  const { metrics, aliases, values } = readBirth({ metrics: {}, aliases: {} }, topic, payload.metrics);
  const state: SparkplugState = repeated
    ? before
    : {
        session,
        bdSeq,
        last: payload.seq,
        stale: false,
        devices: [],
        metrics,
        aliases,
        streams: before.streams,
        rebirthAtUs: null,
      };
  const online = statusEffect(topic, 'online', message.receivedAtUs);
  return land(state, reading, values, {
    nodeSeq: payload.seq,
    repeated,
    birth: true,
    effects: repeated ? [] : [online],
  });
}

/** The will of a node. It carries the bdSeq of its birth; one of an earlier connection comes too late to matter. */
export function nodeDeath(before: SparkplugState, { topic, payload, message }: Reading): SparkplugResult {
  if (before.session === null || bdSeqOf(payload) !== before.bdSeq) return nothing(before);
  const offline = (device: string | null) =>
    statusEffect({ ...topic, device }, 'offline', message.receivedAtUs);
  return nothing({ ...before, session: null, devices: [], metrics: {}, aliases: {} }, [
    offline(null),
    ...before.devices.map(offline),
  ]);
}

function bdSeqOf(payload: SparkplugPayload): number | null {
  return payload.metrics.find((m) => m.name === 'bdSeq')?.raw ?? null;
}
