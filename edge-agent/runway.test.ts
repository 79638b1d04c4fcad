import { expect, test } from 'vitest';
import { type OutboxLevel, RunwayMeter } from './runway.ts';

const MB = 1_000_000;
const level = (bytes: number, totalBytes: number): OutboxLevel => ({
  batches: bytes / 1000,
  bytes,
  diskBytes: bytes * 1.25,
  diskLimitBytes: 1000 * MB,
  totalBytes,
});

test('while nothing is confirmed: the hours until the limit at the present rate', () => {
  const meter = new RunwayMeter();
  expect(meter.measure(level(0, 0), 0, 0).hoursLeft).toBeNull();
  // 0.1 MB/s of payload, 0.125 MB/s on disk
  const runway = meter.measure(level(1 * MB, 1 * MB), 10_000, 0);
  expect(runway.hoursLeft).toBeCloseTo((1000 - 1.25) / 0.125 / 3600, 6);
  expect(runway).toMatchObject({ batches: 1000, bytes: MB, limitBytes: 1000 * MB, drainedAt: null });
});

test('while it drains: when that is done', () => {
  const meter = new RunwayMeter();
  meter.measure(level(50 * MB, 50 * MB), 0, 0);
  const runway = meter.measure(level(30 * MB, 51 * MB), 10_000, 7_000_000);
  expect(runway).toMatchObject({ hoursLeft: null, drainedAt: 7_000_000 + 15_000_000 });
});

test('the few batches that are always on their way are no backlog', () => {
  const meter = new RunwayMeter();
  meter.measure(level(10_000, 50 * MB), 0, 0);
  expect(meter.measure(level(12_000, 60 * MB), 10_000, 0)).toMatchObject({
    hoursLeft: null,
    drainedAt: null,
  });
});

test('only the last half minute counts: an old calm does not hide a new outage', () => {
  const meter = new RunwayMeter();
  for (let s = 0; s <= 600; s += 5) meter.measure(level(0, s * MB), s * 1000, 0);
  let last = meter.measure(level(0, 600 * MB), 600_000, 0);
  for (let s = 605; s <= 640; s += 5) last = meter.measure(level((s - 600) * MB, s * MB), s * 1000, 0);
  expect(last.hoursLeft).toBeCloseTo((1000 - 50) / 1.25 / 3600, 3);
});
