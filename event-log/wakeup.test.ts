import { expect, test } from 'vitest';
import { Wakeup } from './wakeup.ts';

test('news between the look and the wait is not missed', async () => {
  const wakeup = new Wakeup();
  const seen = wakeup.version;
  wakeup.notify();
  await wakeup.wait(seen, 2 ** 31);
  expect(wakeup.version).toBe(seen + 1);
});

test('an abort ends the wait, before it and during it', async () => {
  const wakeup = new Wakeup();
  await wakeup.wait(wakeup.version, 2 ** 31, AbortSignal.abort());
  const stop = new AbortController();
  const waited = wakeup.wait(wakeup.version, 2 ** 31, stop.signal);
  stop.abort();
  await waited;
  expect(wakeup.version).toBe(0);
});
