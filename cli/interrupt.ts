import { Interrupted } from './exit-codes.ts';

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Work that a Ctrl-C (or SIGTERM) ends in order: it sees `signal` abort, and what it throws then is told as an
 * {@link Interrupted} with `words`. A second Ctrl-C ends the program at once.
 */
export async function interruptible<T>(
  words: () => string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const stop = (name: keyof typeof CODES): void => ended.abort(new Interrupted(words(), CODES[name]));
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, stop);
  try {
    return await work(ended.signal);
  } catch (error) {
    throw ended.signal.aborted ? ended.signal.reason : error;
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stop);
  }
}
