import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LOG_TOPICS } from '@loadcycle/contract';
import { openEmbedded } from '@loadcycle/database/embedded/open';
import { storeFolder } from '@loadcycle/local/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cliWith } from './cli-support.ts';
import { type LocalProcess, NODE, ROOT, startLocal, waitFor } from './support/local-process.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'loadcycle-lost-log-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const ARGS = ['--rate-hz', '500'];

interface Pipeline {
  state: string;
  log: { state: string; lost: string[] };
  store: { lastDay: { batches: number } };
  parts: Record<string, { state: string; code?: string }>;
}

/** A token takes a process of its own: one for each system. */
const tokens = new Map<LocalProcess, Promise<string>>();

async function get<T>(system: LocalProcess, path: string): Promise<T> {
  if (!tokens.has(system)) tokens.set(system, system.token());
  const headers = { authorization: `Bearer ${await tokens.get(system)}` };
  const answer = await fetch(`${system.httpUrl}${path}`, { headers });
  expect(answer.ok, `${path}: ${answer.status}`).toBe(true);
  return (await answer.json()) as T;
}

const landed = async (system: LocalProcess): Promise<number> =>
  (await get<Pipeline>(system, '/v1/pipeline')).store.lastDay.batches;

async function ledger(): Promise<{ sessions: number; holes: number; batches: number }> {
  const store = await openEmbedded({ folder: storeFolder(folder) });
  try {
    const [row] = await store.query<{ sessions: number; holes: number; batches: number }>(
      `SELECT count(*) AS sessions, sum(n)::bigint AS batches, sum(last + 1 - n)::bigint AS holes
       FROM (SELECT session, count(*) AS n, max(seq) AS last FROM batch GROUP BY session) s`,
    );
    return row!;
  } finally {
    await store.close();
  }
}

describe('the event log of the whole system', () => {
  it('deleted under the running system: noticed, written again, and nothing receipted is lost', async () => {
    const system = await startLocal(folder, ARGS);
    await waitFor('some batches', async () => (await landed(system)) > 5);
    // at once: while it is deleted file by file, the first of them are already written again
    await rename(join(folder, 'log'), join(folder, 'away'));
    await rm(join(folder, 'away'), { recursive: true });
    const lines = (): Promise<string> => readFile(join(folder, 'loadcycle.log'), 'utf8');
    await waitFor('the log is back', async () => (await lines()).includes('nothing was lost'), 20_000);
    expect((await lines()).split('\n').filter((l) => l.includes('were deleted'))).toHaveLength(1);
    const before = await landed(system);
    await waitFor('batches after it', async () => (await landed(system)) > before + 3);
    await system.kill();

    // the log that was written again holds what it held: there is nothing to say
    const again = await startLocal(folder, ['--device', 'false']);
    await waitFor('its answer', async () => (await landed(again)) > before);
    const pipeline = await get<Pipeline>(again, '/v1/pipeline');
    expect(pipeline.log).toMatchObject({ state: 'ok', lost: [] });
    expect(await again.stop()).toBe(0);
    expect((await ledger()).holes).toBe(0);
  }, 400_000);

  it('lost while nothing ran: said until it is acknowledged; a rebuild from it is refused', async () => {
    const system = await startLocal(folder, ARGS);
    await waitFor('some batches', async () => (await landed(system)) > 5);
    expect(await system.stop()).toBe(0);
    const before = await ledger();
    await rm(join(folder, 'log'), { recursive: true });

    const rebuild = (...more: string[]) =>
      promisify(execFile)(NODE, ['local/rebuild.ts', '--data-dir', folder, ...more], { cwd: ROOT });
    await expect(rebuild()).rejects.toMatchObject({
      stderr: expect.stringMatching(/another log.*--accept-loss.*\[log\.replaced\]/s),
    });
    expect(await ledger()).toEqual(before);

    const again = await startLocal(folder, ARGS);
    // all that comes now lands, from the first record on
    await waitFor('new batches', async () => (await landed(again)) > before.batches + 5);
    const said = await waitFor('the pipeline to say so', async () => {
      const pipeline = await get<Pipeline>(again, '/v1/pipeline');
      return pipeline.parts['lost log']?.state === 'failing' ? pipeline : null;
    });
    expect(said).toMatchObject({ state: 'failing', log: { state: 'replaced' } });
    expect(said.log.lost).toContain(LOG_TOPICS.samples);
    await waitFor('the status line to say so', () => again.output().includes('lost log: the event log of'));
    const log = await readFile(join(folder, 'loadcycle.log'), 'utf8');
    expect(log).toMatch(/"code":"log\.replaced"/);
    const metrics = await (
      await fetch(/Health\s+(\S+)\/metrics/.exec(again.output())![1]!.concat('/metrics'))
    ).text();
    expect(metrics).toMatch(/loadcycle_log_replacements_unacknowledged\S* [1-9]/);

    const cli = cliWith({ env: { LOADCYCLE_DATA_DIR: folder, XDG_CONFIG_HOME: folder }, cwd: folder });
    const { replacements } = await cli.json('lost-log', 'list', '--open');
    expect(replacements.length).toBeGreaterThan(0);
    expect(replacements.every((r: { kind: string }) => r.kind === 'another-log')).toBe(true);
    const ids = replacements.map((r: { id: number }) => String(r.id));
    expect(await cli('lost-log', 'acknowledge', ...ids, '--note', 'a test')).toMatchObject({ code: 0 });
    expect(await cli('lost-log', 'acknowledge', '999999')).toMatchObject({ code: 5 });
    expect((await get<Pipeline>(again, '/v1/pipeline')).log).toMatchObject({ state: 'ok', lost: [] });
    await waitFor('health is well again', async () => {
      const { parts } = await get<Pipeline>(again, '/v1/pipeline');
      return parts['lost log']?.state === 'ok';
    });
    expect(await again.stop()).toBe(0);

    // the new log has grown, and still does not hold what the store took from the old one
    await expect(rebuild()).rejects.toMatchObject({ stderr: expect.stringContaining('--accept-loss') });
    const { stdout } = await rebuild('--accept-loss');
    expect(stdout).toContain('The store is rebuilt');

    // with the store broken as well there is nothing to compare, and an empty log is no source
    await rm(join(folder, 'log'), { recursive: true });
    await writeFile(join(storeFolder(folder), 'pgdata', 'global', 'pg_control'), Buffer.alloc(8192));
    await expect(rebuild()).rejects.toMatchObject({
      stderr: expect.stringMatching(/does not open, and the log is empty.*--accept-loss/s),
    });
    const last = await startLocal(folder, ['--device', 'false']);
    expect(last.output()).toContain('It will not hold all that it did: the log is empty');
    expect(await last.stop()).toBe(0);
  }, 600_000);
});
