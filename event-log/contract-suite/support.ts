import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type {
  EventLog,
  LogConsumer,
  LogRecord,
  NewRecord,
  PollOptions,
  Position,
  TopicPartition,
} from '../port.ts';

/** A log that the suite may use as it likes. */
export interface LogUnderTest {
  readonly log: EventLog;
  /** another client of the same log: a process of its own in life (embedded: the same object) */
  another(): Promise<EventLog>;
  /** closes `log` and opens it again */
  reopen(): Promise<EventLog>;
  /** loses the log of a topic with all that is in it and makes it anew, with one partition; a client of it */
  remade(topic: string): Promise<EventLog>;
  /** one that the test may close (embedded: another folder's) */
  spare(): Promise<EventLog>;
  stop(): Promise<void>;
}

export type Suite = (title: string, body: (under: LogUnderTest) => Promise<void>) => void;

let topics = 0;

/** A topic of its own for each test. */
export async function newTopic(log: EventLog, partitions = 1): Promise<string> {
  const topic = `test-${process.pid}-${Date.now().toString(36)}-${topics++}`;
  await log.ensureTopics([{ topic, partitions, retentionMs: null }]);
  return topic;
}

export const text = (s: string): Uint8Array => new TextEncoder().encode(s);
export const said = (r: LogRecord): string => new TextDecoder().decode(r.value);

export const numbered = (topic: string, from: number, to: number, key = 'k'): NewRecord[] =>
  Array.from({ length: to - from }, (_, i) => ({ topic, key, value: text(`${key}:${from + i}`) }));

/** What is there, quickly. */
export const TAKE: PollOptions = { maxBytes: 1 << 20, maxRecords: 1000, gatherMs: 0, waitMs: 500 };

/** Polls until `enough` (a number of records, or a condition), at most for 40 seconds. */
export async function pollUntil(
  consumer: LogConsumer,
  enough: number | ((records: readonly LogRecord[]) => boolean),
  options: Partial<PollOptions> = {},
): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  const done = typeof enough === 'number' ? () => records.length >= enough : () => enough(records);
  for (const end = Date.now() + 40_000; !done() && Date.now() < end; ) {
    records.push(...(await consumer.poll({ ...TAKE, ...options })));
  }
  return records;
}

/** A consumer's store: where each partition has been read up to, as the services keep it in the database. */
export class Offsets {
  readonly next = new Map<string, number>();
  asked: TopicPartition[][] = [];

  readonly positions = async (assigned: readonly TopicPartition[]): Promise<Position[]> => {
    this.asked.push([...assigned]);
    return assigned.flatMap(({ topic, partition }) => {
      const next = this.next.get(`${topic}/${partition}`);
      return next === undefined ? [] : [{ topic, partition, next }];
    });
  };

  /** The transaction of a worker: keeps what follows on from what is kept, refuses the rest. */
  take(records: readonly LogRecord[]): boolean {
    const next = new Map(this.next);
    for (const r of records) {
      const place = `${r.topic}/${r.partition}`;
      if ((next.get(place) ?? 0) !== r.offset) return false;
      next.set(place, r.offset + 1);
    }
    for (const [place, n] of next) this.next.set(place, n);
    return true;
  }

  list(): Position[] {
    return [...this.next].map(([place, next]) => {
      const slash = place.lastIndexOf('/');
      return { topic: place.slice(0, slash), partition: Number(place.slice(slash + 1)), next };
    });
  }
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that this process holds after a collection. */
export function heldBytes(): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
