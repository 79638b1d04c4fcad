import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { AgentChange, LoadcycleError, type Logger } from '@loadcycle/contract';
import type { SourceSettings } from '@loadcycle/contract/agent-settings';
import { Backoff } from '@loadcycle/service';
import type { Clock } from './clock.ts';
import type { Source, SourceSignal } from './sources/index.ts';
import type { Writer } from './writer.ts';

export interface SamplingOptions {
  readonly sources: readonly Source[];
  /** what the sources were made from; what was changed by command only holds for the same */
  readonly settings: readonly SourceSettings[];
  readonly writer: Writer;
  readonly clock: Clock;
  readonly db: DatabaseSync;
  readonly log: Logger;
  readonly onChange: () => void;
}

interface Remembered {
  base: string;
  on: boolean;
  changes: AgentChange[];
}

interface Running {
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/**
 * Which sources run, and how. What a command changed is on disk before it takes effect and holds over restarts, for
 * as long as the agent is started with the same settings: whoever starts it with others means those.
 */
export class Sampling {
  readonly #o: SamplingOptions;
  readonly #ended = new Set<Source>();
  readonly #problems = new Map<Source, string>();
  #running: Running | null = null;
  #closed = false;
  #memory: Remembered;
  #finish: () => void = () => {};
  /** Resolves when every source has come to its end. */
  readonly finished: Promise<void>;

  constructor(options: SamplingOptions) {
    this.#o = options;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    const names = this.signals.map((s) => s.signal);
    const twice = names.find((n, i) => names.indexOf(n) !== i);
    if (twice !== undefined)
      throw new LoadcycleError('settings.invalid', `two sources give signal "${twice}"`);
    const base = createHash('sha256').update(JSON.stringify(options.settings)).digest('hex');
    this.#memory = { base, on: true, changes: [], ...this.#remembered(base) };
    for (const change of this.#memory.changes) this.#recall(change);
    for (const signal of this.signals) options.writer.declare(signal);
  }

  get signals(): SourceSignal[] {
    return this.#o.sources.flatMap((s) => s.signals);
  }

  get on(): boolean {
    return this.#memory.on;
  }

  get problem(): string | null {
    return this.#problems.values().next().value ?? null;
  }

  start(): void {
    if (!this.#memory.on) {
      this.#o.log.warn({}, 'sampling was stopped by a command and stays so; a start command ends that');
      return;
    }
    this.#run();
  }

  /** Stops the sources; what they gave so far is with the writer. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    running?.stop.abort();
    await running?.done;
  }

  /** Stops for good: a command that still comes is kept for the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.stop();
  }

  async turn(on: boolean): Promise<void> {
    this.#remember({ ...this.#memory, on });
    await this.stop();
    if (on) this.#run();
    else this.#o.writer.flush();
    this.#o.onChange();
  }

  /** All of the changes or none: throws `request.invalid` where one makes no sense. */
  async change(changes: AgentChange[]): Promise<void> {
    // checked against the sources as they are, one after the other, before anything is stopped
    const plans = changes.flatMap((change) => this.#plan(change));
    this.#remember({ ...this.#memory, changes: merge(this.#memory.changes, changes) });
    await this.stop();
    for (const apply of plans) apply();
    for (const signal of this.signals) this.#o.writer.declare(signal);
    if (this.#memory.on) this.#run();
    this.#o.onChange();
  }

  /** A change that an older version took and this one refuses must not keep the agent from starting. */
  #recall(change: AgentChange): void {
    try {
      for (const apply of this.#plan(change)) apply();
    } catch (error) {
      this.#o.log.warn({ code: 'request.invalid', err: error }, 'what a command had changed no longer holds');
    }
  }

  #plan(change: AgentChange): (() => void)[] {
    const { signal } = change;
    const concerned = this.#o.sources.filter(
      (s) => signal === undefined || s.signals.some((x) => x.signal === signal),
    );
    if (concerned.length === 0) throw new LoadcycleError('request.invalid', `no signal "${signal}" here`);
    for (const source of concerned) source.change(change);
    // planned anew when it is carried out, as several changes may concern one source
    return concerned.map((source) => () => source.change(change)());
  }

  #run(): void {
    if (this.#closed) return;
    const stop = new AbortController();
    const { sources } = this.#o;
    const work = sources.filter((s) => !this.#ended.has(s)).map((s) => this.#runOne(s, stop.signal));
    this.#running = { stop, done: Promise.all(work).then(() => {}) };
  }

  async #runOne(source: Source, signal: AbortSignal): Promise<void> {
    const { clock, log, writer } = this.#o;
    const complain = (problem: string | null): void => {
      if (problem === null) this.#problems.delete(source);
      else this.#problems.set(source, problem);
    };
    const enabled = new Set(source.signals.filter((s) => s.enabled).map((s) => s.signal));
    const push = (name: string, chunk: Parameters<Writer['push']>[1]): Promise<void> | undefined =>
      enabled.has(name) ? writer.push(name, chunk, source.patient) : undefined;
    const backoff = new Backoff(500, 30_000);
    for (;;) {
      try {
        const how = await source.run({ clock, log, signal, push, complain });
        if (how === 'aborted') return;
        log.info({ signals: [...enabled] }, 'a source has come to its end');
        break;
      } catch (error) {
        const code = error instanceof LoadcycleError ? error.code : 'source.unavailable';
        const hint = error instanceof LoadcycleError && error.hint !== undefined ? ` (${error.hint})` : '';
        complain(`source: ${(error as Error).message}${hint}`);
        log.error({ code, err: error }, `a source has failed: ${(error as Error).message}`);
        // a file does not get better by reading it again; a sensor may come back
        if (source.patient) break;
        await backoff.wait(signal);
        if (signal.aborted) return;
      }
    }
    writer.flush();
    this.#ended.add(source);
    if (this.#ended.size === this.#o.sources.length) this.#finish();
  }

  #remembered(base: string): Partial<Remembered> {
    const row = this.#o.db.prepare("SELECT value FROM state WHERE key = 'sampling'").get();
    if (row === undefined) return {};
    const memory = JSON.parse(row['value'] as string) as Remembered;
    if (memory.base === base)
      return { on: memory.on, changes: memory.changes.map((c) => AgentChange.parse(c)) };
    this.#o.log.info({}, 'started with other settings: what commands had changed no longer holds');
    return {};
  }

  #remember(memory: Remembered): void {
    this.#o.db
      .prepare("INSERT OR REPLACE INTO state (key, value) VALUES ('sampling', ?)")
      .run(JSON.stringify(memory));
    this.#memory = memory;
  }
}

/** One change for each signal: a device that is configured every hour must not remember each of them. */
function merge(before: AgentChange[], changes: AgentChange[]): AgentChange[] {
  const bySignal = new Map<string | undefined, AgentChange>();
  for (const change of [...before, ...changes]) {
    const known = bySignal.get(change.signal);
    const simulate =
      known?.simulate || change.simulate ? { ...known?.simulate, ...change.simulate } : undefined;
    // a change of all signals comes after, and so wins over, what was said of single ones
    bySignal.delete(change.signal);
    bySignal.set(change.signal, { ...known, ...change, ...(simulate ? { simulate } : {}) });
  }
  return [...bySignal.values()];
}
