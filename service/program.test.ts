import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
// beside the programs, so that the imports are found
beforeEach(async () => void (folder = await mkdtemp(join(import.meta.dirname, '.program-test-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs a program whose `start` is `body`; sends SIGTERM once it has printed `until`. */
async function run(
  body: string,
  until: string | null,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const file = join(folder, 'program.ts');
  await writeFile(
    file,
    `import { LoadcycleError } from '@loadcycle/contract';
     import { Counter, runProgram } from '@loadcycle/service';
     let tries = 0;
     await runProgram({ name: 'p', usage: 'p', about: 'p', settings: {}, start: async ({ registry, health, healthUrl, onStop, log }) => { ${body} } });
     console.log('ended in order');`,
  );
  const child = spawn(process.execPath, [file, '--health-port', '0', '--log-level', 'warn']);
  let stdout = '';
  let stderr = '';
  let asked = false;
  child.stdout.on('data', (d) => {
    stdout += d;
    // once: a second time means at once
    if (asked || until === null || !stdout.includes(until)) return;
    asked = true;
    child.kill('SIGTERM');
  });
  child.stderr.on('data', (d) => (stderr += d));
  const [code] = await once(child, 'close');
  return { code: code as number | null, stdout, stderr };
}

describe('runProgram', () => {
  it('waits for an engine that is away at the start, unready meanwhile, and closes what the try had opened', async () => {
    const { code, stdout, stderr } = await run(
      `new Counter({ name: 'work_total', help: 'x', registers: [registry] });
       onStop('a', () => console.log('closed a'));
       if (tries++ === 0) {
         console.log('ready', (await fetch(healthUrl + '/readyz')).status);
         throw new LoadcycleError('store.unavailable', 'the store is away');
       }
       setTimeout(async () => console.log('ready', (await fetch(healthUrl + '/readyz')).status, 'now'), 0);`,
      'now',
    );
    expect(stderr).toContain('cannot start yet: the store is away');
    expect(stdout.split('\n').filter((l) => l !== '')).toEqual([
      'ready 503',
      'closed a',
      'ready 200 now',
      'closed a',
      'ended in order',
    ]);
    expect(code).toBe(0);
  });

  it('ends with one line and a code where a start can not succeed, closing in reverse order', async () => {
    const { code, stdout, stderr } = await run(
      `onStop('a', () => console.log('closed a')); onStop('b', () => console.log('closed b'));
       throw new LoadcycleError('store.schema', 'the schema is old', { hint: 'migrate it' });`,
      null,
    );
    expect(stderr).toBe('p: the schema is old (migrate it) [store.schema]\n');
    expect(stdout).toBe('closed b\nclosed a\nended in order\n');
    expect(code).toBe(1);
  });
});
