import { silentLogger } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type AccessEntry, AccessLog } from './access-log.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const entry = (requestId: string): AccessEntry => ({
  atUs: 0,
  requestId,
  clientId: null,
  tokenId: null,
  address: '127.0.0.1',
  method: 'GET',
  path: '/',
  route: null,
  status: 200,
  code: null,
  durationMs: 1,
});

test('what comes during a write that takes longer than the gathering is written after it', async () => {
  const written: string[] = [];
  const first = Promise.withResolvers<void>();
  let writes = 0;
  // the scheduling is what is tested here: the store's part is a write that takes as long as the test wants
  const query = async (_sql: string, [rows]: string[]): Promise<never[]> => {
    if (++writes === 1) await first.promise;
    written.push(...(JSON.parse(rows!) as AccessEntry[]).map((e) => e.requestId));
    return [];
  };
  const log = new AccessLog({ query } as unknown as Database, silentLogger);
  log.add(entry('a'));
  await vi.advanceTimersByTimeAsync(1_000);
  log.add(entry('b'));
  await vi.advanceTimersByTimeAsync(1_000);
  first.resolve();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(written).toEqual(['a', 'b']);
  log.add(entry('c'));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(written).toEqual(['a', 'b', 'c']);
});
