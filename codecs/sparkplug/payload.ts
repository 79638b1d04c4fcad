import { BATCH_LIMITS, LoadcycleError, MAX_FOREIGN_NAME_BYTES, MAX_TIME_US } from '@loadcycle/contract';
import { isStorable } from '@loadcycle/contract/sparkplug-topics';
import proto from 'sparkplug-payload/lib/sparkplugPayloadProto.js';

/**
 * The protobuf of Sparkplug B, through the messages that the npm package `sparkplug-payload` (Eclipse Tahu) has
 * compiled. Not through its `decodePayload`: that gives null for a metric without a datatype, which data messages
 * may leave out.
 */
const { Payload } = proto.org.eclipse.tahu.protobuf;

export interface Metric {
  /** '' where only an alias is given */
  readonly name: string;
  readonly alias: string | null;
  /** ms since the epoch */
  readonly timestampMs: number | null;
  /** 0 where it is not given */
  readonly datatype: number;
  readonly historical: boolean;
  readonly engUnit: string | null;
  /** a number as it stands in the message; null for null; undefined for a value that is no number */
  readonly raw: number | null | undefined;
}

export interface SparkplugPayload {
  readonly timestampMs: number | null;
  readonly seq: number | null;
  readonly metrics: readonly Metric[];
}

export const sparkplugInvalid = (pointer: string, message: string, cause?: unknown) =>
  new LoadcycleError('sparkplug.invalid', message, { pointer, cause });

/** Datatypes whose values are samples: 1–8 integers, 9 Float, 10 Double, 11 Boolean. */
export const isSampleType = (datatype: number): boolean => datatype >= 1 && datatype <= 11;

/** Throws `sparkplug.invalid`, `message.too-large`, `message.too-many-values`. */
export function readPayload(bytes: Uint8Array, limitBytes: number): SparkplugPayload {
  if (bytes.byteLength > limitBytes) {
    const message = `${bytes.byteLength} bytes; the limit is ${limitBytes}`;
    throw new LoadcycleError('message.too-large', message, { pointer: '' });
  }
  let p: ReturnType<typeof Payload.decode>;
  try {
    p = Payload.decode(bytes);
  } catch (cause) {
    throw sparkplugInvalid('', `the payload is no Sparkplug protobuf: ${(cause as Error).message}`, cause);
  }
  if (p.metrics.length > BATCH_LIMITS.values) {
    const message = `${p.metrics.length} metrics; the limit is ${BATCH_LIMITS.values}`;
    throw new LoadcycleError('message.too-many-values', message, { pointer: '/metrics' });
  }
  const seq = own(p, 'seq') ? Number(p.seq) : null;
  if (seq !== null && !(seq >= 0 && seq <= 255)) throw sparkplugInvalid('/seq', 'seq must be from 0 to 255');
  return {
    timestampMs: own(p, 'timestamp') ? timeMs(p.timestamp, '/timestamp') : null,
    seq,
    metrics: p.metrics.map((m, i) => readMetric(m, `/metrics/${i}`)),
  };
}

type ProtoMetric = ReturnType<typeof Payload.decode>['metrics'][number];

/** protobufjs keeps defaults on the prototype: only what stood in the message is an own property. */
const own = (message: object, field: string): boolean => Object.hasOwn(message, field);

function timeMs(value: unknown, pointer: string): number {
  const ms = Number(value);
  if (!(ms >= 0 && ms <= MAX_TIME_US / 1000)) throw sparkplugInvalid(pointer, 'no time that can be kept');
  return ms;
}

function readMetric(m: ProtoMetric, pointer: string): Metric {
  const name = own(m, 'name') ? (m.name ?? '') : '';
  if (!isStorable(name))
    throw sparkplugInvalid(
      `${pointer}/name`,
      `a name of at most ${MAX_FOREIGN_NAME_BYTES} bytes of UTF-8, without NUL`,
    );
  return {
    name,
    alias: own(m, 'alias') ? String(m.alias) : null,
    timestampMs: own(m, 'timestamp') ? timeMs(m.timestamp, `${pointer}/timestamp`) : null,
    datatype: own(m, 'datatype') ? (m.datatype ?? 0) : 0,
    historical: m.isHistorical === true,
    engUnit: engUnitOf(m),
    raw: m.isNull === true ? null : rawOf(m),
  };
}

function rawOf(m: ProtoMetric): number | undefined {
  if (own(m, 'doubleValue')) return m.doubleValue!;
  if (own(m, 'floatValue')) return m.floatValue!;
  if (own(m, 'intValue')) return m.intValue!;
  // Long where it does not fit 32 bits; beyond 2^53 the nearest double
  if (own(m, 'longValue')) return Number(String(m.longValue));
  if (own(m, 'booleanValue')) return m.booleanValue ? 1 : 0;
  return undefined;
}

function engUnitOf(m: ProtoMetric): string | null {
  if (!own(m, 'properties') || m.properties == null) return null;
  const at = m.properties.keys?.indexOf('engUnit') ?? -1;
  const text = at < 0 ? null : (m.properties.values?.[at]?.stringValue ?? null);
  return text === null || text === '' || text.length > 64 ? null : text;
}

/**
 * The number that a raw value means under its datatype: signed integers stand in unsigned fields, as two's
 * complement. What is not finite was no measurement: NaN, as for null.
 */
export function numberOf(raw: number | null, datatype: number): number {
  if (raw === null || !Number.isFinite(raw)) return Number.NaN;
  switch (datatype) {
    case 1:
      return (raw << 24) >> 24;
    case 2:
      return (raw << 16) >> 16;
    case 3:
      return raw | 0;
    case 4:
      return raw >= 2 ** 63 ? raw - 2 ** 64 : raw;
    case 7:
      return raw < 0 ? raw + 2 ** 32 : raw;
    default:
      return raw;
  }
}

/** The command that asks an edge node for its births again. */
export function rebirthPayload(timestampMs: number): Uint8Array {
  const metric = { name: 'Node Control/Rebirth', timestamp: timestampMs, datatype: 11, booleanValue: true };
  return Payload.encode(Payload.create({ timestamp: timestampMs, metrics: [metric] })).finish();
}
