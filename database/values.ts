/**
 * JavaScript values ↔ PostgreSQL's text format, one truth for both adapters: what a query answers must not
 * depend on where it runs.
 */
import { LoadcycleError } from '@loadcycle/contract';
import type { SqlValue } from './port.ts';

/** A parameter as text (its type is inferred by the server); null stays null. */
export function encodeParam(value: SqlValue | undefined): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return String(value);
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value) || isNumberArray(value)) return arrayText(value as Iterable<SqlValue>);
  return JSON.stringify(value);
}

const isNumberArray = (v: object): boolean => ArrayBuffer.isView(v) && !(v instanceof DataView);

function hex(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}

function arrayText(values: Iterable<SqlValue>): string {
  let text = '';
  for (const v of values) {
    const item = Array.isArray(v) ? arrayText(v) : encodeParam(v);
    text += text === '' ? '' : ',';
    if (item === null) text += 'NULL';
    else if (typeof v === 'number' || typeof v === 'bigint' || Array.isArray(v)) text += item;
    else text += `"${item.replace(/[\\"]/g, '\\$&')}"`;
  }
  return `{${text}}`;
}

export type Parser = (text: string) => unknown;

function int8(text: string): number {
  const n = Number(text);
  if (!Number.isSafeInteger(n))
    throw new LoadcycleError('store.schema', `int8 ${text} is not exact as a number`);
  return n;
}

const asText: Parser = (text) => text;
const boolean: Parser = (text) => text === 't';
const bytea: Parser = (text) => new Uint8Array(Buffer.from(text.slice(2), 'hex'));
const array =
  (item: Parser): Parser =>
  (text) =>
    parseArray(text, item);

/** By the type's OID. Everything else (timestamptz, numeric, uuid, interval …) stays text. */
const PARSERS: Record<number, Parser> = {
  16: boolean,
  17: bytea,
  20: int8,
  21: Number,
  23: Number,
  26: Number,
  700: Number,
  701: Number,
  114: JSON.parse,
  3802: JSON.parse,
  1000: array(boolean),
  1005: array(Number),
  1007: array(Number),
  1016: array(int8),
  1021: array(Number),
  1022: array(Number),
  1009: array(asText),
  1015: array(asText),
  2951: array(asText),
  3807: array(JSON.parse as Parser),
};

export function parserOf(oid: number): Parser {
  return PARSERS[oid] ?? asText;
}

/** PostgreSQL's array literal, nested ones too. */
export function parseArray(text: string, item: Parser): unknown[] {
  let at = 0;
  const read = (): unknown[] => {
    const out: unknown[] = [];
    at++;
    while (text[at] !== '}') {
      if (text[at] === ',') at++;
      if (text[at] === '{') out.push(read());
      else if (text[at] === '"') out.push(item(quoted()));
      else {
        const start = at;
        while (text[at] !== ',' && text[at] !== '}') at++;
        const bare = text.slice(start, at);
        out.push(bare === 'NULL' ? null : item(bare));
      }
    }
    at++;
    return out;
  };
  const quoted = (): string => {
    let s = '';
    for (at++; text[at] !== '"'; at++) s += text[at] === '\\' ? text[++at] : text[at];
    at++;
    return s;
  };
  if (text[0] !== '{') at = text.indexOf('{'); // `[0:2]={…}`: bounds are not kept
  return read();
}
