import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteLog, type SyncInfo } from './index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loadcycle-log-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const value = (n: number): Uint8Array => Buffer.from(`${n}:${'x'.repeat(n % 3000)}`);
const topic = 't';

/** A process that appends for ever and says on stdout which number is durable. */
function startWriter(from: number): ChildProcess {
  const script = `
    import { openSqliteLog } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
    const log = await openSqliteLog({ folder: process.argv[1] });
    await log.ensureTopics([{ topic: 't', partitions: 1, retentionMs: null }]);
    for (let n = ${from}; ; ) {
      const records = [];
      for (let i = 0; i < 20; i++, n++) {
        records.push({ topic: 't', key: 'k', value: Buffer.from(n + ':' + 'x'.repeat(n % 3000)) });
      }
      await log.append(records);
      process.stdout.write(n + '\\n');
    }`;
  return spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

test('killed again and again while appending, it has all that it had acknowledged, in order', async () => {
  let acknowledged = 0;
  let next = 0;
  for (let round = 0; round < 3; round++) {
    const writer = startWriter(next);
    const start = acknowledged;
    for await (const line of createInterface({ input: writer.stdout! })) {
      acknowledged = Number(line);
      if (acknowledged >= start + 400) writer.kill('SIGKILL');
    }
    const log = await openSqliteLog({ folder });
    const records = await log.read({ topic, partition: 0, next: 0 }, 100_000);
    expect(records.length).toBeGreaterThanOrEqual(acknowledged);
    const wrong = records.filter((r, n) => r.offset !== n || !Buffer.from(r.value).equals(value(n)));
    expect(wrong).toEqual([]);
    next = records.length;
    await log.close();
  }
  expect(acknowledged).toBeGreaterThan(1000);
});

test('one process owns the folder; it is free again as soon as that process is dead', async () => {
  const writer = startWriter(0);
  await once(writer.stdout!, 'data');
  await expect(openSqliteLog({ folder })).rejects.toMatchObject({ code: 'folder.in-use' });
  writer.kill('SIGKILL');
  await once(writer, 'exit');
  const log = await openSqliteLog({ folder });
  await expect(openSqliteLog({ folder })).rejects.toMatchObject({ code: 'folder.in-use' });
  await log.close();
  await (await openSqliteLog({ folder })).close();
});

test('what is appended while a commit is running shares the next one', async () => {
  const syncs: SyncInfo[] = [];
  const log = await openSqliteLog({ folder, onSync: (info) => syncs.push(info) });
  await log.ensureTopics([{ topic, partitions: 1, retentionMs: null }]);
  await Promise.all(
    Array.from({ length: 1000 }, (_, n) => log.append([{ topic, key: 'k', value: value(n) }])),
  );
  expect(syncs.map((s) => s.records)).toEqual([1000]);
  await log.append([{ topic, key: 'k', value: value(0) }]);
  expect(syncs.map((s) => s.records)).toEqual([1000, 1]);
  await log.close();
});

test('removes what is older than its retention and goes on counting, also when opened again', async () => {
  let log = await openSqliteLog({ folder, trimEveryMs: 20 });
  await log.ensureTopics([
    { topic, partitions: 1, retentionMs: 1 },
    { topic: 'kept', partitions: 1, retentionMs: null },
  ]);
  await log.append(Array.from({ length: 1234 }, (_, n) => ({ topic, key: 'k', value: value(n) })));
  await log.append([{ topic: 'kept', key: 'k', value: value(1) }]);
  await expect.poll(() => log.ends([topic])).toEqual([{ topic, partition: 0, begin: 1234, end: 1234 }]);
  await log.close();
  log = await openSqliteLog({ folder, trimEveryMs: 1e6 });
  expect(await log.ends([topic, 'kept'])).toEqual([
    { topic, partition: 0, begin: 1234, end: 1234 },
    { topic: 'kept', partition: 0, begin: 0, end: 1 },
  ]);
  await log.append([{ topic, key: 'k', value: value(7) }]);
  const records = await log.read({ topic, partition: 0, next: 0 }, 10);
  expect(records.map((r) => r.offset)).toEqual([1234]);
  await log.close();
});

test('removes the oldest where it grows beyond its size', async () => {
  const log = await openSqliteLog({ folder, maxBytes: 4 << 20, trimEveryMs: 20 });
  await log.ensureTopics([{ topic, partitions: 1, retentionMs: null }]);
  for (let n = 0; n < 8; n++) {
    await log.append(Array.from({ length: 1000 }, () => ({ topic, key: 'k', value: new Uint8Array(1000) })));
  }
  await expect.poll(async () => (await log.ends([topic]))[0]!.begin).toBeGreaterThan(3000);
  expect((await log.ends([topic]))[0]).toMatchObject({ end: 8000 });
  await log.close();
});

test('a reader that retention has overtaken goes on at the oldest record, and says so', async () => {
  const warnings: object[] = [];
  const none = (): void => {};
  const logger = {
    debug: none,
    info: none,
    warn: (fields: object) => void warnings.push(fields),
    error: none,
  };
  const log = await openSqliteLog({
    folder,
    memoryBytes: 0,
    maxBytes: 2 << 20,
    trimEveryMs: 20,
    log: logger,
  });
  await log.ensureTopics([{ topic, partitions: 1, retentionMs: null }]);
  await log.append(Array.from({ length: 4000 }, () => ({ topic, key: 'k', value: new Uint8Array(1000) })));
  await expect.poll(async () => (await log.ends([topic]))[0]!.begin).toBeGreaterThan(1500);
  const positions = async () => [{ topic, partition: 0, next: 3 }];
  const consumer = await log.consume({ group: 'g', topics: [topic], positions });
  const [record] = await consumer.poll({ maxBytes: 1e6, maxRecords: 1, gatherMs: 0, waitMs: 10_000 });
  expect(record!.offset).toBeGreaterThan(1500);
  // in one line, or more where retention went on while it read
  const lost = { code: 'log.position-lost', group: 'g', topic, partition: 0 };
  expect(warnings[0]).toMatchObject({ ...lost, next: 3 });
  expect(warnings.at(-1)).toMatchObject({ ...lost, begin: record!.offset });
  await log.close();
});

test('a folder that cannot be written and a file that is no log are each named', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(openSqliteLog({ folder: join(folder, 'file', 'log') })).rejects.toMatchObject({
    code: 'folder.unwritable',
  });
  await writeFile(
    join(folder, 'events.db'),
    'this is no database, it is a text that is long enough to be read as one'.repeat(99),
  );
  await expect(openSqliteLog({ folder })).rejects.toMatchObject({ code: 'log.broken' });
});
