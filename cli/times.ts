import { LoadcycleError, parseDurationUs } from '@loadcycle/contract';
import { momentUs as anyMomentUs } from '@loadcycle/contract/moment';
import { UsageError } from './exit-codes.ts';

/** `now`, `-15m`, `+1h`, `15m` (ago), a date (UTC) or RFC 3339 → µs since the epoch. Throws a {@link UsageError} naming `flag`. */
export function momentUs(flag: string, text: string, nowUs = Date.now() * 1000): number {
  try {
    return anyMomentUs(/^\d+(\.\d+)?[a-z]/.test(text) ? `-${text}` : text, nowUs);
  } catch (error) {
    if (!(error instanceof LoadcycleError)) throw error;
    throw new UsageError(
      `${flag}: "${text}" is no time`,
      'write a duration before now as -15m, a date as 2026-11-24, or 2026-11-24T10:00:00Z',
    );
  }
}

/** `30s`, `1h30m` → µs. Throws a {@link UsageError} naming `flag`. */
export function durationUs(flag: string, text: string): number {
  try {
    return parseDurationUs(text);
  } catch {
    throw new UsageError(`${flag}: "${text}" is no duration`, 'write it as 30s, 15m or 1h30m');
  }
}

/** The number by which the API knows something. */
export const idOf = (text: string, what = 'id'): number => numberOf(what, text, 0, 1e15 - 1, true);

/** A number in a flag. */
export function numberOf(flag: string, text: string, min: number, max: number, whole = false): number {
  const value = Number(text);
  const fits = text.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value));
  if (fits) return value;
  throw new UsageError(
    `${flag}: "${text}" must be ${whole ? 'a whole number' : 'a number'} from ${min} to ${max}`,
  );
}
