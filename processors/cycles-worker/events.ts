import { LOG_TOPICS, type SignalPath, signalKey } from '@loadcycle/contract';
import type { Cycle } from '@loadcycle/contract/cycle';
import type { CycleEvent } from '@loadcycle/contract/cycle-event';
import { cycleIn } from '@loadcycle/contract/units/cycle-conversion';
import type { KnownSignal } from '../work/catalogue.ts';
import type { OutgoingRecord } from '../work/outgoing.ts';

const event = (path: SignalPath, value: CycleEvent): OutgoingRecord => ({
  topic: LOG_TOPICS.cycles,
  key: signalKey(path),
  value,
});

/** In the unit of the signal's definition. */
export const cycleEvent = ({ path, units }: KnownSignal, revision: number, cycle: Cycle): OutgoingRecord =>
  event(path, { ...path, event: 'cycle', revision, cycle: cycleIn(cycle, units.conversion) });

export const removedEvent = (path: SignalPath, startedAtUs: number): OutgoingRecord =>
  event(path, { ...path, event: 'cycle-removed', startedAtUs });
