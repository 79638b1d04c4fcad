import { LoadcycleError, type Logger } from '@loadcycle/contract';
import { storeError } from '../errors.ts';
import type {
  CopyOptions,
  Database,
  DatabaseFeatures,
  SqlValue,
  Transaction,
  TransactionOptions,
} from '../port.ts';
import { splitStatements } from '../statements.ts';
import { encodeParam } from '../values.ts';
import { copyOutPieces } from './copy-out.ts';
import type { Priority, Scheduler } from './scheduler.ts';
import { EngineError, type Session } from './session.ts';

export type Role = 'writer' | 'notifier' | 'reader' | 'control' | 'migrator';

/** What the views of one store (one for each role) share. */
export interface Shared {
  session: Session;
  readonly open: () => Promise<Session>;
  readonly scheduler: Scheduler;
  readonly log: Logger;
  /** role and table of every right to insert that was found to be there */
  readonly granted: Set<string>;
}

const FEATURES: DatabaseFeatures = {
  timescale: '2.23.0-dev',
  directCompress: false,
  backgroundJobs: false,
  singleConnection: true,
};

/** The store as one role sees it; `null` is the owner of everything. */
export class EmbeddedView implements Database {
  readonly features = FEATURES;
  protected readonly shared: Shared;
  readonly #role: Role | null;

  constructor(shared: Shared, role: Role | null) {
    this.shared = shared;
    this.#role = role;
  }

  query<T extends object>(sql: string, params: readonly SqlValue[] = []): Promise<T[]> {
    if (this.#role !== null) return this.transaction((tx) => tx.query<T>(sql, params));
    return this.#run('read', (session) => ask<T[]>(session, sql, params));
  }

  exec(sql: string): Promise<number> {
    if (this.#role !== null) {
      throw new LoadcycleError(
        'store.forbidden',
        'statements outside of a transaction run as the owner only',
      );
    }
    return this.#run('maintenance', async (session) => {
      const started = performance.now();
      for (const statement of splitStatements(sql)) await session.call({ op: 'exec', sql: statement });
      return performance.now() - started;
    });
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const { priority = 'read', timeoutMs = 60_000 } = options;
    return await this.#run(priority, (session) => this.#transact(session, work, options, timeoutMs));
  }

  copyOut(sql: string): AsyncIterable<Uint8Array> {
    return copyOutPieces(
      sql,
      (read) => this.#run('read', read),
      this.#role === null ? null : roleName(this.#role),
    );
  }

  /** Closing is the store's, not a view's. */
  async close(): Promise<void> {}

  /** Holds the connection for one job; opens the store again where the engine has died. */
  async #run<T>(priority: Priority, job: (session: Session) => Promise<T>): Promise<T> {
    const shared = this.shared;
    return await shared.scheduler.run(priority, async () => {
      if (shared.session.dead !== null) {
        shared.log.error({ err: shared.session.dead }, 'the embedded store died; opening it again');
        shared.session = await shared.open();
      }
      try {
        return await job(shared.session);
      } catch (cause) {
        const { dead } = shared.session;
        if (dead !== null) {
          throw new LoadcycleError('store.unavailable', `the embedded store died: ${dead.message}`, {
            cause,
          });
        }
        throw cause instanceof EngineError ? storeError(cause) : cause;
      }
    });
  }

  async #transact<T>(
    session: Session,
    work: (tx: Transaction) => Promise<T>,
    options: TransactionOptions,
    timeoutMs: number,
  ): Promise<T> {
    let over: LoadcycleError | null = null;
    let failed: unknown;
    const during = async <R>(call: () => Promise<R>): Promise<R> => {
      if (over !== null) throw over;
      return await call().catch((error) => {
        failed ??= error;
        throw error instanceof EngineError && session.dead === null ? storeError(error) : error;
      });
    };
    const tx: Transaction = {
      query: <R extends object>(sql: string, params: readonly SqlValue[] = []) =>
        during(() => ask<R[]>(session, sql, params)),
      copyIn: (table: string, columns: readonly string[], data: Uint8Array, _options?: CopyOptions) =>
        during(() => this.#copyIn(session, table, columns, data)),
    };
    await session.call({ op: 'exec', sql: this.#begin(options) });
    const slow = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      over = new LoadcycleError('store.timeout', `the transaction took longer than ${timeoutMs} ms`);
      slow.reject(over);
    }, timeoutMs);
    try {
      const result = await Promise.race([work(tx), slow.promise]);
      over = new LoadcycleError('internal', 'the transaction is over');
      const tag = await session.call<string>({ op: 'exec', sql: 'COMMIT' });
      // the caller swallowed a statement's error; nothing was written, and it must not believe otherwise
      if (tag !== 'COMMIT')
        throw failed ?? new LoadcycleError('store.conflict', 'the transaction was rolled back');
      return result;
    } catch (error) {
      const late = over !== null && error === over;
      over ??= new LoadcycleError('internal', 'the transaction is over');
      if (session.dead === null) await rollBack(session, late ? timeoutMs : null);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #begin({ isolation, readOnly }: TransactionOptions): string {
    let sql = 'BEGIN';
    if (isolation !== undefined) sql += ` ISOLATION LEVEL ${isolation}`;
    if (readOnly) sql += ' READ ONLY';
    const role = this.#role;
    if (role === null) return sql;
    return `${sql}; SET LOCAL ROLE ${roleName(role)}`;
  }

  /**
   * COPY reads a device here, which TimescaleDB takes for a file and lets only the owner read. So the role's own
   * right to insert is asked for first, and the copy itself runs as the owner.
   */
  async #copyIn(
    session: Session,
    table: string,
    columns: readonly string[],
    data: Uint8Array,
  ): Promise<number> {
    const role = this.#role;
    if (role === null) return await copyIn(session, table, columns, data);
    const right = `${roleName(role)} ${table}`;
    if (!this.shared.granted.has(right)) {
      const [row] = await ask<{ may: boolean }[]>(
        session,
        `SELECT has_table_privilege($1, $2, 'INSERT') AS may`,
        [roleName(role), table],
      );
      if (row?.may !== true) {
        throw new LoadcycleError('store.forbidden', `${roleName(role)} may not insert into ${table}`);
      }
      this.shared.granted.add(right);
    }
    await session.call({ op: 'exec', sql: 'RESET ROLE' });
    const rows = await copyIn(session, table, columns, data);
    await session.call({ op: 'exec', sql: `SET LOCAL ROLE ${roleName(role)}` });
    return rows;
  }
}

/** Nobody can cancel a statement of the engine: one that has outlived its transaction ends after so long, with the thread. */
const cancelMs = (timeoutMs: number): number => Math.min(10_000, Math.max(1_000, timeoutMs));

/** `lateMs`: the transaction took longer than this, and a statement of it may still be running. */
async function rollBack(session: Session, lateMs: number | null): Promise<void> {
  const done = session.call({ op: 'exec', sql: 'ROLLBACK' });
  if (lateMs === null) {
    await done;
    return;
  }
  const timer = setTimeout(() => {
    session.abandon(new Error(`a statement did not end within ${lateMs + cancelMs(lateMs)} ms`));
  }, cancelMs(lateMs));
  await done.finally(() => clearTimeout(timer));
}

const roleName = (role: Role): string => `loadcycle_${role}`;

function ask<R>(session: Session, sql: string, params: readonly SqlValue[]): Promise<R> {
  return session.call<R>({ op: 'query', sql, params: params.map(encodeParam) });
}

function copyIn(
  session: Session,
  table: string,
  columns: readonly string[],
  data: Uint8Array,
): Promise<number> {
  // a small piece may lie in Node's shared pool, which cannot be moved
  const whole = data.byteLength * 2 >= data.buffer.byteLength && data.byteLength > 16_384;
  const moved = whole ? data : new Uint8Array(data);
  return session.call<number>({ op: 'copyIn', table, columns, data: moved }, [moved.buffer as ArrayBuffer]);
}
