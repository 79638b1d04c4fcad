import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceUsername } from '@loadcycle/contract/acl';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DevicePasswords } from './device-passwords.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadcycle-passwords-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a device has a file with one line, which the broker’s group may read whatever the umask is', async () => {
  const passwords = await DevicePasswords.open(join(folder, 'new'));
  const umask = process.umask(0o077);
  try {
    await passwords.set('hall/press', 'first');
    await passwords.set('hall/press', 'second');
  } finally {
    process.umask(umask);
  }
  expect(readdirSync(join(folder, 'new'))).toEqual(['hall.press']);
  const file = join(folder, 'new', 'hall.press');
  expect(statSync(file).mode & 0o777).toBe(0o640);
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(/^hall\/press:\$7\$\d+\$[\w+/]{16}\$[\w+/]{86}==\n$/);
  expect(text).not.toContain('second');
  expect(await passwords.has('hall/press')).toBe(true);
  expect(await passwords.remove('hall/press')).toBe(true);
  expect(await passwords.remove('hall/press')).toBe(false);
  expect(await passwords.has('hall/press')).toBe(false);
});

test('names that look alike are not the same file', async () => {
  const passwords = await DevicePasswords.open(folder);
  for (const name of ['a-b/c', 'a/b-c', 'a_b/c', 'a/b_c']) await passwords.set(name, name);
  expect(readdirSync(folder)).toHaveLength(4);
});

test.each([
  serviceUsername('bridge'),
  'hall',
  'hall/press/x',
  '../press',
  'hall/..',
  'Hall/press',
  'hall/press\n',
  '',
])('%j is no device', async (name) => {
  const passwords = await DevicePasswords.open(folder);
  const wanted = { code: 'request.invalid' };
  for (const work of [
    () => passwords.set(name, 'x'),
    () => passwords.setLine(name, 'x'),
    () => passwords.remove(name),
  ]) {
    await expect(work()).rejects.toMatchObject(wanted);
  }
  expect(readdirSync(folder)).toEqual([]);
});

test('what a killed writer left goes; what another one is writing stays', async () => {
  writeFileSync(join(folder, '.left'), '');
  utimesSync(join(folder, '.left'), 0, 0);
  writeFileSync(join(folder, '.writing'), '');
  await DevicePasswords.open(folder);
  expect(readdirSync(folder)).toEqual(['.writing']);
});
