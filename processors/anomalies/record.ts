import { LOG_TOPICS, signalKey } from '@loadcycle/contract';
import type { AnomalyEvent } from '@loadcycle/contract/anomaly-event';
import { findingIn } from '@loadcycle/contract/units/cycle-conversion';
import type { KnownSignal } from '../work/catalogue.ts';
import type { OutgoingRecord } from '../work/outgoing.ts';

/** An anomaly as the log tells of it, in the unit of the signal's definition. */
export function anomalyRecord(
  { path, units }: Pick<KnownSignal, 'path' | 'units'>,
  e: Pick<
    AnomalyEvent,
    'kind' | 'metric' | 'sinceUs' | 'untilUs' | 'value' | 'expected' | 'score' | 'closedReason'
  > & { readonly reason?: string | null },
  state?: AnomalyEvent['state'],
): OutgoingRecord {
  const { kind, metric, sinceUs, untilUs, score, closedReason, reason = null } = e;
  const { value, expected } = findingIn(e, units.conversion);
  const event: AnomalyEvent = {
    ...path,
    kind,
    metric,
    state: state ?? (untilUs === null ? 'open' : 'closed'),
    sinceUs,
    untilUs,
    closedReason: state === 'withdrawn' ? null : closedReason,
    value,
    expected,
    score,
    reason,
  };
  return { topic: LOG_TOPICS.anomalies, key: signalKey(path), value: event };
}
