import { parseTimeUs } from '@loadcycle/contract';

export type TimeFormat = 'iso' | 's' | 'ms' | 'us' | 'ns';

const NUMBER = /^[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?$/;
const DECIMALS_US: Record<Exclude<TimeFormat, 'iso'>, number> = { s: 6, ms: 3, us: 0, ns: -3 };

/**
 * Tells how a column writes its times, from one of them: anything but a number is a date, and a number's size tells
 * its unit (each unit covers the years 1973 to 5138 without overlap).
 */
export function detectTimeFormat(text: string): TimeFormat {
  if (!NUMBER.test(text)) return 'iso';
  const size = Math.abs(Number(text.replace(',', '.')));
  if (size < 1e11) return 's';
  if (size < 1e14) return 'ms';
  return size < 1e17 ? 'us' : 'ns';
}

/**
 * Text → integer µs since the epoch; digits past microseconds are rounded away. A date without an offset is UTC.
 * Throws an Error that says what is wrong.
 */
export function readTimeUs(text: string, format: TimeFormat): number {
  if (format === 'iso') return parseTimeUs(text);
  if (!NUMBER.test(text)) throw new Error(`"${text}" is not a number of ${format}`);
  const us = shiftDecimals(text.replace(',', '.'), DECIMALS_US[format]);
  if (us < 0 || us > Number.MAX_SAFE_INTEGER) throw new Error(`"${text}" is out of range`);
  return us;
}

/** Multiplies by a power of ten in decimal: 1790000000.123457 s would lose its last digit as a float. */
function shiftDecimals(text: string, by: number): number {
  if (/[eE]/.test(text)) return Math.round(Number(text) * 10 ** by);
  if (by < 0) return Math.round(Number(text) * 10 ** by);
  const [whole = '', fraction = ''] = text.split('.');
  const digits = fraction.padEnd(by, '0');
  const us = Number(whole + digits.slice(0, by));
  return Number(digits[by] ?? '0') >= 5 ? us + 1 : us;
}
