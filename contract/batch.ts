import { LoadcycleError } from './errors.ts';

/**
 * One batch as a device publishes it: one signal, one session, one sequence number.
 * (device, signal, session, seq) names it for ever; a resent batch is byte-identical.
 */
export interface BatchMessage {
  /** UUIDv7, new at each start of the agent */
  session: string;
  /** counts from 0 per (session, signal), without holes */
  seq: number;
  /** UCUM code */
  unit: string;
  /** µs since the epoch, UTC, of the first value */
  t0: number;
  /** sampling period in µs (regular sampling) … */
  dt?: number;
  /** … or µs from `t0` for each value, ascending. Exactly one of the two. */
  offsets?: number[];
  /** finite numbers; null marks a sample that the sensor failed to give */
  values: (number | null)[];
}

/** A decoded batch, whatever the codec it came in, in the form that validation and the segmenter take. */
export interface Batch {
  readonly session: string;
  readonly seq: number;
  readonly unit: string;
  readonly t0Us: number;
  /** sampling period in µs, or null where `offsetsUs` tells each sample's time */
  readonly dtUs: number | null;
  readonly offsetsUs: Float64Array | null;
  /** NaN marks a missing sample */
  readonly values: Float64Array;
}

/** Time of sample i, µs since the epoch. */
export function sampleTimeUs(batch: Pick<Batch, 't0Us' | 'dtUs' | 'offsetsUs'>, i: number): number {
  return batch.t0Us + (batch.dtUs === null ? batch.offsetsUs![i]! : i * batch.dtUs);
}

/** Time of the last sample, µs since the epoch. */
export function lastSampleUs(batch: Batch): number {
  return sampleTimeUs(batch, batch.values.length - 1);
}

const encoder = new TextEncoder();
const finiteOrNull = (v: number): number | null => (Number.isFinite(v) ? v : null);

/** Batch → payload, UTF-8 JSON. The same batch always gives the same bytes. */
export function encodeBatch(batch: Batch): Uint8Array {
  const { session, seq, unit, t0Us: t0 } = batch;
  const values = Array.from(batch.values, finiteOrNull);
  const message: BatchMessage =
    batch.dtUs === null
      ? { session, seq, unit, t0, offsets: Array.from(batch.offsetsUs!), values }
      : { session, seq, unit, t0, dt: batch.dtUs, values };
  return encoder.encode(JSON.stringify(message));
}

/** Largest payload and most samples that one message may have. */
export const BATCH_LIMITS = { bytes: 1_048_576, values: 100_000, offsetUs: 86_400_000_000 } as const;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const FIELDS = new Set(['session', 'seq', 'unit', 't0', 'dt', 'offsets', 'values']);
const MAX_TIME_US = 8.64e18 / 1e3;

const utf8 = new TextDecoder('utf-8', { fatal: true });

function invalid(pointer: string, message: string): LoadcycleError {
  return new LoadcycleError('message.invalid-field', message, { pointer });
}

function integer(value: unknown, pointer: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    throw invalid(pointer, `${pointer.slice(1)} must be an integer from ${min} to ${max}`);
  }
  return value;
}

/**
 * Payload → batch. Throws a poison `LoadcycleError` with a JSON Pointer to the first place that is wrong.
 * Checks the form of the message; what the signal's definition says of it is validation's work.
 */
export function decodeBatch(payload: Uint8Array): Batch {
  if (payload.byteLength > BATCH_LIMITS.bytes) {
    throw new LoadcycleError(
      'message.too-large',
      `${payload.byteLength} bytes; the limit is ${BATCH_LIMITS.bytes}`,
    );
  }
  let text: string;
  try {
    text = utf8.decode(payload);
  } catch (cause) {
    throw new LoadcycleError('message.not-utf8', 'the payload is not UTF-8', { cause });
  }
  let m: Partial<Record<keyof BatchMessage, unknown>>;
  try {
    m = JSON.parse(text);
  } catch (cause) {
    throw new LoadcycleError('message.not-json', `the payload is not JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
  if (typeof m !== 'object' || m === null || Array.isArray(m)) throw invalid('', 'a batch is a JSON object');
  for (const key of Object.keys(m)) {
    if (!FIELDS.has(key)) {
      throw new LoadcycleError('message.unknown-field', `unknown field "${key}"`, { pointer: `/${key}` });
    }
  }
  for (const key of ['session', 'seq', 'unit', 't0', 'values'] as const) {
    if (m[key] === undefined) {
      throw new LoadcycleError('message.missing-field', `"${key}" is missing`, { pointer: `/${key}` });
    }
  }
  if (typeof m.session !== 'string' || !UUID.test(m.session))
    throw invalid('/session', 'session must be a UUID');
  if (typeof m.unit !== 'string' || !/^[!-~]{1,32}$/.test(m.unit))
    throw invalid('/unit', 'unit must be a UCUM code');
  const seq = integer(m.seq, '/seq', 0, Number.MAX_SAFE_INTEGER);
  const t0Us = integer(m.t0, '/t0', 0, MAX_TIME_US);
  const values = decodeValues(m.values);
  if ((m.dt === undefined) === (m.offsets === undefined)) {
    throw new LoadcycleError('message.missing-field', 'exactly one of "dt" and "offsets" must be there', {
      pointer: m.dt === undefined ? '/dt' : '/offsets',
    });
  }
  const dtUs = m.dt === undefined ? null : integer(m.dt, '/dt', 1, BATCH_LIMITS.offsetUs);
  const offsetsUs = dtUs === null ? decodeOffsets(m.offsets, values.length) : null;
  return { session: m.session, seq, unit: m.unit, t0Us, dtUs, offsetsUs, values };
}

function decodeValues(raw: unknown): Float64Array {
  if (!Array.isArray(raw)) throw invalid('/values', 'values must be an array');
  if (raw.length === 0)
    throw new LoadcycleError('message.no-values', 'values is empty', { pointer: '/values' });
  if (raw.length > BATCH_LIMITS.values) {
    throw new LoadcycleError(
      'message.too-many-values',
      `${raw.length} values; the limit is ${BATCH_LIMITS.values}`,
      {
        pointer: '/values',
      },
    );
  }
  const values = new Float64Array(raw.length);
  for (let i = 0; i < raw.length; i++) {
    const v = raw[i];
    if (typeof v === 'number' && Number.isFinite(v)) values[i] = v;
    else if (v === null) values[i] = Number.NaN;
    else throw invalid(`/values/${i}`, 'a value must be a finite number or null');
  }
  return values;
}

function decodeOffsets(raw: unknown, count: number): Float64Array {
  if (!Array.isArray(raw)) throw invalid('/offsets', 'offsets must be an array');
  if (raw.length !== count) throw invalid('/offsets', `${raw.length} offsets for ${count} values`);
  const offsets = new Float64Array(count);
  let before = -1;
  for (let i = 0; i < count; i++) {
    const at = integer(raw[i], `/offsets/${i}`, 0, BATCH_LIMITS.offsetUs);
    if (at <= before) {
      throw new LoadcycleError('message.timestamp-order', 'offsets must ascend', {
        pointer: `/offsets/${i}`,
      });
    }
    offsets[i] = before = at;
  }
  return offsets;
}
