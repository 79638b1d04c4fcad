import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOf, openTestApi, seed, type TestApi, until } from './api-support.ts';
import { LiveStream } from './live-stream.ts';

let t: TestApi;
beforeAll(async () => {
  t = await openTestApi({
    live: { maxReaders: 5, maxReadersOfClient: 3 },
    rateLimit: { quota: 40, windowS: 3600 },
  });
  await seed(t.db);
});
afterAll(() => t.close());

describe('what is not there', () => {
  const WRONG = [
    ['GET', '/v1/nothing'],
    ['GET', '/v1'],
    ['POST', '/v1/sites'],
    ['OPTIONS', '/v1/sites/plant1/devices'],
    ['DELETE', '/v1/pipeline'],
  ] as const;

  it.each(WRONG)('%s %s wants a token before it is said that it is not there', async (method, path) => {
    expect((await t.call(path, { method, token: null })).status).toBe(401);
    expect((await t.call(path, { method, token: 'nonsense' })).status).toBe(401);
    const known = await t.call(path, { method });
    expect([404, 405]).toContain(known.status);
    expect(known.headers.get('ratelimit')).toMatch(/^"client";r=\d+/);
  });

  it('is counted against the client, as everything else is', async () => {
    const token = await t.token(['samples:read'], ['*']);
    const statuses: number[] = [];
    for (let i = 0; i < 45; i++) {
      const [method, path] = WRONG[i % WRONG.length]!;
      statuses.push((await t.call(path, { method, token })).status);
    }
    expect(statuses.slice(0, 40)).not.toContain(429);
    expect(statuses.slice(40)).toEqual(Array(5).fill(429));
  });
});

describe('live readers', () => {
  it('of one client leave places for the others', async () => {
    const [greedy, modest] = await Promise.all([
      t.token(['samples:read'], ['*']),
      t.token(['samples:read'], ['*']),
    ]);
    const open = (token: string) => new LiveStream(t, '', { token }).hello();
    const streams = [await open(greedy), await open(greedy), await open(greedy)];
    const refused = await t.call('/v1/live', { token: greedy });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
    expect((await jsonOf(refused)).detail).toContain('of this client');
    streams.push(await open(modest), await open(modest));
    const full = await t.call('/v1/live', { token: modest });
    expect([full.status, (await jsonOf(full)).detail]).toEqual([429, '5 live readers are connected']);
    // a place that is left is free again
    streams.shift()!.close();
    await until(async () => {
      const response = await t.call('/v1/live', { token: greedy });
      await response.body?.cancel();
      return response.status === 200;
    });
    for (const stream of streams) stream.close();
  });
});

describe('GET /v1/pipeline', () => {
  it('says nothing of the whole deployment without the grant *', async () => {
    const token = await t.token(['samples:read'], ['plant1']);
    const value = new TextEncoder().encode('{}');
    await t.eventLog.append([{ topic: 'loadcycle.samples', key: 'a/b/c', value }]);
    await t.db.query(
      `INSERT INTO consumer_offset (consumer, topic, partition, next) VALUES ('landing', 'loadcycle.samples', 0, 0)`,
    );
    const mine = await jsonOf(t.call('/v1/pipeline', { token }));
    expect(mine.bridge).toMatchObject({ perSecond: null, heardAt: null });
    expect(mine.log.topics).toEqual([]);
    expect(mine.consumers).toMatchObject([
      { consumer: 'landing', lag: null, perSecond: null, movedAt: null },
    ]);
    expect(mine.store).toEqual({ landedPerSecond: null, lastDay: null, rawRetentionS: null });
    expect(mine.devices.list.length).toBe(2);
    const all = await jsonOf(t.call('/v1/pipeline'));
    expect(all.log.topics.length).toBeGreaterThan(0);
    expect(all.consumers[0].lag).toEqual(expect.any(Number));
    expect(all.store.lastDay.samples).toEqual(expect.any(Number));
  });
});
