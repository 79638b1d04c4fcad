import { expect, test } from 'vitest';
import { PasswordChecks } from './password-checks.ts';

test('so many at a time, so many wait, the rest is turned away; a check that fails frees its place', async () => {
  const checks = new PasswordChecks(2, 3);
  let running = 0;
  let most = 0;
  const go: (() => void)[] = [];
  const check = async (): Promise<boolean> => {
    most = Math.max(most, ++running);
    await new Promise<void>((resolve) => go.push(resolve));
    running--;
    return true;
  };
  const failing = async (): Promise<boolean> => {
    await check();
    throw new Error('the file is broken');
  };
  const answers = [failing, check, check, check, check, check, check].map((c) =>
    checks.run(c).catch((error: Error) => error.message),
  );
  expect(await Promise.all(answers.slice(5))).toEqual([null, null]);
  const all = Promise.all(answers.slice(0, 5));
  let done = false;
  void all.then(() => (done = true));
  while (!done) {
    go.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await all).toEqual(['the file is broken', true, true, true, true]);
  expect(most).toBe(2);
  const again = checks.run(check);
  go.shift()?.();
  expect(await again).toBe(true);
});
