import {
  BATCH_LIMITS,
  type Batch,
  type BatchMessage,
  LoadcycleError,
  MAX_TIME_US,
} from '@loadcycle/contract';
import { type FormLimits, pointerTo, readJson } from './strict-json.ts';

/** The slow road of the JSON batch: any valid JSON text, and the exact place of what is wrong. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UNIT = /^[!-~]{1,32}$/;
const FIELDS = new Set(['session', 'seq', 'unit', 't0', 'dt', 'offsets', 'values']);

const invalid = (pointer: string, message: string) =>
  new LoadcycleError('message.invalid-field', message, { pointer });
const missing = (pointer: string, message: string) =>
  new LoadcycleError('message.missing-field', message, { pointer });

function integer(value: unknown, pointer: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    throw invalid(pointer, `${pointer.slice(1)} must be an integer from ${min} to ${max}`);
  }
  return value + 0; // -0 → 0
}

export function decodeStrict(payload: Uint8Array, limits: FormLimits = BATCH_LIMITS): Batch {
  const m = readJson(payload, limits) as Partial<Record<keyof BatchMessage, unknown>>;
  if (typeof m !== 'object' || m === null || Array.isArray(m)) throw invalid('', 'a batch is a JSON object');
  for (const key of Object.keys(m)) {
    if (!FIELDS.has(key)) {
      const pointer = pointerTo('', key);
      throw new LoadcycleError('message.unknown-field', `unknown field "${key.slice(0, 64)}"`, { pointer });
    }
  }
  for (const key of ['session', 'seq', 'unit', 't0', 'values'] as const) {
    if (!Object.hasOwn(m, key)) throw missing(`/${key}`, `"${key}" is missing`);
  }
  if (typeof m.session !== 'string') throw invalid('/session', 'session must be a UUID');
  const session = m.session.toLowerCase();
  if (!UUID.test(session)) throw invalid('/session', 'session must be a UUID');
  if (typeof m.unit !== 'string' || !UNIT.test(m.unit)) throw invalid('/unit', 'unit must be a UCUM code');
  const seq = integer(m.seq, '/seq', 0, Number.MAX_SAFE_INTEGER);
  const t0Us = integer(m.t0, '/t0', 0, MAX_TIME_US);
  const values = decodeValues(m.values);
  const regular = Object.hasOwn(m, 'dt');
  if (regular === Object.hasOwn(m, 'offsets')) {
    const message = 'exactly one of "dt" and "offsets" must be there';
    throw regular ? invalid('/offsets', message) : missing('/dt', message);
  }
  if (!regular) {
    const offsetsUs = decodeOffsets(m.offsets, values.length);
    return { session, seq, unit: m.unit, t0Us, dtUs: null, offsetsUs, values };
  }
  const dtUs = integer(m.dt, '/dt', 1, BATCH_LIMITS.spanUs);
  if ((values.length - 1) * dtUs > BATCH_LIMITS.spanUs) {
    throw invalid('/dt', `the batch spans more than ${BATCH_LIMITS.spanUs} µs`);
  }
  return { session, seq, unit: m.unit, t0Us, dtUs, offsetsUs: null, values };
}

function decodeValues(raw: unknown): Float64Array {
  if (!Array.isArray(raw)) throw invalid('/values', 'values must be an array');
  if (raw.length === 0) {
    throw new LoadcycleError('message.no-values', 'values is empty', { pointer: '/values' });
  }
  if (raw.length > BATCH_LIMITS.values) {
    const message = `${raw.length} values; the limit is ${BATCH_LIMITS.values}`;
    throw new LoadcycleError('message.too-many-values', message, { pointer: '/values' });
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
    const at = integer(raw[i], `/offsets/${i}`, 0, BATCH_LIMITS.spanUs);
    if (at <= before) {
      throw new LoadcycleError('message.timestamp-order', 'offsets must ascend', {
        pointer: `/offsets/${i}`,
      });
    }
    offsets[i] = before = at;
  }
  return offsets;
}
