import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatUs, parseDurationUs, parseTimeUs } from './time.ts';

describe('times', () => {
  it('keeps every microsecond there and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (us) => {
        expect(parseTimeUs(formatUs(us))).toBe(us);
      }),
    );
  });

  it.each([
    ['2026-11-24T10:00:00Z', 1795514400000000],
    ['2026-11-24 10:00:00', 1795514400000000],
    ['2026-11-24T10:00:00.000001Z', 1795514400000001],
    ['2026-11-24T12:00:00.5+02:00', 1795514400500000],
    ['2026-11-24T12:00+0200', 1795514400000000],
  ])('%s', (text, us) => expect(parseTimeUs(text)).toBe(us));

  it.each(['', 'yesterday', '2026-02-30T00:00:00Z', '2026-11-24', '2026-11-24T25:00:00Z'])(
    'refuses %j',
    (text) => expect(() => parseTimeUs(text)).toThrow('is not a date and time'),
  );
});

describe('durations', () => {
  it.each([
    ['15m', 900e6],
    ['1h30m', 5400e6],
    ['250ms', 250e3],
    ['1.5s', 1.5e6],
    ['7d', 604800e6],
  ])('%s', (text, us) => expect(parseDurationUs(text)).toBe(us));

  it.each(['', '15', 'm', '5m later', '-5m'])('refuses %j', (text) =>
    expect(() => parseDurationUs(text)).toThrow('is not a duration'),
  );
});
