import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoadcycleError } from '@loadcycle/contract';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type LoggerOptions, makeLogger } from './log.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadcycle-lines-'));
  path = join(folder, 'a.log');
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

interface Line {
  msg: string;
  level: string;
  code?: string;
  more?: number;
  [field: string]: unknown;
}
const linesOf = (file = path): Line[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l) as Line);
const logger = (o: LoggerOptions & { maxBytes?: number; keep?: number } = {}) =>
  makeLogger('p', 'info', { file: { path, maxBytes: o.maxBytes ?? 1e9, keep: o.keep ?? 3 }, ...o });

describe('a line', () => {
  test('is short, whatever stands in its fields', () => {
    const long = 'x'.repeat(1_000_000);
    const error = new LoadcycleError('broker.forbidden', long, { cause: new Error(long) });
    const fields = {
      topic: long,
      err: error,
      list: Array.from({ length: 100_000 }, () => long),
      deep: { a: { b: { c: { d: { e: long } } } } },
      bytes: new Uint8Array(1e6),
      [long]: long,
      ...Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`f${i}`, long])),
    };
    logger().warn(fields, long);
    expect(readFileSync(path).byteLength).toBeLessThan(60_000);
    const [line] = linesOf();
    expect(line!.msg).toMatch(/^x{500}… \(999500 more characters\)$/);
    expect(line!['topic']).toMatch(/^x{500}… \(999500 more characters\)$/);
    expect(line!['bytes']).toBe('(1000000 bytes)');
  });

  test('keeps an error’s code, cause and frames, and never a secret', () => {
    const error = new LoadcycleError('log.unavailable', 'away', { cause: new Error('why') });
    logger().warn({ code: error.code, err: error, password: 'p', a: { token: 't' } }, 'm');
    const [line] = linesOf();
    expect(line).toMatchObject({ code: 'log.unavailable', password: '(secret)', a: { token: '(secret)' } });
    expect(line!['err']).toMatchObject({ code: 'log.unavailable', message: expect.stringContaining('away') });
    expect((line!['err'] as { stack: string }).stack).toContain('log.test.ts');
  });
});

describe('lines that repeat', () => {
  test('are counted by their code; the count is told when the window ends', () => {
    vi.useFakeTimers();
    const log = logger({ perWindow: 20 });
    for (let i = 0; i < 1254; i++) log.warn({ code: 'broker.forbidden', topic: `t/${i}` }, 'refused');
    log.warn({ code: 'log.unavailable' }, 'another');
    expect(linesOf()).toHaveLength(21);
    vi.advanceTimersByTime(10_000);
    expect(linesOf()).toHaveLength(22);
    expect(linesOf().at(-1)).toMatchObject({
      level: 'warn',
      code: 'broker.forbidden',
      more: 1234,
      msg: 'refused: … and 1,234 more like this in 10 s',
    });
    // while it goes on, one line and the count
    for (let i = 0; i < 1000; i++) log.warn({ code: 'broker.forbidden' }, 'refused');
    vi.advanceTimersByTime(10_000);
    expect(linesOf()).toHaveLength(24);
    // it had ended: all as at the beginning
    vi.advanceTimersByTime(10_000);
    for (let i = 0; i < 5; i++) log.warn({ code: 'broker.forbidden' }, 'refused');
    expect(linesOf()).toHaveLength(29);
  });

  test('without a code are bounded too, though each is another', () => {
    vi.useFakeTimers();
    const log = logger();
    for (let i = 0; i < 100_000; i++) log.info({}, `something that a sender chose: ${i}`);
    vi.advanceTimersByTime(10_000);
    expect(linesOf().length).toBeLessThan(160);
  });

  test('are told at the end of the program as well', () => {
    const script = `
      import { makeLogger } from ${JSON.stringify(new URL('./log.ts', import.meta.url).href)};
      const log = makeLogger('p', 'info', { perWindow: 20 });
      for (let i = 0; i < 100; i++) log.error({ code: 'internal' }, 'again');`;
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(stderr.trim().split('\n')).toHaveLength(21);
    expect(stderr).toContain('… and 80 more like this in 1 s');
  });
});

describe('the file', () => {
  test('rotates by size, and keeps so many', () => {
    const log = logger({ maxBytes: 2_000, keep: 2, perWindow: 1e9 });
    for (let n = 0; n < 200; n++) log.info({ n }, 'line');
    expect(readdirSync(folder).toSorted()).toEqual(['a.log', 'a.log.1', 'a.log.2']);
    for (const name of readdirSync(folder)) {
      expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(2_000);
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    }
    const kept = ['a.log.2', 'a.log.1', 'a.log'].flatMap((name) =>
      linesOf(join(folder, name)).map((l) => l['n']),
    );
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 200 - kept.length + i));
  });

  test('is opened anew when it was deleted, or moved away as logrotate does', () => {
    vi.useFakeTimers();
    const log = logger();
    log.info({}, 'first');
    renameSync(path, `${path}.old`);
    vi.advanceTimersByTime(1_000);
    log.info({}, 'second');
    expect(linesOf().map((l) => l.msg)).toEqual(['second']);
    expect(linesOf(`${path}.old`).map((l) => l.msg)).toEqual(['first']);
    unlinkSync(path);
    vi.advanceTimersByTime(1_000);
    log.info({}, 'third');
    expect(linesOf().map((l) => l.msg)).toEqual(['third']);
    rmSync(folder, { recursive: true });
    vi.advanceTimersByTime(1_000);
    log.info({}, 'fourth');
    expect(linesOf().map((l) => l.msg)).toEqual(['fourth']);
  });
});
