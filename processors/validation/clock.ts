import type { SignalDefinition } from '@loadcycle/contract';

/**
 * Is the clock of a batch to be believed? Two signs that it is not:
 * - its last sample is further in the future than the tolerance allows: the device's clock is ahead;
 * - it begins at or before the latest believed sample of the same session: the clock went backwards.
 * A backlog from an outbox, hours or weeks old, is neither: age alone says nothing about a clock.
 *
 * Only batches that are believed move the high-water mark, so that after a jump ahead and its correction the
 * right batches are believed again at once, and after a jump back the wrong ones are marked until the clock has
 * caught up with what was there before.
 */
export function isClockSkewed(
  t0Us: number,
  lastUs: number,
  receivedAtUs: number,
  toleranceUs: number,
  highUs: number,
): boolean {
  return lastUs > receivedAtUs + toleranceUs || t0Us <= highUs;
}

/** Where a signal's definition sets no tolerance: NTP over a bad line keeps well within it. */
const DEFAULT_CLOCK_SKEW_US = 60_000_000;

export const clockToleranceUs = (definition: Pick<SignalDefinition, 'clockSkewUs'>): number =>
  definition.clockSkewUs ?? DEFAULT_CLOCK_SKEW_US;
