import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@loadcycle/contract';
import { ReplaySettings } from '@loadcycle/contract/agent-settings';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Chunk } from '../batcher.ts';
import { Clock } from '../clock.ts';
import { ReplaySource } from './replay.ts';

const T0 = 1_790_000_000_000_000;
let folder: string;
let warnings: { fields: { line?: number; bad?: number }; message: string }[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadcycle-replay-'));
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const log: Logger = {
  debug() {},
  info() {},
  warn: (fields, message) => void warnings.push({ fields, message }),
  error() {},
};

interface Options {
  clock?: Clock;
  signal?: AbortSignal;
  take?: (count: number) => Promise<void> | undefined;
}

function file(text: string): string {
  const path = join(folder, 'data.csv');
  writeFileSync(path, text);
  return path;
}

const source = (text: string, more: object = {}): ReplaySource =>
  new ReplaySource(
    ReplaySettings.parse({
      kind: 'replay',
      file: file(text),
      speed: 0,
      columns: [{ column: 'v', signal: 'v' }],
      ...more,
    }),
  );

/** Runs to the end: signal → [time, value] of each sample. */
async function samples(replay: ReplaySource, o: Options = {}) {
  const found: Record<string, [number, number][]> = {};
  let count = 0;
  const push = (signal: string, chunk: Chunk): Promise<void> | undefined => {
    if (!('timesUs' in chunk)) throw new Error('a replay has a time for each sample');
    const list = (found[signal] ??= []);
    chunk.values.forEach((v, i) => {
      list.push([chunk.timesUs[i]!, v]);
    });
    count += chunk.values.length;
    return o.take?.(count);
  };
  const signal = o.signal ?? new AbortController().signal;
  const how = await replay.run({ clock: o.clock ?? new Clock(), log, signal, push, complain() {} });
  return { found, how };
}

test.each([
  ['iso', '2026-09-21T13:33:20.000001Z', '2026-09-21T13:33:20.000002Z'],
  ['an offset', '2026-09-21T15:33:20.000001+02:00', '2026-09-21T15:33:20.000002+0200'],
  ['date and time', '2026-09-21 14:13:20.000001', '2026-09-21 14:13:20.000002'],
  ['seconds', '1790000000.000001', '1790000000.000002'],
  ['milliseconds', '1790000000000.001', '1790000000000.002'],
  ['microseconds', '1790000000000001', '1790000000000002'],
  ['nanoseconds', '1790000000000001000', '1790000000000002000'],
])('times as %s are told apart and read to the microsecond', async (_, a, b) => {
  const { found } = await samples(source(`time,v\n${a},1\n${b},2\n`));
  const times = found['v']!.map(([t]) => t);
  expect(times[1]! - times[0]!).toBe(1);
  expect(times[0]! % 1_000_000).toBe(1);
});

test.each([',', ';', '\t', '|'])(
  'delimiter %j is found, quotes and a byte order mark are understood',
  async (d) => {
    const text = `\uFEFF"when"${d}"a ${d} b"${d}v\n${T0}${d}"1"${d}2\n`;
    const { found } = await samples(
      source(text, {
        timeColumn: 'when',
        columns: [
          { column: `a ${d} b`, signal: 'a' },
          { column: 'v', signal: 'v' },
        ],
      }),
    );
    expect(found).toEqual({ a: [[T0, 1]], v: [[T0, 2]] });
  },
);

test('decimal commas, where the file says so', async () => {
  const { found } = await samples(source(`time;v\n${T0};230,5\n`, { decimalComma: true }));
  expect(found['v']).toEqual([[T0, 230.5]]);
});

test('a line that makes no sense is counted and told with its number; an empty cell is a failed sample', async () => {
  const text = [
    'time,v',
    `${T0},1`,
    'yesterday,2',
    `${T0 + 1}`,
    `${T0 + 2},x`,
    '',
    `${T0 + 3},`,
    `${T0 + 4},5`,
    `"${T0 + 5},6`,
  ];
  const replay = source(text.join('\n'));
  const { found, how } = await samples(replay);
  expect(how).toBe('ended');
  expect(found['v']).toEqual([
    [T0, 1],
    [T0 + 3, Number.NaN],
    [T0 + 4, 5],
  ]);
  expect(warnings.slice(0, 3).map((w) => w.fields.line)).toEqual([3, 4, 5]);
  expect(replay.badLines).toBe(4);
  expect(warnings.at(-1)!.fields.bad).toBe(4);
});

test.each([
  [1, 'now'],
  [0.5, 'now'],
  [60, 'before'],
  [0, 'before'],
])(
  'shifted to now at speed %d, no time is ahead of the clock; the first row is %s',
  async (speed, begins) => {
    const clock = new Clock();
    const startUs = clock.nowUs();
    const replay = source('time,v\n100,1\n100.03,2\n100.06,3\n', { shift: 'now', speed });
    let ahead = -Infinity;
    const times: number[] = [];
    const push = (_: string, chunk: Chunk): undefined => {
      if (!('timesUs' in chunk)) throw new Error('a replay has a time for each sample');
      times.push(...chunk.timesUs);
      ahead = Math.max(ahead, times.at(-1)! - clock.nowUs());
    };
    await replay.run({ clock, log, signal: new AbortController().signal, push, complain() {} });
    expect([times[1]! - times[0]!, times[2]! - times[0]!]).toEqual([30_000, 60_000]);
    // a row is given up to a millisecond before its time
    expect(ahead).toBeLessThanOrEqual(1000 * Math.max(1, speed));
    expect(times[0]! < startUs ? 'before' : 'now').toBe(begins);
  },
);

test.each([
  ['time,v\n', 'it ends after its first line'],
  ['time,v\nyesterday,1\ntoday,2\n', 'line 2: "yesterday" is not a date and time'],
])('a file without any line that makes sense fails: %j', async (text, hint) => {
  await expect(samples(source(text))).rejects.toMatchObject({ code: 'source.unavailable', hint });
});

test('times of a zone, and of a spreadsheet', async () => {
  const zoned = await samples(source('time,v\n2026-07-01 10:00:00,1\n', { tz: 'Europe/Berlin' }));
  expect(zoned.found['v']).toEqual([[Date.UTC(2026, 6, 1, 8) * 1000, 1]]);
  const days = await samples(source('time,v\n46350.5,1\n'));
  expect(days.found['v']).toEqual([[Date.UTC(2026, 10, 24, 12) * 1000, 1]]);
});

test('at ten times the speed a row is not given before its time', async () => {
  const t = { us: 0 };
  const clock = new Clock({ monotonicUs: () => t.us, wallUs: () => t.us });
  const replay = source(`time,v\n${T0},1\n${T0 + 10_000_000},2\n${T0 + 20_000_000},3\n`, { speed: 10 });
  const stop = new AbortController();
  const first = samples(replay, { clock, signal: stop.signal, take: async () => stop.abort() });
  expect((await first).found['v']).toEqual([[T0, 1]]);
  // stopped by a command, and started again: it goes on where it was
  t.us = 5_000_000;
  const rest = await samples(replay, {
    clock: new Clock({ monotonicUs: () => (t.us += 1e6), wallUs: () => t.us }),
  });
  expect(rest.found['v']!.map(([, v]) => v)).toEqual([2, 3]);
});

test('a large file is read only as fast as it is taken', async () => {
  const rows = Array.from({ length: 200_000 }, (_, i) => `${T0 + i},${i}`).join('\n');
  const replay = source(`time,v\n${rows}\n`);
  const stop = new AbortController();
  let largest = 0;
  const { how } = await samples(replay, {
    signal: stop.signal,
    take: async (count) => {
      largest = count;
      if (count >= 3000) stop.abort();
    },
  });
  expect({ how, largest }).toEqual({ how: 'aborted', largest: 3000 });
  await replay.close();
});

test('a file or a column that is not there is said at once, with the columns that are', () => {
  expect(() => source('time,a,b\n')).toThrow(
    expect.objectContaining({ code: 'source.unavailable', hint: 'it has: time, a, b' }),
  );
  const columns = [{ column: 'v', signal: 'v' }];
  expect(
    () => new ReplaySource(ReplaySettings.parse({ kind: 'replay', file: '/nowhere.csv', columns })),
  ).toThrow(expect.objectContaining({ code: 'source.unavailable' }));
});
