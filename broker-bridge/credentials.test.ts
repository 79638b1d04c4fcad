import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Credentials } from './credentials.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadcycle-credentials-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a password opens for its user only, and is nowhere in the file', async () => {
  const file = join(folder, 'deep', 'credentials.json');
  const credentials = new Credentials(file);
  await credentials.set('hall/press', 'open sesame');
  await credentials.set('hall/lathe', 'other');
  expect(await credentials.verify('hall/press', 'open sesame')).toBe(true);
  expect(await credentials.verify('hall/press', 'other')).toBe(false);
  expect(await credentials.verify('hall/nobody', 'other')).toBe(false);
  expect(readFileSync(file, 'utf8')).not.toContain('sesame');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('another process’s change is seen without a restart', async () => {
  const file = join(folder, 'credentials.json');
  const broker = new Credentials(file);
  expect(await broker.verify('hall/press', 'x')).toBe(false);
  const enrolment = new Credentials(file);
  await enrolment.set('hall/press', 'x');
  expect(await broker.verify('hall/press', 'x')).toBe(true);
  expect(enrolment.remove('hall/press')).toBe(true);
  expect(enrolment.remove('hall/press')).toBe(false);
  expect(await broker.verify('hall/press', 'x')).toBe(false);
});

test('a name that is neither a device’s nor a service’s is refused', async () => {
  await expect(new Credentials(join(folder, 'c.json')).set('root', 'x')).rejects.toMatchObject({
    code: 'request.invalid',
  });
});
