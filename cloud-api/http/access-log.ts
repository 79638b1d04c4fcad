import type { Logger } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';

export interface AccessEntry {
  readonly atUs: number;
  readonly requestId: string;
  readonly clientId: string | null;
  readonly tokenId: string | null;
  readonly address: string;
  readonly method: string;
  readonly path: string;
  readonly route: string | null;
  readonly status: number;
  readonly code: string | null;
  readonly durationMs: number;
}

const FLUSH_MS = 500;
const FLUSH_ROWS = 200;
const MAX_HELD = 20_000;

/**
 * Appends to the access log, gathered for half a second, so that reading is not paid for with a commit a request.
 * While the store is away entries wait in memory up to a limit; what goes beyond is counted and said in the log.
 */
export class AccessLog {
  readonly #control: Database;
  readonly #log: Logger;
  #held: AccessEntry[] = [];
  #dropped = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;

  constructor(control: Database, log: Logger) {
    this.#control = control;
    this.#log = log;
  }

  add(entry: AccessEntry): void {
    if (this.#held.length >= MAX_HELD) {
      this.#dropped++;
      return;
    }
    this.#held.push(entry);
    if (this.#held.length >= FLUSH_ROWS) void this.flush();
    else this.#later(FLUSH_MS);
  }

  /** Writes what is held. Never throws: what could not be written stays held. */
  async flush(): Promise<void> {
    await (this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    }));
  }

  async close(): Promise<void> {
    await this.flush();
    await this.flush();
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#held.length > 0)
      this.#log.error({ entries: this.#held.length }, 'access log entries were lost');
  }

  async #write(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const rows = this.#held.slice(0, FLUSH_ROWS * 5);
    if (rows.length === 0) return;
    try {
      await this.#control.query(INSERT, [JSON.stringify(rows, storable)]);
      this.#held.splice(0, rows.length);
      if (this.#dropped > 0) {
        this.#log.error({ entries: this.#dropped }, 'access log entries were lost while the store was away');
        this.#dropped = 0;
      }
    } catch (error) {
      this.#log.warn({ err: error, held: this.#held.length }, 'the access log waits for the store');
    }
    if (this.#held.length > 0) this.#later(FLUSH_MS * 4);
  }

  /** A timer that has fired is none any more, also where a write was under way then: what is held must be written. */
  #later(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.flush();
    }, ms);
  }
}

/** JSON in the store takes neither NUL nor half a surrogate pair; one entry must not keep the others out. */
const storable = (_: string, value: unknown): unknown =>
  typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '') : value;

const INSERT = `INSERT INTO access_log
  (at, request_id, client_id, token_id, address, method, path, route, status, code, duration_ms)
  SELECT timestamptz 'epoch' + interval '1 microsecond' * "atUs", "requestId", "clientId", "tokenId", address,
         method, path, route, status, code, "durationMs"
  FROM jsonb_to_recordset($1::jsonb) AS r("atUs" bigint, "requestId" text, "clientId" text, "tokenId" text,
    address text, method text, path text, route text, status int, code text, "durationMs" float8)`;
