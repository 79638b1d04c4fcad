import { LOG_TOPICS, type SignalPath, signalKey } from '@loadcycle/contract';
import type { Cycle } from '@loadcycle/contract/cycle';
import type { CycleEvent } from '@loadcycle/contract/cycle-event';
import type { OutgoingRecord } from '../work/outgoing.ts';

const event = (path: SignalPath, value: CycleEvent): OutgoingRecord => ({
  topic: LOG_TOPICS.cycles,
  key: signalKey(path),
  value,
});

export const cycleEvent = (path: SignalPath, revision: number, cycle: Cycle): OutgoingRecord =>
  event(path, { ...path, event: 'cycle', revision, cycle });

export const removedEvent = (path: SignalPath, startedAtUs: number): OutgoingRecord =>
  event(path, { ...path, event: 'cycle-removed', startedAtUs });
