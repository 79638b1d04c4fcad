import { startApi } from '@loadcycle/cloud-api/server';
import { encodeBatch } from '@loadcycle/codecs';
import { HEADERS, LOG_TOPICS, LoadcycleError, samplesTopic } from '@loadcycle/contract';
import type { EventLog, TailOptions } from '@loadcycle/event-log/port';
import { Health } from '@loadcycle/service';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRole, getToken, jsonOf, openTestApi, post, seed, type TestApi, until } from './api-support.ts';
import { LiveStream } from './live-stream.ts';

// A live stream through everything that breaks it: cut connections, an API that starts again, a log that goes away.

/** A log that can go away and come back, as Kafka's broker does: tails break, questions fail. */
class Outage {
  away = false;
  readonly #tails = new Set<{ options: TailOptions; handle: { close(): Promise<void> } }>();

  wrap(log: EventLog): EventLog {
    const fails = new Set(['tail', 'ends', 'read']);
    return new Proxy(log, {
      get: (target, name: string) => {
        const method = (target as unknown as Record<string, unknown>)[name];
        if (typeof method !== 'function') return method;
        if (!fails.has(name)) return method.bind(target);
        return async (...args: unknown[]) => {
          if (this.away) throw new LoadcycleError('log.unavailable', 'the log is away');
          const result = await method.apply(target, args);
          if (name === 'tail') this.#tails.add({ options: args[0] as TailOptions, handle: result });
          return result;
        };
      },
    });
  }

  async begin(): Promise<void> {
    this.away = true;
    const broken = [...this.#tails];
    this.#tails.clear();
    await Promise.all(broken.map((t) => t.handle.close()));
    for (const { options } of broken) options.onError?.(new LoadcycleError('log.unavailable', 'away'));
  }
}

const PATH = { site: 'plant1', device: 'motor1', signal: 'motor-voltage' };
const KEY = 'plant1/motor1/motor-voltage';
const outage = new Outage();
let t: TestApi;
beforeAll(async () => {
  t = await openTestApi({
    live: { tickMs: 10, heartbeatMs: 50, checkMs: 50 },
    wrapLog: (log) => outage.wrap(log),
  });
  await seed(t.db);
});
afterAll(() => t.close());

let t0 = Date.UTC(2026, 10, 24) * 1000;
let seq = 0;
/** A tenth of a second at 1 kHz; answers its first and last time. */
async function batch(): Promise<[number, number]> {
  const values = Float64Array.from({ length: 100 }, (_, i) => i);
  const batchOf = { session: '01990000-0000-7000-8000-000000000000', seq: seq++, unit: 'V', t0Us: t0 };
  const value = encodeBatch({ ...batchOf, dtUs: 1000, offsetsUs: null, values });
  const headers = {
    [HEADERS.mqttTopic]: samplesTopic(PATH),
    [HEADERS.contentType]: '',
    [HEADERS.receivedAt]: String(t0),
  };
  await t.eventLog.append([{ topic: LOG_TOPICS.samples, key: KEY, value, headers }]);
  t0 += 100_000;
  return [t0 - 100_000, t0 - 1000];
}

const seen = (s: LiveStream, us: number): boolean => s.points().some(([at]) => at === us);

describe('a live stream', () => {
  it('loses nothing over connections that are cut again and again, and over an API that starts again', async () => {
    const query = `signal=${KEY}&rate=10000&event=samples`;
    const from = t0;
    const got = new Set<number>();
    let id = '';
    let other: { url: string; token: string; close(): Promise<void> } | null = null;
    const secret = await jsonOf(
      t.call('/v1/clients', post({ id: 'resumer', name: 'r', scopes: ['samples:read'], grants: ['*'] })),
    );
    for (let round = 0; round < 12; round++) {
      const options = id === '' ? {} : { lastEventId: id };
      const at = other;
      const target: TestApi =
        at === null
          ? t
          : { ...t, call: (path, request) => fetch(`${at.url}${path}`, withToken(request, at.token)) };
      const s = await new LiveStream(target, query, options).hello();
      id ||= s.id;
      // cut in the middle of what comes, sometimes before anything has come
      let last = 0;
      for (let i = 0; i <= round % 4; i++) [, last] = await batch();
      if (round % 3 > 0) await until(() => seen(s, last - 50_000));
      if (s.id !== '') id = s.id;
      for (const [us] of s.points()) got.add(us);
      s.close();
      await batch();
      if (round === 5) other = await another(secret.secret);
    }
    const back = await new LiveStream(t, query, { lastEventId: id }).hello();
    const [, last] = await batch();
    await until(() => seen(back, last));
    for (const [us] of back.points()) got.add(us);
    back.close();
    const wanted = Array.from({ length: (t0 - from) / 1000 }, (_, i) => from + i * 1000);
    expect([...got].sort((a, b) => a - b)).toEqual(wanted);
    await other?.close();
  });

  it('has one tail and one only after the log was away, and who came meanwhile misses nothing', async () => {
    const query = `signal=${KEY}&rate=10000&event=samples`;
    const s = await new LiveStream(t, query).hello();
    await batch().then(([, last]) => until(() => seen(s, last)));
    await outage.begin();
    await until(() => s.ended);
    // some come while there is no log: with their id, or for the first time
    const refused = await t.call(`/v1/live?${query}`);
    expect(refused.status).toBe(503);
    await refused.body?.cancel();
    const [missedFrom, missedTo] = await batch();
    outage.away = false;
    const comers = await Promise.all(
      [s.id, '', s.id, ''].map((id) =>
        new LiveStream(t, query, id === '' ? {} : { lastEventId: id }).hello(),
      ),
    );
    const later = await new LiveStream(t, query).hello();
    const [from, last] = await batch();
    for (const c of [...comers, later]) await until(() => seen(c, last));
    for (const c of [...comers, later]) {
      const of = c.points().filter(([us]) => us >= from && us <= last);
      expect(of).toHaveLength(100);
    }
    for (const c of [comers[0]!, comers[2]!])
      expect([seen(c, missedFrom), seen(c, missedTo)]).toEqual([true, true]);
    for (const c of [...comers, later]) c.close();
  });

  it('of a log that was made anew begins with that, and says so', async () => {
    const id = 's0.zzzz,s1.zzzz';
    const [from] = await batch();
    const s = await new LiveStream(t, `signal=${KEY}&rate=10000`, { lastEventId: id }).hello();
    await until(() => seen(s, from));
    expect(s.of('gap').length).toBeGreaterThan(0);
    await until(() => !s.id.includes('zzzz'));
    s.close();
  });

  it('ends when its token is taken back, and so does the ticket that the token asked for', async () => {
    const made = await jsonOf(
      t.call('/v1/clients', post({ id: 'taken', name: 't', scopes: ['samples:read'], grants: ['*'] })),
    );
    const token = await getToken(t.url, 'taken', made.secret);
    const s = await new LiveStream(t, `signal=${KEY}`, { token }).hello();
    const { ticket } = await jsonOf(t.call('/v1/live/tickets', { method: 'POST', token }));
    expect((await t.call('/v1/clients/taken/revoke', { method: 'POST' })).ok).toBe(true);
    await until(() => s.ended);
    expect(s.of('end')).toEqual([{ reason: 'token-revoked' }]);
    const late = await t.call(`/v1/live?ticket=${ticket}`, { token: null });
    expect(late.status).toBe(401);
    await late.body?.cancel();
  });

  it('ends when its token runs out', async () => {
    const other = await another(null, 2);
    const made = await jsonOf(
      t.call('/v1/clients', post({ id: 'short', name: 's', scopes: ['samples:read'], grants: ['*'] })),
    );
    const token = await getToken(other.url, 'short', made.secret);
    const target: TestApi = {
      ...t,
      call: (path, request) => fetch(`${other.url}${path}`, withToken(request, token)),
    };
    const s = await new LiveStream(target, `signal=${KEY}`).hello();
    await until(() => s.ended);
    expect(s.of('end')).toEqual([{ reason: 'token-expired' }]);
    await other.close();
  });
});

function withToken(
  request: (RequestInit & { token?: string | null }) | undefined,
  token: string,
): RequestInit {
  const headers = new Headers(request?.headers);
  headers.set('authorization', `Bearer ${token}`);
  return { ...request, headers };
}

/** Another instance of the API on the same store and log. */
async function another(
  secret: string | null,
  tokenLifeS = 900,
): Promise<{ url: string; token: string; close(): Promise<void> }> {
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const api = await startApi({
    reader: asRole(t.db, 'reader'),
    control: asRole(t.db, 'control'),
    eventLog: outage.wrap(t.eventLog),
    mqtt: null,
    http: { host: '127.0.0.1', port: 0 },
    log: silent,
    health: new Health(),
    issuer: { tokenLifeS },
    live: { tickMs: 10, heartbeatMs: 50, checkMs: 50 },
  });
  const token = secret === null ? '' : await getToken(api.url, 'resumer', secret);
  return { url: api.url, token, close: () => api.close() };
}
