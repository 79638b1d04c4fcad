import fc from 'fast-check';
import { expect, it } from 'vitest';
import { csvTimeUs, timeFormatOf } from './csv-time.ts';

it('reads one instant in every way that it may be written', () => {
  const us = 1_790_000_000_123_456;
  const ways = [
    '2026-09-21T14:13:20.123456Z',
    '2026-09-21 14:13:20.123456',
    '2026-09-21T16:13:20.123456+02:00',
    '1790000000.123456',
    '1790000000,123456',
    '1790000000123.456',
    '1790000000123456',
    '1790000000123456789',
  ];
  for (const text of ways) expect(csvTimeUs(text, timeFormatOf(text)), text).toBe(us);
});

it('loses no microsecond of any time in seconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1e14, max: 4e15 }), (us) => {
      const text = `${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}`;
      expect(csvTimeUs(text, timeFormatOf(text))).toBe(us);
    }),
  );
});

it('refuses what is no time', () => {
  expect(() => csvTimeUs('soon', 'iso')).toThrow();
  expect(() => csvTimeUs('12x', 's')).toThrow(/no time/);
  expect(() => csvTimeUs('99999999999999999999', 's')).toThrow(/out of range/);
});
