import { execFile } from 'node:child_process';
import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openEmbedded } from '@loadcycle/database/embedded/open';
import { us } from '@loadcycle/database/sql';
import { storeFolder } from '@loadcycle/local/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NODE, ROOT, startLocal, waitFor } from './support/local-process.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'loadcycle-rebuild-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Contents {
  samples: number;
  digest: string;
  cycles: string[];
  clients: string[];
}

/** What the store holds, in a form that does not depend on when it was written. */
async function contents(): Promise<Contents> {
  const store = await openEmbedded({ folder: storeFolder(folder) });
  try {
    const [rows] = await store.query<{ samples: number; digest: string }>(
      `SELECT count(*) AS samples, md5(string_agg(signal_id || ' ' || ts || ' ' || value || ' ' || quality, ',' ORDER BY signal_id, ts)) AS digest
       FROM sample`,
    );
    const cycles = await store.query<{ cycle: string }>(
      `SELECT concat_ws(' ', signal_id, ${us('started_at')}, ${us('ended_at')}, period_s, top_level, rms) AS cycle
       FROM cycle ORDER BY signal_id, started_at`,
    );
    const clients = await store.query<{ id: string }>('SELECT id FROM api_client ORDER BY id');
    return { ...rows!, cycles: cycles.map((c) => c.cycle), clients: clients.map((c) => c.id) };
  } finally {
    await store.close();
  }
}

/** The data folder and all that is in it. */
const entries = (): { path: string; mode: number }[] =>
  ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })].map((name) => {
    const path = join(folder, name);
    return { path, mode: lstatSync(path).mode & 0o777 };
  });
/** What others than the owner may read. */
const open = (): { path: string; mode: number }[] => entries().filter(({ mode }) => (mode & 0o077) !== 0);

const cyclesSoFar = (output: string): number =>
  Number(/cycles (\d+)/.exec(output.split('\n').at(-2) ?? '')?.[1] ?? 0);

describe('the store', () => {
  it('is made anew from the log, by hand and by itself when it does not open, and is the same', async () => {
    const first = await startLocal(folder, ['--rate-hz', '500']);
    await waitFor('two cycles', () => cyclesSoFar(first.output()) >= 2, 90_000);
    expect(await first.stop()).toBe(0);
    expect(open()).toEqual([]);
    // as an earlier version left it
    for (const { path, mode } of entries()) chmodSync(path, mode | (mode & 0o100 ? 0o055 : 0o044));
    const before = await contents();
    expect(before.samples).toBeGreaterThan(1000);
    expect(before.cycles.length).toBeGreaterThanOrEqual(2);

    const { stdout } = await promisify(execFile)(NODE, ['local/rebuild.ts', '--data-dir', folder], {
      cwd: ROOT,
    });
    expect(stdout).toContain('The store is rebuilt');
    expect(await contents()).toEqual(before);

    await writeFile(join(storeFolder(folder), 'pgdata', 'global', 'pg_control'), Buffer.alloc(8192));
    const second = await startLocal(folder, ['--device', 'false']);
    expect(second.output()).toMatch(/The store did not open\. It was set aside as .*store\.broken-/);
    await waitFor('every sample again', async () => {
      const answer = await fetch(`${second.httpUrl}/v1/pipeline`, {
        headers: { authorization: `Bearer ${await second.token()}` },
      });
      const { consumers } = (await answer.json()) as {
        consumers: { consumer: string; topic: string; lag: number }[];
      };
      const both = consumers.filter((c) => c.topic === 'loadcycle.samples');
      return both.length === 2 && both.every((c) => c.lag === 0);
    });
    expect(await second.stop()).toBe(0);
    expect(open()).toEqual([]);
    expect(await contents()).toEqual(before);
    // nothing is deleted: both stores before are still there
    expect((await readdir(folder)).filter((name) => name.startsWith('store.'))).toHaveLength(2);
  }, 480_000);
});
