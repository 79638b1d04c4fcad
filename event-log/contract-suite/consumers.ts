import { expect } from 'vitest';
import {
  heldBytes,
  newTopic,
  numbered,
  Offsets,
  pollUntil,
  type Suite,
  said,
  TAKE,
  text,
} from './support.ts';

/** One consumer: positions, poll, reset, commit, back-pressure, close. */
export function consumerTests(test: Suite): void {
  test('starts where its caller says, at the oldest record where it says nothing', async ({ log }) => {
    const topic = await newTopic(log);
    await log.append(numbered(topic, 0, 10));
    const offsets = new Offsets();
    const fresh = await log.consume({
      group: `${topic}-fresh`,
      topics: [topic],
      positions: offsets.positions,
    });
    expect((await pollUntil(fresh, 10)).map(said)).toEqual(
      numbered(topic, 0, 10).map((r) => said(r as never)),
    );
    expect(offsets.asked.flat()).toContainEqual({ topic, partition: 0 });
    offsets.next.set(`${topic}/0`, 7);
    const later = await log.consume({
      group: `${topic}-later`,
      topics: [topic],
      positions: offsets.positions,
    });
    expect((await pollUntil(later, 3)).map((r) => r.offset)).toEqual([7, 8, 9]);
    await fresh.close();
    await later.close();
  });

  test('gathers up to a count, up to bytes, and at least one record', async ({ log }) => {
    const topic = await newTopic(log);
    const big = new Uint8Array(5000).fill(7);
    await log.append(numbered(topic, 0, 100));
    await log.append([{ topic, key: 'big', value: big }]);
    const consumer = await log.consume({ group: topic, topics: [topic], positions: async () => [] });
    const first = await pollUntil(consumer, 1, { maxRecords: 7, gatherMs: 1000 });
    expect(first.length).toBeLessThanOrEqual(7);
    const sizes: number[] = [];
    const rest = await pollUntil(
      {
        ...consumer,
        poll: async (o) => {
          const records = await consumer.poll(o);
          if (records.length > 0) sizes.push(records.reduce((sum, r) => sum + r.value.byteLength, 0));
          return records;
        },
      },
      101 - first.length,
      { maxBytes: 50 },
    );
    expect(sizes.slice(0, -1).every((bytes) => bytes <= 50)).toBe(true);
    expect(sizes.at(-1)).toBe(5000);
    expect([...first, ...rest].map((r) => r.offset)).toEqual(Array.from({ length: 101 }, (_, i) => i));
    await consumer.close();
  });

  test('gathers for a time once a first record is there; returns empty when none comes', async ({ log }) => {
    const topic = await newTopic(log);
    const consumer = await log.consume({ group: topic, topics: [topic], positions: async () => [] });
    await log.append(numbered(topic, 0, 1));
    await pollUntil(consumer, 1);
    expect(await consumer.poll({ ...TAKE, waitMs: 50 })).toEqual([]);
    const polled = consumer.poll({ ...TAKE, waitMs: 30_000, gatherMs: 2000, maxRecords: 3 });
    for (let n = 1; n < 4; n++) await log.append(numbered(topic, n, n + 1));
    expect((await polled).map(said)).toEqual(['k:1', 'k:2', 'k:3']);
    const stop = new AbortController();
    const aborted = consumer.poll({ ...TAKE, waitMs: 30_000, signal: stop.signal });
    stop.abort();
    expect(await aborted).toEqual([]);
    await consumer.close();
  });

  test('reads several topics in one consumer', async ({ log }) => {
    const topics = [await newTopic(log), await newTopic(log, 2)];
    for (const topic of topics) await log.append(numbered(topic, 0, 20, topic));
    const consumer = await log.consume({ group: topics.join('+'), topics, positions: async () => [] });
    const records = await pollUntil(consumer, 40);
    for (const topic of topics) expect(records.filter((r) => r.topic === topic)).toHaveLength(20);
    await consumer.close();
  });

  test('reset drops what is at hand and asks for positions again', async ({ log }) => {
    const topic = await newTopic(log);
    await log.append(numbered(topic, 0, 10));
    const offsets = new Offsets();
    const consumer = await log.consume({ group: topic, topics: [topic], positions: offsets.positions });
    expect((await pollUntil(consumer, 4, { maxRecords: 4 })).map((r) => r.offset)).toEqual([0, 1, 2, 3]);
    offsets.next.set(`${topic}/0`, 2);
    const asked = offsets.asked.length;
    await consumer.reset();
    expect((await pollUntil(consumer, 8)).map((r) => r.offset)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(offsets.asked.length).toBeGreaterThan(asked);
    offsets.next.set(`${topic}/0`, 9);
    await consumer.reset();
    expect((await pollUntil(consumer, 1)).map((r) => r.offset)).toEqual([9]);
    await consumer.close();
  });

  test('a failing store shows in poll, and the next poll asks it again', async ({ log }) => {
    const topic = await newTopic(log);
    await log.append(numbered(topic, 0, 3));
    let failures = 2;
    const consumer = await log.consume({
      group: topic,
      topics: [topic],
      positions: async () => {
        if (failures-- > 0) throw new Error('the store is away');
        return [{ topic, partition: 0, next: 1 }];
      },
    });
    const errors: string[] = [];
    const records = await pollUntil(
      {
        ...consumer,
        poll: (o) =>
          consumer.poll(o).catch((e: Error) => {
            errors.push(e.message);
            return [];
          }),
      },
      2,
    );
    expect(records.map((r) => r.offset)).toEqual([1, 2]);
    expect(errors).toContain('the store is away');
    await consumer.close();
  });

  test('a position beyond the end is an error that stands', async ({ log }) => {
    const topic = await newTopic(log);
    await log.append(numbered(topic, 0, 3));
    const positions = async () => [{ topic, partition: 0, next: 1000 }];
    const consumer = await log.consume({ group: topic, topics: [topic], positions });
    await expect(pollUntil(consumer, 1)).rejects.toMatchObject({ code: 'log.replaced' });
    await consumer.close();
  });

  test('tells how far a group has committed', async ({ log, another }) => {
    const topic = await newTopic(log, 2);
    await log.append([
      ...numbered(topic, 0, 30, 'a'),
      ...numbered(topic, 0, 30, 'b'),
      ...numbered(topic, 0, 30, 'c'),
    ]);
    expect(await log.committed(topic, [topic])).toEqual([]);
    const offsets = new Offsets();
    const consumer = await log.consume({ group: topic, topics: [topic], positions: offsets.positions });
    expect(offsets.take(await pollUntil(consumer, 90))).toBe(true);
    await consumer.commit(offsets.list());
    await consumer.commit([{ topic: 'not-its-own', partition: 3, next: 1 }]);
    const order = (list: { partition: number }[]) => list.toSorted((a, b) => a.partition - b.partition);
    await expect
      .poll(async () => order(await (await another()).committed(topic, [topic])), { timeout: 10_000 })
      .toEqual(order(offsets.list()));
    await consumer.close();
  });

  test('holds little of what is not polled', async ({ log }) => {
    const topic = await newTopic(log);
    const offsets = new Offsets();
    const { positions } = offsets;
    const consumer = await log.consume({ group: topic, topics: [topic], positions });
    await log.append(numbered(topic, 0, 1));
    expect(offsets.take(await pollUntil(consumer, 1))).toBe(true);
    const before = heldBytes();
    const payload = new Uint8Array(64 * 1024);
    for (let n = 0; n < 40; n++) {
      payload.fill(n);
      await log.append(Array.from({ length: 64 }, (_, i) => ({ topic, key: `${i}`, value: payload })));
    }
    // 160 MB stand in the log; what a client holds of them (two fetches, and their copies unpacked) is bounded
    expect(heldBytes() - before).toBeLessThan(80 * 1024 * 1024);
    const taken = (): number | undefined => offsets.next.get(`${topic}/0`);
    const all = (await log.ends([topic]))[0]!.end;
    for (let n = 0; n < 500 && taken() !== all; n++) {
      const records = await consumer.poll({ ...TAKE, maxBytes: 8 << 20, waitMs: 1000 });
      if (!offsets.take(records)) await consumer.reset();
    }
    expect(taken()).toBe(all);
    expect(all).toBeGreaterThanOrEqual(2561);
    await consumer.close();
  });

  test('close while polling ends the poll', async ({ log }) => {
    const topic = await newTopic(log);
    const consumer = await log.consume({ group: topic, topics: [topic], positions: async () => [] });
    await log.append([{ topic, key: 'k', value: text('x') }]);
    await pollUntil(consumer, 1);
    const polled = expect(consumer.poll({ ...TAKE, waitMs: 30_000 })).rejects.toMatchObject({
      code: 'log.closed',
    });
    await consumer.close();
    await polled;
    await consumer.close();
    await expect(consumer.poll(TAKE)).rejects.toMatchObject({ code: 'log.closed' });
    await consumer.commit([{ topic, partition: 0, next: 1 }]);
  });
}
