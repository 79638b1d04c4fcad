import { BATCH_LIMITS, type Batch } from '@loadcycle/contract';
import { decodeFast } from './fast.ts';
import { decodeStrict } from './strict.ts';
import { checkSize, type FormLimits } from './strict-json.ts';

const encoder = new TextEncoder();
// JSON.stringify would write -0 as 0: kept out of sight of it, so that what is decoded is what was encoded
const NEGATIVE_ZERO = /"-0"/g;
const jsonValue = (v: number): number | string | null =>
  v === 0 ? (Object.is(v, -0) ? '-0' : 0) : Number.isFinite(v) ? v : null;

/** Batch → payload, UTF-8 JSON. The same batch always gives the same bytes. */
export function encodeBatch(batch: Batch): Uint8Array {
  const { session, seq, unit, t0Us: t0 } = batch;
  const head =
    batch.dtUs === null
      ? { session, seq, unit, t0, offsets: Array.from(batch.offsetsUs!) }
      : { session, seq, unit, t0, dt: batch.dtUs };
  const values = JSON.stringify(Array.from(batch.values, jsonValue)).replace(NEGATIVE_ZERO, '-0');
  return encoder.encode(`${JSON.stringify(head).slice(0, -1)},"values":${values}}`);
}

/**
 * Payload → batch. Throws a poison `LoadcycleError` with a JSON Pointer to the first place that is wrong.
 * Checks the form of the message; what the signal's definition says of it is validation's work.
 */
export function decodeBatch(payload: Uint8Array, limits: FormLimits = BATCH_LIMITS): Batch {
  checkSize(payload, limits.bytes);
  return decodeFast(payload) ?? decodeStrict(payload, limits);
}
