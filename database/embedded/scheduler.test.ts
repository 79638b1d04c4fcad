import { expect, test } from 'vitest';
import { type Priority, Scheduler } from './scheduler.ts';

const gate = () => Promise.withResolvers<void>();

test('one at a time; writes before reads before maintenance', async () => {
  const scheduler = new Scheduler({ queueTimeoutMs: 60_000, patienceMs: 60_000 });
  const order: string[] = [];
  let running = 0;
  const job = (name: string) => async () => {
    expect(++running).toBe(1);
    await Promise.resolve();
    order.push(name);
    running--;
  };
  const first = gate();
  const all = [scheduler.run('read', () => first.promise)];
  for (const [priority, name] of [
    ['maintenance', 'm'],
    ['read', 'r1'],
    ['write', 'w1'],
    ['read', 'r2'],
    ['write', 'w2'],
  ] as [Priority, string][]) {
    all.push(scheduler.run(priority, job(name)));
  }
  expect(scheduler.waiting).toBe(5);
  first.resolve();
  await Promise.all(all);
  expect(order).toEqual(['w1', 'w2', 'r1', 'r2', 'm']);
});

test('nobody starves: an impatient reader and maintenance go before newer writers', async () => {
  const scheduler = new Scheduler({ queueTimeoutMs: 60_000, patienceMs: 0 });
  const order: string[] = [];
  const first = gate();
  const all = [scheduler.run('write', () => first.promise)];
  for (const [priority, name] of [
    ['read', 'r'],
    ['write', 'w'],
    ['maintenance', 'm'],
    ['write', 'w2'],
  ] as [Priority, string][]) {
    all.push(
      scheduler.run(priority, async () => {
        order.push(name);
      }),
    );
  }
  await new Promise((resolve) => setTimeout(resolve, 5));
  first.resolve();
  await Promise.all(all);
  expect(order[0]).toBe('r');
  expect(order.indexOf('m')).toBeLessThan(order.indexOf('w2'));
});

test('who waits too long is told so, and a failing job holds nobody up', async () => {
  const scheduler = new Scheduler({ queueTimeoutMs: 10, patienceMs: 1 });
  const first = gate();
  const running = scheduler.run('write', () => first.promise);
  await expect(scheduler.run('write', async () => 1)).rejects.toMatchObject({ code: 'store.timeout' });
  first.reject(new Error('mine'));
  await expect(running).rejects.toThrow('mine');
  expect(await scheduler.run('read', async () => 2)).toBe(2);
});

test('close waits for what is under way and takes no more', async () => {
  const scheduler = new Scheduler({ queueTimeoutMs: 60_000, patienceMs: 1 });
  const first = gate();
  const running = scheduler.run('write', () => first.promise);
  const queued = scheduler.run('read', async () => 3);
  const closed = scheduler.close(new Error('closed'));
  await expect(scheduler.run('read', async () => 4)).rejects.toThrow('closed');
  first.resolve();
  await closed;
  await running;
  expect(await queued).toBe(3);
});
