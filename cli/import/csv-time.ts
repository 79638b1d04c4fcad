import { parseTimeUs } from '@loadcycle/contract';

export const TIME_FORMATS = ['auto', 'iso', 's', 'ms', 'us', 'ns'] as const;
export type TimeFormat = Exclude<(typeof TIME_FORMATS)[number], 'auto'>;

const NUMBER = /^(\d+)(?:[.,](\d+))?$/;
/** decimal places from the unit to µs */
const PLACES = { s: 6, ms: 3, us: 0, ns: -3 } as const;

/** A number's size tells its unit, for every time from 1973 on; what is no number is a date. */
export function timeFormatOf(text: string): TimeFormat {
  const whole = NUMBER.exec(text)?.[1];
  if (whole === undefined) return 'iso';
  return whole.length <= 11 ? 's' : whole.length <= 14 ? 'ms' : whole.length <= 17 ? 'us' : 'ns';
}

/** Text → integer µs since the epoch, digit by digit: as a float, a time in seconds would lose its last one. */
export function csvTimeUs(text: string, format: TimeFormat): number {
  if (format === 'iso') return parseTimeUs(text);
  const m = NUMBER.exec(text);
  if (m === null) throw new Error(`"${text}" is no time in ${format}`);
  const places = PLACES[format];
  const digits = m[1]! + (m[2] ?? '').padEnd(Math.max(0, places), '0').slice(0, Math.max(0, places));
  const us = Number(places < 0 ? digits.slice(0, places) || '0' : digits);
  if (!Number.isSafeInteger(us)) throw new Error(`"${text}" is out of range`);
  return us;
}
