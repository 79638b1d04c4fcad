import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { momentUs, offsetUs } from './moment.ts';
import { formatUs } from './time.ts';

const NOW = Date.UTC(2026, 10, 24, 12) * 1000;
const at = (text: string, zone?: string): string => formatUs(momentUs(text, NOW, zone));

describe('a moment', () => {
  it.each([
    ['now', undefined, '2026-11-24T12:00:00.000000Z'],
    ['-15m', undefined, '2026-11-24T11:45:00.000000Z'],
    ['2026-11-24', undefined, '2026-11-24T00:00:00.000000Z'],
    ['2026-07-01', 'Europe/Berlin', '2026-06-30T22:00:00.000000Z'],
    ['2026-11-24 10:00:00 +02:00', 'Asia/Tokyo', '2026-11-24T08:00:00.000000Z'],
    ['2026-11-24 10:00:00+02', undefined, '2026-11-24T08:00:00.000000Z'],
    ['+1h30m', undefined, '2026-11-24T13:30:00.000000Z'],
    ['2026-11-24T10:00:00.000007Z', 'Europe/Berlin', '2026-11-24T10:00:00.000007Z'],
    ['2026-11-24T10:00:00+02:00', 'Asia/Tokyo', '2026-11-24T08:00:00.000000Z'],
    ['2026-07-01T10:00:00', 'Europe/Berlin', '2026-07-01T08:00:00.000000Z'],
    ['2026-12-01T10:00:00', 'Europe/Berlin', '2026-12-01T09:00:00.000000Z'],
    ['2026-07-01T10:00:00.123456', 'Asia/Kolkata', '2026-07-01T04:30:00.123456Z'],
    // 02:30 is there twice when the clock goes back: the first one
    ['2026-10-25T02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00.000000Z'],
    // and is skipped when it goes forward: half an hour after the gap
    ['2026-03-29T02:30:00', 'Europe/Berlin', '2026-03-29T01:30:00.000000Z'],
    ['2026-11-01T01:30:00', 'America/New_York', '2026-11-01T05:30:00.000000Z'],
  ])('%s in %s is %s', (text, zone, expected) => {
    expect(at(text, zone)).toBe(expected);
  });

  it.each([
    '',
    '-',
    'yesterday',
    '2026-02-30',
    '2026-11',
    '15m',
    '-15',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '1795514400',
  ])('is not %s', (text) => {
    expect(() => momentUs(text, NOW, undefined)).toThrow();
  });

  it('never leaves what a number of µs holds exactly', () => {
    for (const text of ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '-999999999w', '+999999999w']) {
      expect(Number.isSafeInteger(momentUs(text, NOW, undefined))).toBe(true);
    }
  });

  it('on a wall in any zone is the instant whose wall shows it, but for hours that are skipped', () => {
    const zones = fc.constantFrom(
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'UTC',
      'America/St_Johns',
    );
    fc.assert(
      fc.property(
        zones,
        fc.integer({ min: Date.UTC(1975, 0) / 1000, max: Date.UTC(2037, 0) / 1000 }),
        (zone, s) => {
          const us = s * 1e6;
          const wall = formatUs(us + offsetUs(us, zone)).slice(0, -1);
          const back = momentUs(wall, NOW, zone);
          // the same, or the earlier of two instants with the same wall
          expect(back + offsetUs(back, zone)).toBe(us + offsetUs(us, zone));
          expect(back).toBeLessThanOrEqual(us);
        },
      ),
      { numRuns: 300 },
    );
  });
});
