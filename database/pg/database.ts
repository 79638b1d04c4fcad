import { LoadcycleError } from '@loadcycle/contract';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { COPY_TRAILER, copyHeader } from '../copy-format.ts';
import { sqlState, storeError } from '../errors.ts';
import type {
  CopyOptions,
  Database,
  DatabaseFeatures,
  SqlValue,
  Transaction,
  TransactionOptions,
} from '../port.ts';
import { ident } from '../sql.ts';
import { splitStatements } from '../statements.ts';
import { encodeParam } from '../values.ts';
import type { Refusals } from './refusals.ts';

/** A pool behind the port. */
export class PooledDatabase implements Database {
  readonly features: DatabaseFeatures;
  readonly #pool: pg.Pool;
  readonly #refusals: Refusals;

  constructor(pool: pg.Pool, features: DatabaseFeatures, refusals: Refusals) {
    this.#pool = pool;
    this.features = features;
    this.#refusals = refusals;
  }

  query<T extends object>(sql: string, params: readonly SqlValue[] = []): Promise<T[]> {
    return this.#with((client) => ask<T>(client, sql, params));
  }

  exec(sql: string): Promise<number> {
    return this.#with(async (client) => {
      const started = performance.now();
      for (const statement of splitStatements(sql)) await ask(client, statement, []);
      return performance.now() - started;
    });
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return this.#with((client) => transact(client, this.features, work, options));
  }

  async *copyOut(sql: string): AsyncGenerator<Uint8Array> {
    const client = await this.#connect();
    let whole = false;
    try {
      const stream = client.query(copyTo(`COPY (${sql}) TO STDOUT (FORMAT binary)`));
      for await (const piece of stream) yield piece as Buffer;
      whole = true;
    } catch (cause) {
      throw storeError(cause);
    } finally {
      // a reader that left half-way: the rest of the answer is still on its way, so the connection goes
      client.release(!whole);
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  #connect(): Promise<pg.PoolClient> {
    return this.#refusals.connect();
  }

  async #with<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    let lost: Error | undefined;
    const onError = (error: Error) => {
      lost = error;
    };
    client.on('error', onError);
    let broken = false;
    try {
      return await work(client);
    } catch (error) {
      broken = lost !== undefined || unusable(error);
      // what `work` threw of its own goes through as it is
      throw error instanceof LoadcycleError || !isEngines(error) ? error : storeError(error);
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }
}

function ask<T>(client: pg.PoolClient, sql: string, params: readonly SqlValue[]): Promise<T[]> {
  const values = params.map((v) => (v instanceof Uint8Array ? asBuffer(v) : encodeParam(v)));
  return client.query(sql, values).then(
    (result) => result.rows as T[],
    (cause) => {
      throw storeError(cause);
    },
  );
}

const asBuffer = (v: Uint8Array): Buffer => Buffer.from(v.buffer, v.byteOffset, v.byteLength);

async function transact<T>(
  client: pg.PoolClient,
  features: DatabaseFeatures,
  work: (tx: Transaction) => Promise<T>,
  { isolation, readOnly, timeoutMs = 60_000 }: TransactionOptions,
): Promise<T> {
  let over: LoadcycleError | null = null;
  let failed: unknown;
  const during = async <R>(call: () => Promise<R>): Promise<R> => {
    if (over !== null) throw over;
    return await call().catch((error) => {
      failed ??= error;
      throw error;
    });
  };
  let sorted = false;
  const tx: Transaction = {
    query: (sql, params = []) => during(() => ask(client, sql, params)),
    copyIn: (table, columns, data, options: CopyOptions = {}) =>
      during(async () => {
        if (features.directCompress && (options.sorted ?? false) !== sorted) {
          sorted = options.sorted ?? false;
          await ask(client, `SET LOCAL ${CLIENT_SORTED} = ${sorted ? 'on' : 'off'}`, []);
        }
        return await copyIn(client, table, columns, data);
      }),
  };
  let begin = 'BEGIN';
  if (isolation !== undefined) begin += ` ISOLATION LEVEL ${isolation}`;
  if (readOnly) begin += ' READ ONLY';
  await ask(client, begin, []);
  const slow = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    over = new LoadcycleError('store.timeout', `the transaction took longer than ${timeoutMs} ms`, {
      cause: TIMED_OUT,
    });
    slow.reject(over);
  }, timeoutMs);
  try {
    const result = await Promise.race([work(tx), slow.promise]);
    over = new LoadcycleError('internal', 'the transaction is over');
    const { command } = await client.query('COMMIT').catch((cause) => {
      throw storeError(cause);
    });
    // the caller swallowed a statement's error; nothing was written, and it must not believe otherwise
    if (command !== 'COMMIT')
      throw failed ?? new LoadcycleError('store.conflict', 'the transaction was rolled back');
    return result;
  } catch (error) {
    over ??= new LoadcycleError('internal', 'the transaction is over');
    if (!unusable(error)) await client.query('ROLLBACK').catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

const CLIENT_SORTED = 'timescaledb.enable_direct_compress_copy_client_sorted';
const TIMED_OUT = { code: 'transaction timed out' };

/** The connection cannot be used again: lost, or a statement may still be running on it. */
function unusable(error: unknown): boolean {
  if (!(error instanceof LoadcycleError)) return false;
  if (error.cause === TIMED_OUT) return true;
  const state = sqlState(error);
  return error.code === 'store.unavailable' && (state === null || /^(08|57P)/.test(state));
}

const isEngines = (error: unknown): boolean => sqlState(error) !== null;

function copyIn(
  client: pg.PoolClient,
  table: string,
  columns: readonly string[],
  data: Uint8Array,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const list = columns.map(ident).join(',');
    const stream = client.query(copyFrom(`COPY ${ident(table)} (${list}) FROM STDIN (FORMAT binary)`));
    stream.on('error', (cause) => reject(storeError(cause)));
    stream.on('finish', () => resolve(stream.rowCount));
    stream.write(copyHeader());
    stream.write(asBuffer(data));
    stream.end(COPY_TRAILER);
  });
}
