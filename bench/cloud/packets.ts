import { encodeBatch } from '@loadcycle/codecs';
import { samplesTopic } from '@loadcycle/contract';

export interface LoadPlan {
  readonly url: string;
  readonly devices: number;
  /** of each device */
  readonly messages: number;
  readonly samples: number;
  readonly dtUs: number;
  /** of the first sample, µs since the epoch */
  readonly t0Us: number;
  readonly session: string;
  /** messages without an answer at most, each device */
  readonly window: number;
  /** one message each so many ms; null: as fast as they are acknowledged */
  readonly everyMs: number | null;
}

export interface MadePackets {
  /** PUBLISH packets, one behind the other */
  readonly bytes: Buffer;
  /** where each ends */
  readonly ends: Uint32Array;
}

export const pathOf = (device: number) => ({ site: 'bench', device: `device-${device}`, signal: 'voltage' });

/** A motor's voltage as the simulator gives it: a loaded and an idle level, noise, three decimals; never twice the same. */
function valuesOf(plan: LoadPlan, seq: number, random: () => number): Float64Array {
  return Float64Array.from({ length: plan.samples }, (_, i) => {
    const at = ((seq * plan.samples + i) * plan.dtUs) / 2e6;
    const level = at - Math.floor(at) < 0.4 ? 190 : 230;
    return Math.round((level + random() + random() + random() - 1.5) * 1000) / 1000;
  });
}

/** All PUBLISH packets (MQTT 5, QoS 1, no properties) of one device. */
export function makePackets(plan: LoadPlan, device: number): MadePackets {
  const random = randomOf(device + 1);
  const topic = Buffer.from(samplesTopic(pathOf(device)));
  const ends = new Uint32Array(plan.messages);
  let bytes = Buffer.allocUnsafe(plan.messages * (topic.length + 160 + plan.samples * 9));
  let at = 0;
  for (let seq = 0; seq < plan.messages; seq++) {
    const payload = encodeBatch({
      session: plan.session,
      seq,
      unit: 'V',
      t0Us: plan.t0Us + seq * plan.samples * plan.dtUs,
      dtUs: plan.dtUs,
      offsetsUs: null,
      values: valuesOf(plan, seq, random),
    });
    let length = 2 + topic.length + 2 + 1 + payload.length;
    bytes[at++] = 0x32;
    for (; length > 127; length >>= 7) bytes[at++] = (length & 127) | 128;
    bytes[at++] = length;
    at = bytes.writeUInt16BE(topic.length, at);
    at += topic.copy(bytes, at);
    at = bytes.writeUInt16BE((seq % 65_535) + 1, at);
    bytes[at++] = 0;
    bytes.set(payload, at);
    at += payload.length;
    ends[seq] = at;
  }
  bytes = bytes.subarray(0, at);
  return { bytes, ends };
}

/** Numerical Recipes' linear congruential generator, [0, 1). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
