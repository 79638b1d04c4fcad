import { type ErrorCode, LoadcycleError, type ProblemPlace } from '@loadcycle/contract';
import Tinypool from 'tinypool';
import { Refusal } from '../http/refusal.ts';
import type { Task, TaskInput, TaskName, TaskOutput } from './tasks.ts';
import { Turns } from './turns.ts';

export interface ThreadSettings {
  readonly threads: number;
  /** tasks at work and waiting, of all clients */
  readonly most: number;
  /** tasks at work and waiting, of one client */
  readonly mostOfClient: number;
  /** a task that takes longer is ended, with its thread */
  readonly taskMs: number;
  /** heap of one thread; a task that needs more is ended, with its thread */
  readonly heapMb: number;
  /** threads are let go after so long without a task */
  readonly idleMs: number;
}

const DEFAULTS: ThreadSettings = {
  threads: 2,
  most: 16,
  mostOfClient: 4,
  taskMs: 15_000,
  heapMb: 128,
  idleMs: 60_000,
};

/** What a thread answers, where it is no bytes: an error loses its class on the way. */
export type Answer =
  | { readonly value: unknown }
  | {
      readonly refused: {
        readonly code: ErrorCode;
        readonly detail: string;
        readonly hint?: string;
        readonly errors?: readonly ProblemPlace[];
      };
    };

/** Whose task it is. */
export interface Asker {
  readonly client: string;
  /** aborted when nobody waits for the answer any more */
  readonly gone?: AbortSignal;
}

/**
 * Worker threads for what takes long: reading large bodies, and working on them. The event loop, which answers
 * everybody else, only hands bytes over and takes bytes back. Bounded: who comes when the queue is full is sent away
 * with 503, a client with too many tasks with 429, and a task that takes too long or too much memory is ended (422).
 */
export class Threads {
  readonly #s: ThreadSettings;
  readonly #turns: Turns;
  readonly #of = new Map<string, number>();
  #tasks = 0;
  #pool: Tinypool | null = null;
  #idle: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(settings: Partial<ThreadSettings> = {}) {
    this.#s = { ...DEFAULTS, ...settings };
    this.#turns = new Turns(this.#s.threads);
  }

  /** Runs a task. The memory in `transfer` is the thread's from now on. */
  async run<N extends TaskName>(
    { client, gone }: Asker,
    name: N,
    input: TaskInput<N>,
    transfer: readonly ArrayBufferLike[] = [],
  ): Promise<TaskOutput<N>> {
    const own = this.#of.get(client) ?? 0;
    if (own >= this.#s.mostOfClient)
      throw busy('request.too-many', 'this client has too many requests at work');
    if (this.#closed || this.#tasks >= this.#s.most)
      throw busy('request.overloaded', 'too much is at work just now');
    this.#of.set(client, own + 1);
    this.#tasks++;
    if (this.#idle !== null) clearTimeout(this.#idle);
    try {
      await this.#turns.wait(client, gone);
      try {
        return (await this.#run({ name, input } as Task, transfer)) as TaskOutput<N>;
      } finally {
        this.#turns.done(client);
      }
    } finally {
      this.#tasks--;
      const left = this.#of.get(client)! - 1;
      if (left === 0) this.#of.delete(client);
      else this.#of.set(client, left);
      if (this.#tasks === 0) this.#idle = setTimeout(() => void this.#end(), this.#s.idleMs).unref();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#idle !== null) clearTimeout(this.#idle);
    await this.#end();
  }

  async #run(task: Task, transfer: readonly ArrayBufferLike[]): Promise<unknown> {
    const { taskMs } = this.#s;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), taskMs);
    let answer: Answer | Uint8Array;
    try {
      const signal = late.signal as never;
      answer = await this.#threads().run(task, { signal, transferList: [...transfer] as ArrayBuffer[] });
    } catch (cause) {
      if (late.signal.aborted) throw tooMuch(`takes more than ${taskMs / 1000} s`, cause);
      if ((cause as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY')
        throw tooMuch('takes too much memory', cause);
      if (this.#closed) throw busy('request.overloaded', 'the server is stopping');
      throw new LoadcycleError('internal', `a thread failed: ${(cause as Error).message}`, { cause });
    } finally {
      clearTimeout(timer);
    }
    if (answer instanceof Uint8Array) return answer;
    if ('value' in answer) return answer.value;
    const { code, detail, ...extra } = answer.refused;
    throw new Refusal(code, detail, extra);
  }

  #threads(): Tinypool {
    if (this.#pool !== null) return this.#pool;
    const { threads, heapMb } = this.#s;
    this.#pool = new Tinypool({
      filename: new URL('./worker.ts', import.meta.url).href,
      // one at least, so that a thread that was ended is made anew for what waits
      minThreads: 1,
      maxThreads: threads,
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: 32 },
    });
    // a thread that dies without a task is made anew with the next one
    this.#pool.on('error', () => {});
    return this.#pool;
  }

  async #end(): Promise<void> {
    const pool = this.#pool;
    this.#pool = null;
    await pool?.destroy();
  }
}

const busy = (code: 'request.too-many' | 'request.overloaded', detail: string): Refusal =>
  new Refusal(code, detail, { headers: { 'retry-after': '1' } });

const tooMuch = (why: string, cause: unknown): Refusal =>
  new Refusal('request.unprocessable', `this ${why}: send less at once`, { cause });
