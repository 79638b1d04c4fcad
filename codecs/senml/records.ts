import { LoadcycleError, MAX_TIME_US } from '@loadcycle/contract';
import { pointerTo } from '../json/strict-json.ts';
import { senmlUnit } from './units.ts';

/** One SenML record with its base values resolved (RFC 8428, section 4.6). */
export interface ResolvedRecord {
  readonly name: string;
  /** UCUM code */
  readonly unit: string;
  /** µs since the epoch */
  readonly timeUs: number;
  readonly value: number;
  /** JSON Pointer to the record */
  readonly pointer: string;
}

export interface ResolvedPack {
  readonly records: ResolvedRecord[];
  /** some times were relative to the reception */
  readonly relative: boolean;
}

/** Times below this many seconds count from now on (RFC 8428, section 4.5.3). */
const RELATIVE_BELOW_S = 2 ** 28;
/** 10, and 10 with the secondary units of RFC 8798 (feature 4 of RFC 9100) */
const VERSIONS = [10, 26];

export const senmlInvalid = (pointer: string, message: string) =>
  new LoadcycleError('senml.invalid', message, { pointer });

type Raw = Record<string, unknown>;

/**
 * Resolves a pack. Booleans become 0 and 1. Refuses what has no place here: texts, opaque data, sums.
 * Throws `senml.invalid`, `message.no-values`.
 */
export function resolvePack(pack: unknown, receivedAtUs: number): ResolvedPack {
  if (!Array.isArray(pack)) throw senmlInvalid('', 'a SenML pack is an array');
  const records: ResolvedRecord[] = [];
  let relative = false;
  let bn = '';
  let bu: string | undefined;
  let btUs = 0;
  let bv = 0;
  pack.forEach((raw: unknown, i) => {
    const pointer = `/${i}`;
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
      throw senmlInvalid(pointer, 'a record is an object');
    }
    const r = raw as Raw;
    checkFields(r, pointer);
    bn = text(r, 'bn', pointer) ?? bn;
    bu = text(r, 'bu', pointer) ?? bu;
    btUs = seconds(r, 'bt', pointer) ?? btUs;
    bv = number(r, 'bv', pointer) ?? bv;
    const value = valueIn(r, bv, pointer);
    if (value === null) return;
    let timeUs = btUs + (seconds(r, 't', pointer) ?? 0);
    if (timeUs < RELATIVE_BELOW_S * 1e6) {
      relative = true;
      timeUs += receivedAtUs;
    }
    if (timeUs < 0 || timeUs > MAX_TIME_US) throw senmlInvalid(`${pointer}/t`, 'no time that can be kept');
    const written = text(r, 'u', pointer) ?? bu;
    const unit = senmlUnit(written);
    if (unit === null) {
      throw senmlInvalid(`${pointer}/u`, `"${written!.slice(0, 32)}" is a unit of neither SenML nor UCUM`);
    }
    records.push({ name: bn + (text(r, 'n', pointer) ?? ''), unit, timeUs, value, pointer });
  });
  if (records.length === 0) {
    throw new LoadcycleError('message.no-values', 'the pack has no values', { pointer: '' });
  }
  return { records, relative };
}

function checkFields(r: Raw, pointer: string): void {
  for (const name of Object.keys(r)) {
    // others may be passed over; one that ends so must be understood or the pack refused (section 4.4)
    if (name.endsWith('_')) throw senmlInvalid(pointerTo(pointer, name), 'a field that must be understood');
  }
  if (r['bver'] !== undefined && !VERSIONS.includes(r['bver'] as number)) {
    throw senmlInvalid(`${pointer}/bver`, `version must be one of ${VERSIONS.join(', ')}`);
  }
  for (const sum of ['s', 'bs']) {
    if (r[sum] !== undefined) throw senmlInvalid(`${pointer}/${sum}`, 'sums are not taken: send the values');
  }
}

/** Null for a record that only sets base values. */
function valueIn(r: Raw, base: number, pointer: string): number | null {
  for (const other of ['vs', 'vd']) {
    if (r[other] !== undefined)
      throw senmlInvalid(`${pointer}/${other}`, 'only numbers and booleans are samples');
  }
  const v = number(r, 'v', pointer);
  const vb = r['vb'];
  if (vb !== undefined && typeof vb !== 'boolean')
    throw senmlInvalid(`${pointer}/vb`, 'must be true or false');
  if (v !== undefined && vb !== undefined) throw senmlInvalid(`${pointer}/vb`, 'two values in one record');
  if (vb !== undefined) return vb ? 1 : 0;
  if (v === undefined) {
    if (['n', 't', 'u', 'ut'].some((name) => r[name] !== undefined)) {
      throw senmlInvalid(`${pointer}/v`, 'the record has no value');
    }
    return null;
  }
  const sum = base + v;
  if (!Number.isFinite(sum)) throw senmlInvalid(`${pointer}/v`, 'base value and value overflow');
  return sum;
}

function text(r: Raw, name: string, pointer: string): string | undefined {
  const value = r[name];
  if (value === undefined || typeof value === 'string') return value;
  throw senmlInvalid(`${pointer}/${name}`, 'must be a text');
}

function number(r: Raw, name: string, pointer: string): number | undefined {
  const value = r[name];
  if (value === undefined) return undefined;
  // JSON.parse makes infinity of 1e999
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw senmlInvalid(`${pointer}/${name}`, 'must be a finite number');
}

/** Rounded to µs before they are added: a sum of seconds as doubles would be off by one now and then. */
function seconds(r: Raw, name: string, pointer: string): number | undefined {
  const value = number(r, name, pointer);
  if (value === undefined) return undefined;
  if (Math.abs(value) > MAX_TIME_US / 1e6)
    throw senmlInvalid(`${pointer}/${name}`, 'no time that can be kept');
  return Math.round(value * 1e6);
}
