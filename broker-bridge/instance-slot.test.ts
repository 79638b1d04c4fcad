import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claimSlot } from './instance-slot.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadcycle-slot-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the lowest free number, the same one again after a release', () => {
  const first = claimSlot(folder);
  const second = claimSlot(folder);
  expect([first.number, second.number]).toEqual([0, 1]);
  first.release();
  const again = claimSlot(folder);
  expect(again.number).toBe(0);
  again.release();
  second.release();
});

test('a process that is killed gives its number back', async () => {
  const code = `import { claimSlot } from ${JSON.stringify(join(import.meta.dirname, 'instance-slot.ts'))};
    console.log(claimSlot(${JSON.stringify(folder)}).number); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  expect(String(line).trim()).toBe('0');
  const beside = claimSlot(folder);
  expect(beside.number).toBe(1);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const after = claimSlot(folder);
  expect(after.number).toBe(0);
  after.release();
  beside.release();
});
