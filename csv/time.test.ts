import { formatUs } from '@loadcycle/contract';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type TimeFormat, TimeReader, timeFormatOf } from './time.ts';

const read = (text: string, format: TimeFormat | null = null, zone?: string): number =>
  new TimeReader(format, zone).read(text);

it('reads one instant in every way that it may be written', () => {
  const us = 1_790_000_000_123_456;
  const ways = [
    '2026-09-21T14:13:20.123456Z',
    '2026-09-21 14:13:20.123456',
    '2026-09-21T16:13:20.123456+02:00',
    '2026-09-21 16:13:20.123456 +02:00',
    '2026-09-21 16:13:20,123456+02',
    '1790000000.123456',
    '1790000000,123456',
    '1790000000123.456',
    '1790000000123456',
    '1790000000123456789',
    '1.790000000123456e9',
  ];
  for (const text of ways) expect(read(text), text).toBe(us);
});

it('loses no microsecond of any time in seconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1e14, max: 4e15 }), (us) => {
      const text = `${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}`;
      expect(read(text)).toBe(us);
    }),
  );
});

it("reads a spreadsheet's days, to the millisecond", () => {
  expect(timeFormatOf('46350.5')).toBe('excel');
  expect(formatUs(read('46350.5'))).toBe('2026-11-24T12:00:00.000000Z');
  expect(formatUs(read('46350,5000000116'))).toBe('2026-11-24T12:00:00.001000Z');
  expect(formatUs(read('46350.5', null, 'Europe/Berlin'))).toBe('2026-11-24T11:00:00.000000Z');
  // a recording that counts from its beginning, and who says that it is seconds
  expect(timeFormatOf('12')).toBe('s');
  expect(read('46350.5', 's')).toBe(46_350_500_000);
});

it('reads times without an offset on the clock of a zone', () => {
  expect(formatUs(read('2026-07-01 10:00', null, 'Europe/Berlin'))).toBe('2026-07-01T08:00:00.000000Z');
  expect(formatUs(read('2026-07-01 10:00Z', null, 'Europe/Berlin'))).toBe('2026-07-01T10:00:00.000000Z');
  expect(read('1790000000', null, 'Europe/Berlin')).toBe(1_790_000_000_000_000);
});

it('an hour that comes twice is read as two, in the order of the rows', () => {
  const reader = new TimeReader(null, 'Europe/Berlin');
  const rows = ['01:30', '02:00', '02:30', '02:00', '02:30', '03:00'];
  expect(rows.map((clock) => formatUs(reader.read(`2026-10-25 ${clock}`)).slice(11, 16))).toEqual([
    '23:30',
    '00:00',
    '00:30',
    '01:00',
    '01:30',
    '02:00',
  ]);
});

it('refuses what is no time', () => {
  expect(() => read('soon', 'iso')).toThrow();
  expect(() => read('2026-02-30T00:00:00Z', 'iso')).toThrow();
  expect(() => read('12x', 's')).toThrow(/no time/);
  expect(() => read('99999999999999999999', 's')).toThrow(/out of range/);
});
