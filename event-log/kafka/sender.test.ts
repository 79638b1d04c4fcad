import { LoadcycleError } from '@loadcycle/contract';
import { expect, test } from 'vitest';
import type { NewRecord } from '../port.ts';
import { Sender } from './sender.ts';

const record = (n: number, bytes = 10): NewRecord => ({
  topic: 't',
  key: `${n}`,
  value: new Uint8Array(bytes),
});
const keys = (records: readonly NewRecord[]): string => records.map((r) => r.key).join();

test('gathers what is appended in one tick, and what comes while a request is under way', async () => {
  const sent: string[] = [];
  let answer = (): void => {};
  const send = (records: readonly NewRecord[]): Promise<void> => {
    sent.push(keys(records));
    return new Promise((resolve) => {
      answer = resolve;
    });
  };
  const sender = new Sender(send, 60_000, 1024 * 1024);
  const first = [sender.append([record(1)]), sender.append([record(2)])];
  await expect.poll(() => sent).toEqual(['1,2']);
  const later = [sender.append([record(3)]), sender.append([record(4)])];
  answer();
  await Promise.all(first);
  await expect.poll(() => sent).toEqual(['1,2', '3,4']);
  answer();
  await Promise.all(later);
});

test('no request is larger than one record batch may be, however much is appended at once', async () => {
  const sizes: number[] = [];
  const sender = new Sender(
    async (records) => {
      sizes.push(records.reduce((sum, r) => sum + r.value.byteLength, 0));
    },
    60_000,
    1024 * 1024,
  );
  await sender.append(Array.from({ length: 50 }, (_, n) => record(n, 100_000)));
  expect(sizes.reduce((a, b) => a + b)).toBe(5_000_000);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1024 * 1024);
});

test('a record that is too large is refused alone', async () => {
  const sent: string[] = [];
  const sender = new Sender(
    async (records) => {
      if (records.some((r) => r.key === '2')) throw new LoadcycleError('message.too-large', 'too large');
      sent.push(keys(records));
    },
    60_000,
    1024 * 1024,
  );
  const results = await Promise.allSettled([1, 2, 3].map((n) => sender.append([record(n)])));
  expect(results.map((r) => r.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(sent).toEqual(['1', '3']);
});

test('gives up after its time, and drops what was not sent yet', async () => {
  const sent: string[] = [];
  let answer = (): void => {};
  const sender = new Sender(
    (records) => {
      sent.push(keys(records));
      return new Promise((resolve) => {
        answer = resolve;
      });
    },
    50,
    1024 * 1024,
  );
  const first = expect(sender.append([record(1)])).rejects.toMatchObject({ code: 'log.unavailable' });
  await expect.poll(() => sent).toEqual(['1']);
  const second = expect(sender.append([record(2)])).rejects.toMatchObject({ code: 'log.unavailable' });
  await first;
  await second;
  const closed = sender.close();
  answer();
  await closed;
  expect(sent).toEqual(['1']);
  await expect(sender.append([record(3)])).rejects.toMatchObject({ code: 'log.closed' });
});
