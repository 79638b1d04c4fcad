import { mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@loadcycle/contract';
import { IioSettings } from '@loadcycle/contract/agent-settings';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Chunk } from '../batcher.ts';
import { Clock } from '../clock.ts';
import { IioSource, MissedPlaces } from './iio.ts';

/** A folder that looks like /sys/bus/iio/devices/iio:device0. */
let device: string;
let stop: AbortController;
let running: Promise<unknown> | null;
let chunks: Record<string, { t0Us: number; dtUs: number; values: number[] }[]>;
let problems: (string | null)[];

const attribute = (name: string, value: string | number): void => {
  // whole or not at all, as an attribute of the kernel is
  writeFileSync(join(device, `.${name}`), `${value}\n`);
  renameSync(join(device, `.${name}`), join(device, name));
};

beforeEach(() => {
  device = mkdtempSync(join(tmpdir(), 'loadcycle-iio-'));
  stop = new AbortController();
  running = null;
  chunks = {};
  problems = [];
});

afterEach(async () => {
  stop.abort();
  await running;
  rmSync(device, { recursive: true });
});

function run(channels: object[], rateHz = 200, clock = new Clock()): IioSource {
  const source = new IioSource(IioSettings.parse({ kind: 'iio', devicePath: device, rateHz, channels }));
  const push = (signal: string, chunk: Chunk): undefined => {
    if (!('dtUs' in chunk)) throw new Error('iio samples on a grid');
    (chunks[signal] ??= []).push({ ...chunk, values: [...chunk.values] });
  };
  const complain = (problem: string | null): void => void problems.push(problem);
  running = source.run({ clock, log: silentLogger, signal: stop.signal, push, complain });
  return source;
}

const values = (signal: string): number[] => (chunks[signal] ?? []).flatMap((c) => c.values);
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
const read = (signal: string): number | undefined => values(signal).findLast((v) => !Number.isNaN(v));

test('raw, offset and scale of the channel: (raw + offset) × scale is millivolts', async () => {
  attribute('in_voltage0_raw', 1200);
  attribute('in_voltage0_offset', -200);
  attribute('in_voltage0_scale', 0.5);
  attribute('in_voltage_scale', 77);
  run([
    { channel: 'in_voltage0', signal: 'volt' },
    { channel: 'in_voltage0', signal: 'divided', factor: 1000 },
    { channel: 'in_voltage0', signal: 'milli', unit: 'mV' },
  ]);
  await until(() => read('milli') !== undefined);
  expect(read('volt')).toBeCloseTo(0.5, 12);
  expect(read('divided')).toBeCloseTo(500, 9);
  expect(read('milli')).toBe(500);
});

test('a scale that all channels of a type share, and a channel that is processed already', async () => {
  attribute('in_voltage1_raw', 100);
  attribute('in_voltage_scale', 2);
  attribute('in_temp_input', 21500);
  run([
    { channel: 'in_voltage1', signal: 'v' },
    { channel: 'in_temp', signal: 't', unit: 'Cel' },
  ]);
  await until(() => read('t') !== undefined);
  expect([read('v'), read('t')]).toEqual([0.2, 21.5]);
});

test('readings stand on an exact grid, at the time of their place', async () => {
  attribute('in_voltage0_raw', 1);
  const clock = new Clock();
  const before = clock.nowUs();
  run([{ channel: 'in_voltage0', signal: 'v' }], 200, clock);
  await until(() => values('v').length >= 60);
  const after = clock.nowUs();
  let next = chunks['v']![0]!.t0Us;
  expect(next).toBeGreaterThanOrEqual(before);
  for (const c of chunks['v']!) {
    expect(c).toMatchObject({ t0Us: next, dtUs: 5000 });
    next += c.values.length * 5000;
  }
  expect(next - 5000).toBeLessThanOrEqual(after);
});

test('a sensor that fails gives null samples and says so, until it gives values again', async () => {
  attribute('in_voltage0_raw', 1000);
  run([{ channel: 'in_voltage0', signal: 'v' }]);
  await until(() => read('v') === 1);
  unlinkSync(join(device, 'in_voltage0_raw'));
  await until(() => problems.at(-1)?.includes('in_voltage0_raw') ?? false);
  const from = values('v').length;
  await until(() => values('v').length > from);
  expect(values('v').at(-1)).toBeNaN();
  attribute('in_voltage0_raw', 3000);
  await until(() => problems.at(-1) === null && read('v') === 3);
});

test('a rate that cannot be kept is said after ten seconds, and no longer once it can', () => {
  const late = new MissedPlaces(100);
  const tenSeconds = (missed: number): string | null => {
    late.count(missed, 999);
    late.count(0, 1);
    return late.problem;
  };
  expect(tenSeconds(4)).toBeNull();
  expect(tenSeconds(250)).toContain('25 %');
  late.count(5, 10);
  expect(late.problem).toContain('25 %');
  late.count(0, 990);
  expect(tenSeconds(0)).toBeNull();
});

test('a step of the wall clock moves the grid from the next reading on', async () => {
  attribute('in_voltage0_raw', 1);
  let stepUs = 0;
  const { monotonicUs } = { monotonicUs: () => process.hrtime()[0] * 1e6 + process.hrtime()[1] / 1e3 };
  const clock = new Clock({ monotonicUs, wallUs: () => monotonicUs() + 1e15 + stepUs });
  run([{ channel: 'in_voltage0', signal: 'v' }], 200, clock);
  await until(() => (chunks['v']?.length ?? 0) > 0);
  stepUs = 3_600_000_000;
  expect(clock.checkWall()).toBeGreaterThan(3_599_000_000);
  const last = chunks['v']!.at(-1)!;
  await until(() => chunks['v']!.at(-1)!.t0Us > last.t0Us + 3_590_000_000);
});

test('a device, a channel or a unit that is not there is said at once', () => {
  attribute('in_voltage0_raw', 1);
  attribute('in_voltage0_scale', 'broken');
  expect(() => run([{ channel: 'in_voltage7', signal: 'v' }])).toThrow(
    expect.objectContaining({ code: 'source.unavailable' }),
  );
  expect(() => run([{ channel: 'in_voltage0', signal: 'v', unit: 'bar' }])).toThrow(
    expect.objectContaining({ code: 'settings.invalid' }),
  );
  expect(() => run([{ channel: 'in_voltage0', signal: 'v' }])).toThrow(/in_voltage0_scale/);
});
