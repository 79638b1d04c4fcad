import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openEmbedded } from '@loadcycle/database/embedded/open';
import { openSqliteLog } from '@loadcycle/event-log/sqlite/index';
import { readCycles } from '@loadcycle/processors/cycles-worker/cycle-rows';
import { expect, onTestFinished, test } from 'vitest';
import { batchesOf, cut, wave } from './cycles-worker-support.ts';
import { recordOf, TOPICS } from './landing-support.ts';

const COUNT = 250;

/** Runs until `stop` says so of a line, then kills it; resolves with the last line. */
function run(folder: string, stop: (line: string) => boolean): Promise<string> {
  const script = fileURLToPath(new URL('./landing-child.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let last = '';
  createInterface({ input: child.stdout! }).on('line', (line) => {
    last = line;
    if (stop(line)) child.kill('SIGKILL');
  });
  return new Promise((resolve) => child.once('close', () => resolve(last)));
}

test('killed again and again in mid-landing, every sample stands once and every cycle is there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-sigkill-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const values = wave(60_000);
  const batches = batchesOf(values, COUNT);
  // some late, some twice
  const order = batches
    .map((_, i) => (i % 10 === 3 ? i + 1 : i % 10 === 4 ? i - 1 : i))
    .flatMap((i) => (i % 7 === 0 ? [i, i] : [i]));
  const log = await openSqliteLog({ folder: join(folder, 'log') });
  await log.ensureTopics(TOPICS.map((t) => ({ ...t, partitions: 1 })));
  await log.append(order.map((i) => recordOf(batches[i]!)));
  await log.close();
  const both = order.length * 2;
  for (const share of [0.1, 0.45, 0.8]) {
    await run(folder, (line) => Number(line.slice(3)) >= both * share);
  }
  expect(await run(folder, () => false)).toBe('done');

  const db = await openEmbedded({ folder: join(folder, 'store') });
  onTestFinished(() => db.close());
  const [rows] = await db.query<{ n: number; times: number; sum: number }>(
    'SELECT count(*) AS n, count(DISTINCT ts) AS times, sum(value) AS sum FROM sample',
  );
  const n = values.length;
  expect({ n: rows!.n, times: rows!.times }).toEqual({ n, times: n });
  expect(rows!.sum).toBeCloseTo(
    values.reduce((a, b) => a + b, 0),
    3,
  );
  expect(
    await db.query(
      'SELECT received, landed, duplicates, dead_lettered, samples FROM account WHERE signal_id > 0',
    ),
  ).toEqual([
    {
      received: order.length,
      landed: batches.length,
      duplicates: order.length - batches.length,
      dead_lettered: 0,
      samples: n,
    },
  ]);
  expect((await readCycles(db, 1, null, null)).map((c) => c.cycle)).toEqual(cut(values));
});
