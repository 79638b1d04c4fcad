import { LoadcycleError, silentLogger } from '@loadcycle/contract';
import { describe, expect, it } from 'vitest';
import { Health } from './health.ts';
import { runWorkerLoop } from './worker-loop.ts';

interface Seen {
  state: string;
  code: string | undefined;
}

/** Runs the given steps, one after another, and notes what health says before each. */
async function follow(steps: (() => void)[]): Promise<{ seen: Seen[]; recovered: unknown[] }> {
  const stop = new AbortController();
  const health = new Health();
  const seen: Seen[] = [];
  const recovered: unknown[] = [];
  let at = 0;
  await runWorkerLoop({
    name: 'work',
    log: silentLogger,
    health,
    signal: stop.signal,
    maxBackoffMs: 1,
    step: async () => {
      const { state, code } = health.snapshot()['work']!;
      seen.push({ state, code });
      const step = steps[at++];
      if (step === undefined) stop.abort();
      else step();
    },
    recover: async (error) => void recovered.push(error),
  });
  return { seen, recovered };
}

const fail = (code: 'store.unavailable' | 'store.schema') => () => {
  throw new LoadcycleError(code, 'told');
};

describe('runWorkerLoop', () => {
  it('waits through a transient failure, says a standing one in health, and goes on when it is mended', async () => {
    const { seen, recovered } = await follow([
      () => {},
      fail('store.unavailable'),
      fail('store.schema'),
      () => {},
    ]);
    expect(seen).toEqual([
      { state: 'ok', code: undefined },
      { state: 'ok', code: undefined },
      { state: 'waiting', code: 'store.unavailable' },
      { state: 'failing', code: 'store.schema' },
      { state: 'ok', code: undefined },
    ]);
    expect(recovered).toHaveLength(2);
  });

  it('takes what nobody has classified as standing: it must be seen', async () => {
    const { seen } = await follow([
      () => {
        throw new TypeError('a mistake');
      },
    ]);
    expect(seen.at(-1)).toEqual({ state: 'failing', code: 'internal' });
  });
});
