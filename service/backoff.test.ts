import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.ts';

describe('Backoff', () => {
  it('doubles up to its limit, with jitter in the upper half, and begins anew after a success', () => {
    const backoff = new Backoff(100, 1000);
    for (const full of [100, 200, 400, 800, 1000, 1000]) {
      const wait = backoff.next();
      expect(wait).toBeGreaterThanOrEqual(full / 2);
      expect(wait).toBeLessThanOrEqual(full);
    }
    backoff.reset();
    expect(backoff.next()).toBeLessThanOrEqual(100);
  });

  it('stops waiting when it is told to', async () => {
    const stop = new AbortController();
    const waiting = new Backoff(3_600_000, 3_600_000).wait(stop.signal);
    stop.abort();
    await expect(waiting).resolves.toBeUndefined();
  });
});
