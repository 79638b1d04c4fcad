import { LoadcycleError, silentLogger } from '@loadcycle/contract';
import type { EventLog, NewRecord } from '@loadcycle/event-log/port';
import { Health } from '@loadcycle/service';
import { afterEach, expect, test } from 'vitest';
import { AppendQueue, type Outgoing } from './append-queue.ts';

type Append = (records: readonly NewRecord[]) => Promise<void>;
let queue: AppendQueue;
const done: number[] = [];
const health = new Health();

function start(append: Append, limits: { maxBytes?: number; maxRecords?: number } = {}): void {
  done.length = 0;
  queue = new AppendQueue({
    // the one method of the port that the queue uses
    eventLog: { append } as EventLog,
    log: silentLogger,
    health,
    maxBytes: limits.maxBytes ?? 1_000,
    maxRecords: limits.maxRecords ?? 1_000,
  });
}
afterEach(() => queue.close());

const outgoing = (n: number, more: Partial<Outgoing> = {}): Outgoing => ({
  record: { topic: 't', key: String(n), value: Buffer.alloc(10) },
  stale: false,
  done: () => void done.push(n),
  refused: () => null,
  ...more,
});
const keys = (records: readonly NewRecord[]): number[] => records.map((r) => Number(r.key));

test('what comes in one turn goes in one append, what comes during it goes in the next, in order', async () => {
  const appends: number[][] = [];
  const first = Promise.withResolvers<void>();
  start(async (records) => {
    appends.push(keys(records));
    if (appends.length === 1) await first.promise;
  });
  for (const n of [1, 2, 3]) queue.push(outgoing(n));
  while (appends.length === 0) await new Promise((resolve) => setImmediate(resolve));
  for (const n of [4, 5]) queue.push(outgoing(n));
  expect(queue.depth).toBe(5);
  first.resolve();
  expect(await queue.drain(5_000)).toBe(true);
  expect(appends).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
  expect(done).toEqual([1, 2, 3, 4, 5]);
});

test('a group ends at its bytes or its records, but a large record still goes', async () => {
  const appends: number[][] = [];
  start(async (records) => void appends.push(keys(records)), { maxBytes: 25, maxRecords: 3 });
  for (const n of [1, 2, 3]) queue.push(outgoing(n));
  queue.push(outgoing(4, { record: { topic: 't', key: '4', value: Buffer.alloc(100) } }));
  await queue.drain(5_000);
  expect(appends).toEqual([[1, 2], [3], [4]]);
});

test('a failed append is sent again as it was, before anything that came later', async () => {
  const appends: number[][] = [];
  start(async (records) => {
    appends.push(keys(records));
    if (appends.length < 3) throw new LoadcycleError('log.unavailable', 'away');
  });
  queue.push(outgoing(1));
  while (appends.length === 0) await new Promise((resolve) => setImmediate(resolve));
  queue.push(outgoing(2));
  expect(health.snapshot()['log']).toMatchObject({ state: 'waiting', code: 'log.unavailable' });
  await queue.drain(10_000);
  expect(appends).toEqual([[1], [1], [1], [2]]);
  expect(done).toEqual([1, 2]);
  expect(health.snapshot()['log']).toMatchObject({ state: 'ok' });
});

test('a record that the log never takes gives way to its dead letter, and the others pass', async () => {
  const taken: number[] = [];
  start(async (records) => {
    if (records.some((r) => r.key === '3')) throw new LoadcycleError('message.too-large', 'too large');
    taken.push(...keys(records));
  });
  const letter: NewRecord = { topic: 'dead', key: '-3', value: Buffer.alloc(1) };
  for (let n = 1; n <= 8; n++) queue.push(outgoing(n, n === 3 ? { refused: () => letter } : {}));
  await queue.drain(5_000);
  expect(taken.sort((a, b) => a - b)).toEqual([-3, 1, 2, 4, 5, 6, 7, 8]);
  expect(done).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('what the broker will send again is dropped while it waits', async () => {
  const taken: number[] = [];
  start(async (records) => void taken.push(...keys(records)));
  queue.push(outgoing(1, { stale: true }));
  queue.push(outgoing(2));
  queue.push(outgoing(3, { stale: true }));
  await queue.drain(5_000);
  expect(taken).toEqual([2]);
  expect(queue.depth).toBe(0);
});

test('with the log away, draining gives up in time and closing leaves the append behind', async () => {
  start(() => new Promise(() => {}));
  queue.push(outgoing(1));
  expect(await queue.drain(50)).toBe(false);
  await queue.close();
  expect(done).toEqual([]);
});
