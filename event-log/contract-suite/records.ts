import { expect } from 'vitest';
import { newTopic, numbered, type Suite, said, text } from './support.ts';

/** append, read, ends, tail, errors. */
export function recordTests(test: Suite): void {
  test('keeps records as they were given, for whoever comes later', async ({ log, another }) => {
    const topic = await newTopic(log);
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const before = Date.now();
    await log.append([
      { topic, key: 'site/device/signal', value: bytes, headers: { 'mqtt-topic': 'a/b', other: 'grün' } },
      { topic, key: 'ключ', value: new Uint8Array(0) },
    ]);
    const records = await (await another()).read({ topic, partition: 0, next: 0 }, 10);
    expect(records.map((r) => [r.topic, r.partition, r.offset, r.key])).toEqual([
      [topic, 0, 0, 'site/device/signal'],
      [topic, 0, 1, 'ключ'],
    ]);
    expect(Buffer.from(records[0]!.value).equals(bytes)).toBe(true);
    expect(records[1]!.value.byteLength).toBe(0);
    expect(records[0]!.headers).toEqual({ 'mqtt-topic': 'a/b', other: 'grün' });
    expect(records[1]!.headers).toEqual({});
    expect(Math.abs(records[0]!.timestampMs - before)).toBeLessThan(60_000);
  });

  test('does not keep the caller’s memory: a buffer may be used again after append', async ({ log }) => {
    const topic = await newTopic(log);
    const value = text('first');
    await log.append([{ topic, key: 'k', value }]);
    value.set(text('other'));
    expect((await log.read({ topic, partition: 0, next: 0 }, 1)).map(said)).toEqual(['first']);
  });

  test('keeps the order of each key, in one partition, through concurrent appends', async ({ log }) => {
    const topic = await newTopic(log, 4);
    const keys = Array.from({ length: 12 }, (_, i) => `site/device/signal-${i}`);
    const appends: Promise<void>[] = [];
    for (let n = 0; n < 40; n++) {
      for (const key of keys) appends.push(log.append(numbered(topic, n, n + 1, key)));
    }
    await Promise.all(appends);
    const where = new Map<string, Set<number>>();
    const order = new Map<string, string[]>();
    for (let partition = 0; partition < 4; partition++) {
      for (const r of await log.read({ topic, partition, next: 0 }, 1000)) {
        where.set(r.key, (where.get(r.key) ?? new Set()).add(partition));
        order.set(r.key, [...(order.get(r.key) ?? []), said(r)]);
      }
    }
    expect([...where.values()].every((partitions) => partitions.size === 1)).toBe(true);
    expect(new Set([...where.values()].flatMap((p) => [...p])).size).toBeGreaterThan(1);
    for (const key of keys)
      expect(order.get(key)).toEqual(numbered(topic, 0, 40, key).map((r) => said(r as never)));
  });

  test('reads a range, and nothing beyond the end', async ({ log }) => {
    const topic = await newTopic(log);
    await log.append(numbered(topic, 0, 50));
    const some = await log.read({ topic, partition: 0, next: 20 }, 5);
    expect(some.map(said)).toEqual(['k:20', 'k:21', 'k:22', 'k:23', 'k:24']);
    expect(some.map((r) => r.offset)).toEqual([20, 21, 22, 23, 24]);
    expect(await log.read({ topic, partition: 0, next: 50 }, 5)).toEqual([]);
  });

  test('tells where each partition begins and ends', async ({ log }) => {
    const topic = await newTopic(log, 2);
    const empty = await newTopic(log);
    await log.append(numbered(topic, 0, 7, 'a'));
    const ends = await log.ends([topic, empty]);
    expect(ends).toHaveLength(3);
    expect(ends.every((e) => e.begin === 0)).toBe(true);
    expect(ends.map((e) => e.end).toSorted()).toEqual([0, 0, 7]);
  });

  test('makes topics once, leaves those that exist', async ({ log, another }) => {
    const topic = await newTopic(log, 3);
    await log.append(numbered(topic, 0, 3));
    const other = await another();
    await Promise.all([
      log.ensureTopics([{ topic, partitions: 1, retentionMs: 1 }]),
      other.ensureTopics([{ topic, partitions: 1, retentionMs: 1 }]),
    ]);
    const ends = await other.ends([topic]);
    expect(ends.map((e) => e.partition).toSorted()).toEqual([0, 1, 2]);
    expect(ends.reduce((sum, e) => sum + e.end, 0)).toBe(3);
  });

  test('tails from the end: new records only, in order, until closed', async ({ log }) => {
    const topic = await newTopic(log, 2);
    await log.append(numbered(topic, 0, 5, 'old'));
    const heard: string[] = [];
    let wake = (): void => {};
    const tail = await log.tail({
      topics: [topic],
      onRecords: (records) => {
        heard.push(...records.map(said));
        wake();
      },
    });
    const enough = new Promise<void>((resolve) => {
      wake = () => void (heard.length >= 30 && resolve());
    });
    for (let n = 0; n < 30; n++) await log.append(numbered(topic, n, n + 1, 'new'));
    await enough;
    expect(heard).toEqual(numbered(topic, 0, 30, 'new').map((r) => said(r as never)));
    await tail.close();
    await log.append(numbered(topic, 30, 31, 'new'));
    expect(heard).toHaveLength(30);
  });

  test('rejects a topic that nobody has made, as something that may pass', async ({ log }) => {
    const records = numbered('nobody-made-this', 0, 1);
    await expect(log.append(records)).rejects.toMatchObject({ code: 'log.unavailable', kind: 'transient' });
    await expect(log.ends(['nobody-made-this'])).rejects.toMatchObject({ code: 'log.unavailable' });
  });

  test('still has everything when it was closed and opened again', async ({ log, reopen }) => {
    const topic = await newTopic(log, 2);
    await log.append([...numbered(topic, 0, 4, 'a'), ...numbered(topic, 0, 4, 'b')]);
    const before = await log.ends([topic]);
    const again = await reopen();
    expect(await again.ends([topic])).toEqual(before);
    await again.append(numbered(topic, 4, 5, 'a'));
    const all = await Promise.all([0, 1].map((partition) => again.read({ topic, partition, next: 0 }, 100)));
    expect(
      all
        .flat()
        .filter((r) => r.key === 'a')
        .map(said),
    ).toEqual(['a:0', 'a:1', 'a:2', 'a:3', 'a:4']);
  });

  test('says that it is closed, once it is', async ({ spare }) => {
    const log = await spare();
    const topic = await newTopic(log);
    await log.append(numbered(topic, 0, 1));
    await log.close();
    await log.close();
    const closed = { code: 'log.closed' };
    await expect(log.append(numbered(topic, 0, 1))).rejects.toMatchObject(closed);
    await expect(log.read({ topic, partition: 0, next: 0 }, 1)).rejects.toMatchObject(closed);
    await expect(log.ends([topic])).rejects.toMatchObject(closed);
    await expect(
      log.consume({ group: 'g', topics: [topic], positions: async () => [] }),
    ).rejects.toMatchObject(closed);
  });
}
