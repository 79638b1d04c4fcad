import { parseTimeUs } from '@loadcycle/contract';
import { WallClock } from '@loadcycle/contract/moment';

export const TIME_FORMATS = ['auto', 'iso', 's', 'ms', 'us', 'ns', 'excel'] as const;
export type TimeFormat = Exclude<(typeof TIME_FORMATS)[number], 'auto'>;

const NUMBER = /^(\d+)(?:[.,](\d+))?$/;
const EXPONENT = /^\d+(?:[.,]\d+)?e\+?\d+$/i;
/** decimal places from the unit to µs */
const PLACES = { s: 6, ms: 3, us: 0, ns: -3 } as const;

/** Excel's days, counted from here, in the years 1954 to 2119. As seconds they would be the afternoon of 1 January 1970. */
const EXCEL = { first: 20_000, last: 80_000, epochMs: Date.UTC(1899, 11, 30) } as const;

/**
 * Tells how a column writes its times, from one of them. A number's size tells its unit: days of a spreadsheet, or what is
 * since 1970 for every time from 1973 on. What is no number is a date.
 */
export function timeFormatOf(text: string): TimeFormat {
  if (EXPONENT.test(text)) return 's';
  const whole = NUMBER.exec(text)?.[1];
  if (whole === undefined) return 'iso';
  if (Number(whole) >= EXCEL.first && Number(whole) < EXCEL.last) return 'excel';
  return whole.length <= 11 ? 's' : whole.length <= 14 ? 'ms' : whole.length <= 17 ? 'us' : 'ns';
}

/** Reads the times of one column, row after row. `zone` (IANA) is that of times without an offset; absent: UTC. */
export class TimeReader {
  #format: TimeFormat | null;
  readonly #wall: WallClock | null;

  /** `format` null: told from the first time. */
  constructor(format: TimeFormat | null, zone?: string | undefined) {
    this.#format = format;
    this.#wall = zone === undefined ? null : new WallClock(zone);
  }

  get format(): TimeFormat | null {
    return this.#format;
  }

  /** Text → integer µs since the epoch. Throws an Error that says what is wrong. */
  read(text: string): number {
    this.#format ??= timeFormatOf(text);
    switch (this.#format) {
      case 'iso':
        return this.#wall === null ? parseTimeUs(text) : this.#wall.read(text);
      case 'excel': {
        const us = excelUs(text);
        return this.#wall === null ? us : this.#wall.usOf(us);
      }
      default:
        return epochUs(text, this.#format);
    }
  }
}

/** Digit by digit: as a float, a time in seconds would lose its last one. Digits past microseconds are cut. */
function epochUs(text: string, format: keyof typeof PLACES): number {
  const places = PLACES[format];
  if (EXPONENT.test(text)) return inRange(text, Math.round(Number(text.replace(',', '.')) * 10 ** places));
  const m = NUMBER.exec(text);
  if (m === null) throw new Error(`"${text}" is no time in ${format}`);
  const digits = m[1]! + (m[2] ?? '').padEnd(Math.max(0, places), '0').slice(0, Math.max(0, places));
  return inRange(text, Number(places < 0 ? digits.slice(0, places) || '0' : digits));
}

/** Days since 30 December 1899 → µs, as if they were UTC. A spreadsheet keeps milliseconds. */
function excelUs(text: string): number {
  if (!NUMBER.test(text)) throw new Error(`"${text}" is no day of a spreadsheet`);
  const ms = EXCEL.epochMs + Math.round(Number(text.replace(',', '.')) * 86_400_000);
  return inRange(text, ms * 1000);
}

function inRange(text: string, us: number): number {
  if (!Number.isSafeInteger(us)) throw new Error(`"${text}" is out of range`);
  return us;
}
