import { crc32 } from 'node:zlib';
import { sessionOf } from '../identity.ts';
import { readBirth } from './births.ts';
import { land, type Reading } from './land.ts';
import { type SparkplugPayload, sparkplugInvalid } from './payload.ts';
import { nothing, type SparkplugResult, statusEffect } from './result.ts';
import type { SparkplugState } from './state.ts';

/** The session that a birth begins, made from the birth itself. */
export function birthSession({ topic, payload, message }: Omit<Reading, 'context'>): string {
  // bdSeq and the birth's timestamp stand in the payload; where a birth has no timestamp, its reception tells it apart
  const received = payload.timestampMs === null ? String(message.receivedAtUs) : '';
  return sessionOf('sparkplug', topic.group, topic.node, message.payload, received);
}

/** NBIRTH: everything begins anew, under a session of its own. */
export function nodeBirth(before: SparkplugState, reading: Reading): SparkplugResult {
  const { topic, payload, message } = reading;
  if (payload.seq === null) throw sparkplugInvalid('/seq', 'a birth has a seq');
  const session = birthSession(reading);
  if (before.births.includes(session)) return { ...nothing(before), repeated: true };
  const { metrics, aliases, values } = readBirth({ metrics: {}, aliases: {} }, topic, payload.metrics);
  const state: SparkplugState = {
    session,
    births: [...before.births.slice(-15), session],
    bdSeq: bdSeqOf(payload),
    last: payload.seq,
    seen: [crc32(message.payload)],
    stale: false,
    bornAtUs: message.receivedAtUs,
    devices: {},
    metrics,
    aliases,
    streams: before.streams,
    rebirthAtUs: null,
  };
  const online = statusEffect(topic, 'online', message.receivedAtUs);
  return land(state, reading, values, { birth: true, effects: [online] });
}

/** The will of a node. It carries the bdSeq of its birth; one of an earlier connection comes too late to matter. */
export function nodeDeath(before: SparkplugState, { topic, payload, message }: Reading): SparkplugResult {
  if (before.session === null || bdSeqOf(payload) !== before.bdSeq) return nothing(before);
  const offline = (device: string | null) =>
    statusEffect({ ...topic, device }, 'offline', message.receivedAtUs);
  const died = Object.keys(before.devices);
  return nothing({ ...before, session: null, devices: {}, died, metrics: {}, aliases: {} }, [
    offline(null),
    ...died.map(offline),
  ]);
}

export function bdSeqOf(payload: SparkplugPayload): number | null {
  return payload.metrics.find((m) => m.name === 'bdSeq')?.raw ?? null;
}
