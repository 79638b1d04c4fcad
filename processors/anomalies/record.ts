import { LOG_TOPICS, type SignalPath, signalKey } from '@loadcycle/contract';
import type { AnomalyEvent } from '@loadcycle/contract/anomaly-event';
import type { OutgoingRecord } from '../work/outgoing.ts';

/** An anomaly as the log tells of it. */
export function anomalyRecord(
  path: SignalPath,
  e: Pick<
    AnomalyEvent,
    'kind' | 'metric' | 'sinceUs' | 'untilUs' | 'value' | 'expected' | 'score' | 'closedReason'
  > & { readonly reason?: string | null },
  state?: AnomalyEvent['state'],
): OutgoingRecord {
  const { kind, metric, sinceUs, untilUs, value, expected, score, closedReason, reason = null } = e;
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
