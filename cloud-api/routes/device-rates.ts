import type { AgentChange, DevicePath } from '@loadcycle/contract';
import { Refusal } from '../http/refusal.ts';
import type { DeviceRow } from '../retrieval/catalogue.ts';

export const keyOf = (d: DevicePath): string => `${d.site}/${d.device}`;

/** Places that one answer names at most. */
const MOST_PLACES = 20;

/**
 * Refuses (422) rates that a device can not do, as its status says: a microcontroller, a sensor behind sysfs and a
 * simulation are not alike. One that says nothing is asked for `fallbackHz` at most.
 */
export function demandRates(
  devices: readonly DeviceRow[],
  changes: readonly AgentChange[],
  fallbackHz: number,
): void {
  const errors: { pointer: string; detail: string }[] = [];
  for (const device of devices) {
    for (const [i, { rateHz, signal }] of changes.entries()) {
      if (rateHz === undefined || errors.length === MOST_PLACES) continue;
      const most = mostOf(device.status, signal) ?? fallbackHz;
      if (rateHz <= most) continue;
      errors.push({
        pointer: `/changes/${i}/rateHz`,
        detail: `${keyOf(device)} takes at most ${most} samples a second`,
      });
    }
  }
  const [first] = errors;
  if (first !== undefined)
    throw new Refusal('request.unprocessable', `${first.pointer}: ${first.detail}`, { errors });
}

/** What all signals that a change concerns can do, as the device says; null where it does not. */
function mostOf(status: DeviceRow['status'], signal: string | undefined): number | null {
  const signals = status?.['signals'];
  if (!Array.isArray(signals)) return null;
  const rates = (signals as { signal?: unknown; maxRateHz?: unknown }[])
    .filter((s) => signal === undefined || s.signal === signal)
    .map((s) => s.maxRateHz)
    .filter((rate) => typeof rate === 'number');
  return rates.length === 0 ? null : Math.min(...rates);
}
