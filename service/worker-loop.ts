import { failureKind, LoadcycleError, type Logger } from '@loadcycle/contract';
import { Backoff } from './backoff.ts';
import type { Health } from './health.ts';

export interface WorkerLoopOptions {
  readonly name: string;
  readonly log: Logger;
  readonly health: Health;
  readonly signal: AbortSignal;
  /** One piece of work. Nothing may have moved on when it throws. */
  readonly step: () => Promise<void>;
  /** Called after a failure, before the next try: make anew what the failure broke. */
  readonly recover?: (error: unknown) => Promise<void>;
  readonly maxBackoffMs?: number;
}

/**
 * Runs `step` again and again until aborted. A transient failure waits and tries again; a standing one does the
 * same, and says so in health until it is mended. Poison never reaches here: the step has quarantined it.
 */
export async function runWorkerLoop(options: WorkerLoopOptions): Promise<void> {
  const { name, log, health, signal, step } = options;
  const backoff = new Backoff(100, options.maxBackoffMs ?? 5_000);
  health.set(name, 'ok');
  while (!signal.aborted) {
    try {
      await step();
      backoff.reset();
      health.set(name, 'ok');
    } catch (error) {
      if (signal.aborted) return;
      const kind = failureKind(error);
      const code = error instanceof LoadcycleError ? error.code : 'internal';
      const detail = (error as Error)?.message ?? String(error);
      health.set(name, kind === 'transient' ? 'waiting' : 'failing', code, detail);
      const fields = { code, kind, err: error };
      if (kind === 'transient') log.warn(fields, `${name}: ${detail}; trying again`);
      else log.error(fields, `${name}: ${detail}; trying again until it is mended`);
      await backoff.wait(signal);
      await options.recover?.(error)?.catch((e: unknown) => log.warn({ err: e }, `${name}: recovery failed`));
    }
  }
}
