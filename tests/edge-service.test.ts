import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentSettings, sourceSettings } from '@loadcycle/edge-agent/flags';
import { commonSettings } from '@loadcycle/service';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const unitFile = join(root, 'deploy/edge/loadcycle-agent.service');
const installer = join(root, 'deploy/edge/install.sh');
const unit = readFileSync(unitFile, 'utf8');
const script = readFileSync(installer, 'utf8');

test('every LOADCYCLE_ variable of unit, installer and page is a setting of the agent', () => {
  const known = new Set(
    Object.keys({ ...agentSettings, ...sourceSettings, ...commonSettings }).map(
      (name) => `LOADCYCLE_${name.replace(/[A-Z]/g, (c) => `_${c}`).toUpperCase()}`,
    ),
  );
  const page = readFileSync(join(root, 'docs/device.md'), 'utf8');
  const named = [unit, script, page].flatMap((text) => text.match(/LOADCYCLE_[A-Z_]+/g) ?? []);
  expect(named.length).toBeGreaterThan(5);
  expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([]);
});

test('the program starts with exactly the flags of the unit', () => {
  const start = /^ExecStart=\S+ (.*)$/m.exec(unit)![1]!.split(' ');
  const main = start.findIndex((a) => a.endsWith('.ts'));
  expect(existsSync(join(root, start[main]!))).toBe(true);
  const { status, stdout, stderr } = spawnSync(process.execPath, [...start.slice(0, main + 1), '--help'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const flag of start.slice(main + 1).filter((a) => a.startsWith('--'))) expect(stdout).toContain(flag);
});

test('systemd understands the unit, and rates it as closed', (ctx) => {
  const rated = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', unitFile], {
    encoding: 'utf8',
  });
  if (rated.error) return ctx.skip('systemd-analyze is not installed');
  expect(rated.stdout + rated.stderr).not.toMatch(/Unknown|Failed to parse/i);
  expect(rated.status, rated.stdout).toBe(0);
});

test('the installer is a script that a plain shell reads, and says what it takes', () => {
  expect(spawnSync('sh', ['-n', installer]).status).toBe(0);
  const help = spawnSync('sh', [installer, '--help'], { encoding: 'utf8' });
  const taken = [...script.matchAll(/^ {4}(--[a-z-]+(?: \| --?[a-z-]+)*)\)/gm)].flatMap((m) =>
    m[1]!.split(' | '),
  );
  for (const flag of taken.filter((f) => f.startsWith('--'))) expect(`${help.stdout}--help`).toContain(flag);
  expect(taken.length).toBeGreaterThan(8);
});
