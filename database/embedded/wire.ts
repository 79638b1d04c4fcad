import { type Parser, parserOf } from '../values.ts';

/**
 * PostgreSQL's wire protocol, the few messages that pass between this process and the engine in it. The build's own
 * reader makes an object and a string for each field of each row: 60,000 rows/s, where this one does ten times that.
 */
type Row = Record<string, unknown>;

/** An ErrorResponse; `code` is the SQLSTATE. */
export class ServerError extends Error {
  readonly code: string | undefined;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly where: string | undefined;
  readonly table: string | undefined;
  readonly constraint: string | undefined;

  constructor(body: Buffer) {
    const fields = body.toString('utf8').split('\0');
    const field = (letter: string) => fields.find((f) => f[0] === letter)?.slice(1);
    super(field('M') ?? 'the engine failed');
    this.name = 'ServerError';
    this.code = field('C');
    this.detail = field('D');
    this.hint = field('H');
    this.where = field('W');
    this.table = field('t');
    this.constraint = field('n');
  }
}

const cstring = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf8');

function message(type: string, ...parts: Uint8Array[]): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(4 + parts.reduce((n, p) => n + p.byteLength, 0), 1);
  return Buffer.concat([head, ...parts]);
}

const DESCRIBE = message('D', cstring('P'));
const EXECUTE = message('E', Buffer.alloc(5)); // the unnamed portal, all rows
const SYNC = message('S');
export const TERMINATE: Uint8Array = message('X');

/** A statement by the simple protocol (may be several). */
export const simpleQuery = (sql: string): Uint8Array => message('Q', cstring(sql));

/** A statement with parameters, as text: parse, bind, describe, execute, sync in one piece. */
export function extendedQuery(sql: string, params: readonly (string | null)[]): Uint8Array {
  const parse = message('P', cstring(''), cstring(sql), Buffer.alloc(2));
  const values = params.map((text) => {
    const bytes = text === null ? null : Buffer.from(text, 'utf8');
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes?.byteLength ?? -1);
    return bytes === null ? length : Buffer.concat([length, bytes]);
  });
  const count = Buffer.alloc(2);
  count.writeInt16BE(params.length);
  // unnamed portal and statement, all parameters as text; all results as text
  const bind = message('B', Buffer.alloc(2), Buffer.alloc(2), count, ...values, Buffer.alloc(2));
  return Buffer.concat([parse, bind, DESCRIBE, EXECUTE, SYNC]);
}

const code = (letter: string): number => letter.charCodeAt(0);
const DATA_ROW = code('D');
const ROW_DESCRIPTION = code('T');
const COMMAND_COMPLETE = code('C');
const ERROR = code('E');

/** Calls `each` for the messages of an answer; throws the first error in it. */
function forEachMessage(answer: Buffer, each: (type: number, from: number, to: number) => void): void {
  for (let at = 0; at < answer.byteLength; ) {
    const end = at + 1 + answer.readInt32BE(at + 1);
    const type = answer[at]!;
    if (type === ERROR) throw new ServerError(answer.subarray(at + 5, end));
    each(type, at + 5, end);
    at = end;
  }
}

/** The rows of an answer, parsed. */
export function readRows(answer: Buffer): Row[] {
  const rows: Row[] = [];
  let names: string[] = [];
  let parsers: Parser[] = [];
  forEachMessage(answer, (type, from) => {
    if (type === DATA_ROW) {
      const row: Row = {};
      let at = from + 2;
      for (let i = 0; i < names.length; i++) {
        const length = answer.readInt32BE(at);
        at += 4;
        row[names[i]!] = length < 0 ? null : parsers[i]!(answer.toString('utf8', at, at + length));
        if (length > 0) at += length;
      }
      rows.push(row);
    } else if (type === ROW_DESCRIPTION) ({ names, parsers } = readFields(answer, from));
  });
  return rows;
}

function readFields(answer: Buffer, from: number): { names: string[]; parsers: Parser[] } {
  const names: string[] = [];
  const parsers: Parser[] = [];
  let at = from + 2;
  for (let i = answer.readInt16BE(from); i > 0; i--) {
    const end = answer.indexOf(0, at);
    names.push(answer.toString('utf8', at, end));
    // table oid 4, column 2, type oid 4, size 2, modifier 4, format 2
    parsers.push(parserOf(answer.readUInt32BE(end + 7)));
    at = end + 19;
  }
  return { names, parsers };
}

/** The last command tag of an answer, such as `COPY 20000`. */
export function readTag(answer: Buffer): string {
  let tag = '';
  forEachMessage(answer, (type, from, to) => {
    if (type === COMMAND_COMPLETE) tag = answer.toString('utf8', from, to - 1);
  });
  return tag;
}

/** The bodies of an answer's data rows, one after the other: of a binary cursor, tuples of the binary COPY format. */
export function readTuples(answer: Buffer): { data: Uint8Array; rows: number } {
  const out = new Uint8Array(answer.byteLength);
  let length = 0;
  let rows = 0;
  forEachMessage(answer, (type, from, to) => {
    if (type !== DATA_ROW) return;
    out.set(answer.subarray(from, to), length);
    length += to - from;
    rows++;
  });
  return { data: out.subarray(0, length), rows };
}
