import { Worker } from 'node:worker_threads';
import { type ErrorCode, LoadcycleError } from '@loadcycle/contract';
import type { Answer, ErrorData, Request, WorkerData } from './messages.ts';
import { engineModule } from './module.ts';

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;
interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** An error of the engine, with PostgreSQL's fields (`code` is the SQLSTATE). */
export class EngineError extends Error implements ErrorData {
  readonly code: string | undefined;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly where: string | undefined;
  readonly constraint: string | undefined;
  readonly table: string | undefined;

  constructor(data: ErrorData) {
    super(data.message);
    this.name = 'EngineError';
    this.code = data.code;
    this.detail = data.detail;
    this.hint = data.hint;
    this.where = data.where;
    this.constraint = data.constraint;
    this.table = data.table;
  }
}

/** One life of the worker thread: from an opened store to its close, or to the engine's death. */
export class Session {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #next = 1;
  /** why nothing can be asked any more */
  dead: Error | null = null;
  syncs = 0;
  memoryBytes = 0;

  private constructor(data: WorkerData, onSync: ((syncs: number) => void) | undefined) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: data,
      name: 'loadcycle-store',
    });
    this.#worker.on('message', (answer: Answer) => {
      // `node --watch` sends what it watches the same way
      if (answer.id === undefined) return;
      const more = answer.syncs - this.syncs;
      this.syncs = answer.syncs;
      if (answer.memoryBytes > 0) this.memoryBytes = answer.memoryBytes;
      if (more > 0) onSync?.(more);
      const pending = this.#pending.get(answer.id);
      this.#pending.delete(answer.id);
      if (answer.error === undefined) pending?.resolve(answer.value);
      else {
        const { code, message } = answer.error;
        const ours = code?.includes('.') ?? false;
        const error = ours ? new LoadcycleError(code as ErrorCode, message) : new EngineError(answer.error);
        if (answer.fatal) this.dead = error;
        pending?.reject(error);
      }
    });
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('exit', () => this.#die(new Error('the store thread has ended')));
  }

  static async open(store: Omit<WorkerData, 'module'>, onSync?: (syncs: number) => void): Promise<Session> {
    const session = new Session({ ...store, module: await engineModule() }, onSync);
    await new Promise((resolve, reject) => session.#pending.set(0, { resolve, reject }));
    return session;
  }

  #die(error: Error): void {
    this.dead ??= error;
    for (const { reject } of this.#pending.values()) reject(this.dead);
    this.#pending.clear();
  }

  call<T>(request: Unnumbered<Request>, transfer: ArrayBuffer[] = []): Promise<T> {
    if (this.dead !== null) return Promise.reject(this.dead);
    const id = this.#next++;
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as Pending['resolve'], reject });
      this.#worker.postMessage({ ...request, id }, transfer);
    });
  }

  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    if (this.dead === null) await this.call({ op: 'close' }).catch(() => this.#worker.terminate());
    else await this.#worker.terminate();
    await ended;
  }

  /** The thread does not answer any more: it is ended, and whoever waits for it is told why. */
  abandon(why: Error): void {
    this.#die(why);
    void this.#worker.terminate();
  }

  /** Ends the thread as a crash would: nothing is shut down in order. */
  async kill(): Promise<void> {
    await this.#worker.terminate();
  }
}
