import { parseSignalKey, type SignalPath } from '@loadcycle/contract';
import type { AnomalyEvent } from '@loadcycle/contract/anomaly-event';
import type { LogRecord } from '@loadcycle/event-log/port';

/** What a record says, as far as telling needs it. Its path is the record's key. */
export type ToldEvent = Omit<AnomalyEvent, 'kind' | 'closedReason'> & {
  readonly kind: string;
  readonly closedReason: string | null;
};

const STATES: ReadonlySet<unknown> = new Set(['open', 'closed', 'withdrawn']);
const TEXT_MAX = 200;

const isShort = (v: unknown): v is string => typeof v === 'string' && v.length <= TEXT_MAX;
const isReason = (v: unknown): v is string => typeof v === 'string' && v.length <= 2_000;
const timeOrNull = (v: unknown): number | null => (Number.isSafeInteger(v) ? (v as number) : null);
const numberOrNull = (v: unknown): number | null => (Number.isFinite(v) ? (v as number) : null);

/** Null for what is no anomaly's record: it was written by something else, and is told as it is. */
export function readEvent(record: LogRecord): ToldEvent | null {
  let path: SignalPath;
  let read: Record<string, unknown>;
  try {
    path = parseSignalKey(record.key);
    read = JSON.parse(Buffer.from(record.value).toString());
  } catch {
    return null;
  }
  if (typeof read !== 'object' || read === null) return null;
  const { kind, metric = null, state, sinceUs } = read;
  const named = isShort(kind) && (metric === null || isShort(metric));
  if (!named || !STATES.has(state) || timeOrNull(sinceUs) === null) return null;
  return {
    site: path.site,
    device: path.device,
    signal: path.signal,
    kind,
    metric,
    state: state as ToldEvent['state'],
    sinceUs: sinceUs as number,
    untilUs: timeOrNull(read['untilUs']),
    closedReason: isShort(read['closedReason']) ? read['closedReason'] : null,
    value: numberOrNull(read['value']),
    expected: numberOrNull(read['expected']),
    score: numberOrNull(read['score']),
    reason: isReason(read['reason']) ? read['reason'] : null,
  };
}

/** Names an anomaly. */
export const anomalyKey = (e: ToldEvent): string =>
  [e.site, e.device, e.signal, e.kind, e.metric ?? '', e.sinceUs].join(' ');

/** No detector has it. */
export const TEST_KIND = 'test';

/** Made by a client that tries a target: nobody's anomaly. */
export function testRecord(name: string, nowUs: number): LogRecord {
  const event = {
    site: 'test',
    device: 'test',
    signal: 'test',
    kind: TEST_KIND,
    metric: null,
    state: 'closed',
    sinceUs: nowUs,
    untilUs: nowUs,
    closedReason: null,
    value: null,
    expected: null,
    score: null,
    reason: null,
    test: true,
    target: name,
  };
  return {
    topic: '',
    partition: 0,
    offset: nowUs,
    key: 'test/test/test',
    value: Buffer.from(JSON.stringify(event)),
    headers: {},
    timestampMs: nowUs / 1000,
  };
}
