import { createHash } from 'node:crypto';
import { formatUs } from '@loadcycle/contract';
import { printableLine } from '@loadcycle/contract/printable';
import type { LogRecord } from '@loadcycle/event-log/port';
import { anomalyKey, readEvent, TEST_KIND, type ToldEvent } from './event.ts';

/** A message as nodemailer takes it, but for its recipients. */
export interface Mail {
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  readonly references: string[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Events that are written out; of more only the number is told. */
const SHOWN = 100;
/** A line of headers has an end. */
const THREADS = 20;

/**
 * One mail of these events. Every mail of an anomaly has the same subject, where it is about that anomaly alone, and refers to the
 * same id, so that a mail program shows its opening and its end as one thread. The same events make the same Message-ID: a server
 * that took it before the connection broke can tell.
 */
export function mailOf(records: readonly LogRecord[], o: { consumer: string; from: string }): Mail {
  const domain = /@([\w.-]+)>?$/.exec(o.from)?.[1] ?? 'loadcycle.invalid';
  const idOf = (text: string): string =>
    `<${createHash('sha256').update(`${o.consumer} ${text}`).digest('hex').slice(0, 32)}@${domain}>`;
  const events = records.map((r) => ({ record: r, event: readEvent(r) }));
  const anomalies = new Map(
    events.flatMap(({ event }) => (event === null ? [] : [[anomalyKey(event), event] as const])),
  );
  const shown = events
    .slice(0, SHOWN)
    .map(({ record, event }) => (event === null ? raw(record) : lines(event)));
  const rest = events.length - shown.length;
  if (rest > 0) shown.push(`and ${rest} more: loadcycle status, or /v1/anomalies`);
  return {
    from: o.from,
    subject: `[Loadcycle] ${subjectOf([...anomalies.values()], events.length)}`,
    text: `${shown.join('\n\n')}\n`,
    messageId: idOf(records.map((r) => `${r.topic}/${r.partition}@${r.offset} ${r.timestampMs}`).join(' ')),
    references: [...anomalies.keys()].slice(0, THREADS).map(idOf),
    // nobody's automatic reply is wanted (RFC 3834)
    headers: { 'auto-submitted': 'auto-generated' },
  };
}

function subjectOf(anomalies: readonly ToldEvent[], events: number): string {
  const [first] = anomalies;
  if (first === undefined) return `${events} events`;
  if (anomalies.length === 1) return nameOf(first);
  const same = (pick: (e: ToldEvent) => string): boolean => anomalies.every((e) => pick(e) === pick(first));
  const device = (e: ToldEvent): string => `${e.site}/${e.device}`;
  const sites = new Set(anomalies.map((e) => e.site));
  const where = same(device) ? device(first) : sites.size === 1 ? first.site : `${sites.size} sites`;
  return `${anomalies.length} anomalies at ${where}`;
}

const nameOf = (e: ToldEvent): string =>
  printableLine(
    [`${e.site}/${e.device}/${e.signal}:`, e.kind, e.metric === e.kind ? '' : (e.metric ?? '')]
      .join(' ')
      .trim(),
  );

function lines(e: ToldEvent): string {
  if (e.kind === TEST_KIND) return 'A test message: anomalies will come like this one. Nothing is wrong.';
  const span =
    e.untilUs === null ? `since ${formatUs(e.sinceUs)}` : `${formatUs(e.sinceUs)} to ${formatUs(e.untilUs)}`;
  // a reason has them in words
  const fields = [
    ['value', e.value],
    ['expected', e.expected],
    ['score', e.score],
  ] as const;
  const numbers =
    e.reason !== null
      ? []
      : fields.flatMap(([name, n]) => (n === null ? [] : [`${name} ${Number(n.toPrecision(6))}`]));
  const state =
    e.closedReason === null
      ? e.state.toUpperCase()
      : `${e.state.toUpperCase()} (${printableLine(e.closedReason)})`;
  return [
    `${state}  ${nameOf(e)}`,
    `  ${span}`,
    ...(e.reason === null ? [] : [`  ${printableLine(e.reason)}`]),
    ...(numbers.length === 0 ? [] : [`  ${numbers.join(', ')}`]),
  ].join('\n');
}

const raw = ({ key, value }: LogRecord): string =>
  `${printableLine(key)}\n  ${printableLine(Buffer.from(value.subarray(0, 500)).toString())}`;
