import { formatUs } from '@loadcycle/contract';
import type { Command } from 'commander';
import { UsageError } from './exit-codes.ts';
import { momentUs } from './times.ts';

export interface RangeOptions {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export const withRange = (command: Command): Command =>
  command
    .option('--from <time>', 'start, inclusive: RFC 3339, a date (2026-11-24, UTC), now, or -15m')
    .option('--to <time>', 'end, exclusive; default: now');

/** The range as the API takes it; both ends against one reading of the clock. */
export function rangeOf({ from, to }: RangeOptions): { from?: string; to?: string } {
  const now = Date.now() * 1000;
  const fromUs = from === undefined ? undefined : momentUs('--from', from, now);
  const toUs = to === undefined ? undefined : momentUs('--to', to, now);
  if (fromUs !== undefined && fromUs > (toUs ?? now)) throw new UsageError('--from is after --to');
  return {
    ...(fromUs === undefined ? {} : { from: formatUs(fromUs) }),
    ...(toUs === undefined ? {} : { to: formatUs(toUs) }),
  };
}
