import { expect } from 'vitest';
import type { EventLog, LogConsumer, LogRecord } from '../port.ts';
import { newTopic, numbered, Offsets, type Suite, said, TAKE } from './support.ts';

/** A worker as the services run it: poll, take in the store's transaction or reset, commit. */
class Member {
  readonly seen: LogRecord[] = [];
  refused = 0;
  readonly #stop = new AbortController();
  readonly #offsets: Offsets;
  readonly consumer: LogConsumer;
  readonly #running: Promise<void>;

  constructor(consumer: LogConsumer, offsets: Offsets) {
    this.consumer = consumer;
    this.#offsets = offsets;
    this.#running = this.#run();
  }

  static async join(log: EventLog, topic: string, offsets: Offsets): Promise<Member> {
    const { positions } = offsets;
    return new Member(await log.consume({ group: topic, topics: [topic], positions }), offsets);
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const records = await this.consumer.poll({
        ...TAKE,
        maxRecords: 20,
        waitMs: 200,
        signal: this.#stop.signal,
      });
      if (records.length === 0) continue;
      if (this.#offsets.take(records)) {
        this.seen.push(...records);
        await this.consumer.commit(this.#offsets.list());
      } else {
        this.refused++;
        await this.consumer.reset();
      }
    }
  }

  async leave(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.consumer.close();
  }

  get partitions(): number {
    return new Set(this.seen.map((r) => r.partition)).size;
  }
}

const until = { timeout: 40_000, interval: 20 };

/** Groups: sharing, joining, leaving. */
export function groupTests(test: Suite): void {
  test('each group sees every record', async ({ log, another }) => {
    const topic = await newTopic(log, 2);
    await log.append([...numbered(topic, 0, 20, 'a'), ...numbered(topic, 0, 20, 'b')]);
    const other = await another();
    const consumers = await Promise.all(
      [log, other].map((l, i) =>
        l.consume({ group: `${topic}-${i}`, topics: [topic], positions: async () => [] }),
      ),
    );
    for (const consumer of consumers) {
      const records: LogRecord[] = [];
      await expect.poll(async () => records.push(...(await consumer.poll(TAKE))), until).toBe(40);
      expect(new Set(records.map(said)).size).toBe(40);
    }
    await Promise.all(consumers.map((c) => c.close()));
  });

  test('members that come and go share the partitions: each record is taken once, in order', async ({
    log,
    another,
  }) => {
    const topic = await newTopic(log, 4);
    const offsets = new Offsets();
    const keys = Array.from({ length: 16 }, (_, i) => `key-${i}`);
    let appended = 0;
    const append = async (): Promise<void> => {
      await log.append(keys.flatMap((key) => numbered(topic, appended, appended + 5, key)));
      appended += 5;
    };
    const taken = (): number => [...offsets.next.values()].reduce((sum, n) => sum + n, 0);
    const allTaken = (): Promise<void> => expect.poll(taken, until).toBe(appended * keys.length);
    const first = await Member.join(log, topic, offsets);
    await append();
    await allTaken();
    expect(first.partitions).toBe(4);

    const second = await Member.join(await another(), topic, offsets);
    const appendAndCount = async (): Promise<number> => {
      await append();
      return second.partitions;
    };
    await expect.poll(appendAndCount, until).toBe(2);
    await allTaken();
    const both = second.seen.length;
    await first.leave();
    await expect.poll(appendAndCount, until).toBe(4);
    await allTaken();
    expect(second.seen.length).toBeGreaterThan(both);
    await second.leave();

    // one after the other in each partition, none twice, none missing: the store's check saw to it
    const seen = [...first.seen, ...second.seen];
    expect(seen).toHaveLength(appended * keys.length);
    expect(new Set(seen.map(said)).size).toBe(seen.length);
    for (const key of keys) {
      const numbers = seen.filter((r) => r.key === key).map((r) => r.offset);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
  });
}
