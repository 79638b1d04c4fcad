import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { replaceFile, takePrivate } from './files.ts';

let folder: string;
const at = (name: string): string => join(folder, name);
const mode = (name: string): string => (statSync(at(name)).mode & 0o777).toString(8);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadcycle-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function loose(name: string): void {
  writeFileSync(at(name), name);
  chmodSync(at(name), 0o664);
}

test('what is there already becomes private, with all that is in it', () => {
  mkdirSync(at('data/store/deep'), { recursive: true });
  loose('data/store/deep/file');
  loose('data/log.db');
  for (const name of ['data', 'data/store', 'data/store/deep']) chmodSync(at(name), 0o755);
  takePrivate(at('data'), /^(store|log\.db)$/);
  expect(['data', 'data/store', 'data/store/deep'].map(mode)).toEqual(['700', '700', '700']);
  expect(['data/store/deep/file', 'data/log.db'].map(mode)).toEqual(['600', '600']);
});

test('a folder that holds other things keeps its rights, as they do; a link is not followed', () => {
  loose('outside');
  mkdirSync(at('data'));
  loose('data/notes.txt');
  loose('data/log.db');
  symlinkSync(at('outside'), at('data/log.db-link'));
  chmodSync(at('data'), 0o755);
  takePrivate(at('data'), /^log\.db/);
  expect(['data', 'data/notes.txt', 'data/log.db', 'outside'].map(mode)).toEqual([
    '755',
    '664',
    '600',
    '664',
  ]);
});

test('a folder that is not there is made private, and a file takes the place of another with its own mode', () => {
  takePrivate(at('new/data'), /./);
  expect(mode('new/data')).toBe('700');
  loose('file');
  replaceFile(at('file'), 'other');
  expect([mode('file'), readFileSync(at('file'), 'utf8')]).toEqual(['600', 'other']);
  replaceFile(at('file'), 'shared', 0o640);
  expect(mode('file')).toBe('640');
});
