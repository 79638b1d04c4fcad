import type { AgentChange, Logger } from '@loadcycle/contract';
import type { Chunk } from '../batcher.ts';
import type { Clock } from '../clock.ts';

/** One signal of a source, with what its batches look like. */
export interface SourceSignal {
  readonly signal: string;
  readonly unit: string;
  readonly batchSize: number;
  readonly decimals: number | null;
  readonly enabled: boolean;
  /** null where each sample has a time of its own */
  readonly rateHz: number | null;
  /** the most that a command may ask for; null where its rate can not be changed */
  readonly maxRateHz?: number | null;
}

export interface SourceContext {
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Takes samples in. A source whose data waits (a file) goes on once the promise resolves. */
  readonly push: (signal: string, chunk: Chunk) => Promise<void> | undefined;
  /** What is wrong, for the status; null when it is mended. */
  readonly complain: (problem: string | null) => void;
}

/**
 * Where samples come from. `run` gives samples until it is aborted (resolving at once) or has no more; after an
 * abort it can run again and goes on where it was.
 */
export interface Source {
  readonly signals: readonly SourceSignal[];
  /** Its data waits where the outbox is full, instead of the oldest being dropped. */
  readonly patient: boolean;
  /** Returns whether there is more to come after an abort. */
  run(context: SourceContext): Promise<'ended' | 'aborted'>;
  /** Checks a change and returns what carries it out, for a moment when the source does not run. Throws `request.invalid`. */
  change(change: AgentChange): () => void;
  close(): Promise<void> | void;
}
