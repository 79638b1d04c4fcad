import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Health } from '@loadcycle/service/health';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EventLog } from '../port.ts';
import { openSqliteLog } from './index.ts';

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'loadcycle-log-'));
  folder = join(parent, 'log');
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const topic = 't';
const values = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ topic, key: 'k', value: Buffer.from(`${from + i}`) }));
const all = async (log: EventLog): Promise<string[]> =>
  (await log.read({ topic, partition: 0, next: 0 }, 1000)).map((r) => Buffer.from(r.value).toString());

/** A log with ten records, and the lines that it has said. */
async function opened(checkEveryMs: number) {
  const lines: { code?: string; message: string }[] = [];
  const say = (fields: { code?: string }, message: string): void => void lines.push({ ...fields, message });
  const health = new Health();
  const log = await openSqliteLog({
    folder,
    memoryBytes: 0,
    checkEveryMs,
    health,
    log: { debug() {}, info() {}, warn: say as never, error: say as never },
  });
  await log.ensureTopics([{ topic, partitions: 1, retentionMs: null }]);
  await log.append(values(0, 10));
  return { log, lines, health };
}
const NEVER = 3_600_000;
const ten = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

test('an append after the folder was deleted is durable: everything is written into it again', async () => {
  const { log, lines, health } = await opened(NEVER);
  const identity = (await log.identities([topic])).get(topic);
  await rm(folder, { recursive: true });
  await log.append(values(10, 12));
  expect(lines.map((l) => l.code)).toEqual(['log.files-deleted', 'log.files-deleted']);
  expect(lines[0]!.message).toContain(`the files of the event log in ${folder} were deleted`);
  expect(lines[1]!.message).toContain('nothing was lost');
  expect(health.snapshot()['event log']).toMatchObject({ state: 'ok' });
  // it is still ours alone, and goes on
  await expect(openSqliteLog({ folder })).rejects.toMatchObject({ code: 'folder.in-use' });
  await log.append(values(12, 13));
  await log.close();
  const again = await openSqliteLog({ folder });
  expect(await all(again)).toEqual([...ten, '10', '11', '12']);
  expect((await again.identities([topic])).get(topic)).toBe(identity);
  await again.close();
});

test('a deletion is noticed where nothing is appended, and outlives a SIGKILL', async () => {
  const script = `
    import { openSqliteLog } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
    const say = (fields, message) => process.stdout.write(message + '\\n');
    const log = await openSqliteLog({ folder: process.argv[1], checkEveryMs: 20, log: { debug() {}, info() {}, warn: say, error: say } });
    await log.ensureTopics([{ topic: 't', partitions: 1, retentionMs: null }]);
    await log.append(Array.from({ length: 10 }, (_, n) => ({ topic: 't', key: 'k', value: Buffer.from(String(n)) })));
    say({}, 'appended');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  const hears = async (text: string): Promise<void> => {
    while (!said.includes(text)) said += (await once(child.stdout, 'data'))[0];
  };
  await hears('appended');
  // at once: while it is deleted file by file, the first of them are already written again
  await rename(folder, join(parent, 'elsewhere'));
  await rm(join(parent, 'elsewhere'), { recursive: true });
  await hears('nothing was lost');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const log = await openSqliteLog({ folder });
  expect(await all(log)).toEqual(ten);
  await log.close();
});

test('while the files can not be put back nothing is acknowledged; then all goes on with nothing lost', async () => {
  // a link, so that in one step a file stands where the folder was: no rights would stop root, whom tests may run as
  await mkdir(join(parent, 'real'));
  await symlink('real', folder);
  const { log, lines, health } = await opened(20);
  await writeFile(join(parent, 'file'), '');
  await symlink('file', join(parent, 'link'));
  await rename(join(parent, 'link'), folder);
  await expect(log.append(values(10, 11))).rejects.toMatchObject({
    code: 'log.files-deleted',
    kind: 'standing',
  });
  await expect(log.append(values(10, 11))).rejects.toMatchObject({ code: 'log.files-deleted' });
  expect(health.snapshot()['event log']).toMatchObject({ state: 'failing', code: 'log.files-deleted' });
  // said once, not at each look
  expect(lines.filter((l) => l.message.includes("can't be put back"))).toHaveLength(1);
  expect(await all(log)).toEqual(ten);
  await rm(folder);
  await expect.poll(() => health.snapshot()['event log']?.state, { timeout: 20_000 }).toBe('ok');
  await log.append(values(10, 12));
  expect(await all(log)).toEqual([...ten, '10', '11']);
  await log.close();
  const again = await openSqliteLog({ folder });
  expect(await all(again)).toEqual([...ten, '10', '11']);
  await again.close();
});

test('a file that somebody has put in its place is moved aside, never overwritten', async () => {
  const { log } = await opened(NEVER);
  await rm(join(folder, 'events.db'));
  await writeFile(join(folder, 'events.db'), 'not ours');
  await log.append(values(10, 11));
  await log.close();
  expect((await readdir(folder)).filter((name) => name.startsWith('events.db.found-'))).toHaveLength(1);
  const again = await openSqliteLog({ folder });
  expect(await all(again)).toEqual([...ten, '10']);
  await again.close();
});
