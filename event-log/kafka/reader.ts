import type { ConsumeOptions, LogConsumer, LogRecord, PartitionEnds, Position } from '../port.ts';
import { heldBytes } from './held.ts';

interface Reader {
  readonly consumer: LogConsumer;
  /** where it goes on if nobody asks for another place */
  next: number;
  /** the place to start at, answered to the consumer */
  start: number;
  idle: NodeJS.Timeout | null;
  busy: Promise<unknown>;
}

const IDLE_MS = 30_000;
/** what one `read` answers at most: whoever wants more reads on */
const READ_BYTES = 8 * 1024 * 1024;

/**
 * `read` on top of consumers: Kafka's clients read by subscription. One reader for each partition stays for a
 * while, so that reading on from where the last `read` ended (a rebuild) goes at the speed of consuming.
 */
export class Readers {
  readonly #open = new Map<string, Reader>();
  readonly #consume: (
    topic: string,
    partition: number,
    positions: ConsumeOptions['positions'],
  ) => LogConsumer;
  readonly #ends: (topics: readonly string[]) => Promise<PartitionEnds[]>;

  constructor(
    consume: (topic: string, partition: number, positions: ConsumeOptions['positions']) => LogConsumer,
    ends: (topics: readonly string[]) => Promise<PartitionEnds[]>,
  ) {
    this.#consume = consume;
    this.#ends = ends;
  }

  async read(from: Position, maxRecords: number): Promise<LogRecord[]> {
    const { topic, partition } = from;
    const ends = (await this.#ends([topic])).find((e) => e.partition === partition);
    if (!ends || from.next >= ends.end || ends.begin === ends.end) return [];
    const reader = this.#reader(topic, partition, Math.max(from.next, ends.begin));
    const read = reader.busy.then(() => this.#readWith(reader, from, maxRecords, ends));
    reader.busy = read.catch(() => this.#drop(topic, partition));
    return read;
  }

  #reader(topic: string, partition: number, start: number): Reader {
    const place = `${topic}/${partition}`;
    let reader = this.#open.get(place);
    if (!reader) {
      const positions = async (): Promise<Position[]> => [{ topic, partition, next: reader!.start }];
      const consumer = this.#consume(topic, partition, positions);
      reader = { consumer, next: start, start, idle: null, busy: Promise.resolve() };
      this.#open.set(place, reader);
    }
    return reader;
  }

  async #readWith(
    reader: Reader,
    from: Position,
    maxRecords: number,
    ends: PartitionEnds,
  ): Promise<LogRecord[]> {
    if (reader.idle) clearTimeout(reader.idle);
    const next = Math.max(from.next, ends.begin);
    reader.start = next;
    if (reader.next !== next) await reader.consumer.reset();
    const records: LogRecord[] = [];
    let bytes = 0;
    let at = next;
    while (records.length < maxRecords && bytes < READ_BYTES && at < ends.end) {
      const polled = await reader.consumer.poll({
        maxRecords: maxRecords - records.length,
        maxBytes: READ_BYTES - bytes,
        gatherMs: 0,
        waitMs: 5000,
      });
      // joined anew in between: it has started again from `start`
      for (const record of polled) {
        if (record.offset < at) continue;
        records.push(record);
        bytes += heldBytes(record);
      }
      at = Math.max(at, (records.at(-1)?.offset ?? at - 1) + 1);
      reader.start = at;
    }
    reader.next = at;
    reader.idle = setTimeout(() => this.#drop(from.topic, from.partition), IDLE_MS).unref();
    return records;
  }

  #drop(topic: string, partition: number): void {
    const place = `${topic}/${partition}`;
    const reader = this.#open.get(place);
    this.#open.delete(place);
    if (reader?.idle) clearTimeout(reader.idle);
    void reader?.consumer.close();
  }

  async close(): Promise<void> {
    const readers = [...this.#open.values()];
    this.#open.clear();
    for (const { idle } of readers) if (idle) clearTimeout(idle);
    await Promise.all(readers.map((r) => r.consumer.close()));
  }
}
