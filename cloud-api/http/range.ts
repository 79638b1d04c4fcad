import { LoadcycleError, parseDurationUs } from '@loadcycle/contract';
import { momentUs } from '@loadcycle/contract/moment';
import type { Range } from './params.ts';
import { badParameter } from './refusal.ts';

/** Start of a range where `from` is absent: this long before `to`. */
const DEFAULT_SPAN_US = 900_000_000;

export const nowUs = (): number => Date.now() * 1000;

function moment(
  name: string,
  text: string | undefined,
  now: number,
  zone: string | undefined,
): number | null {
  if (text === undefined) return null;
  try {
    return momentUs(text, now, zone);
  } catch (error) {
    if (error instanceof LoadcycleError) throw badParameter(name, error.message);
    throw error;
  }
}

/** Width of the buckets that a query asks for, µs; `examples` are told to whoever writes none. */
export function bucketUsOf(text: string, examples: string): number {
  try {
    return parseDurationUs(text);
  } catch {
    throw badParameter('bucket', `not a duration such as ${examples}`);
  }
}

/** `from` (inclusive) and `to` (exclusive) of a query. An empty range is empty; a reversed one is refused. */
export function rangeOf(
  query: { from?: string | undefined; to?: string | undefined; tz?: string | undefined },
  spanUs = DEFAULT_SPAN_US,
): Range {
  const now = nowUs();
  const toUs = moment('to', query.to, now, query.tz) ?? now;
  const fromUs = moment('from', query.from, now, query.tz) ?? toUs - spanUs;
  if (fromUs > toUs) throw badParameter('from', 'is after to');
  return { fromUs, toUs };
}

/** One moment of a query, µs; null where it is absent. */
export const momentOf = (name: string, text: string | undefined): number | null =>
  moment(name, text, nowUs(), undefined);
