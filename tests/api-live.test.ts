import { connect } from 'node:net';
import { Decimator } from '@loadcycle/cloud-api/live/decimator';
import { decodePositions, encodePositions } from '@loadcycle/cloud-api/live/position';
import { encodeBatch } from '@loadcycle/codecs';
import { HEADERS, LOG_TOPICS, samplesTopic } from '@loadcycle/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOf, openTestApi, seed, type TestApi, until } from './api-support.ts';
import { LiveStream } from './live-stream.ts';

let t: TestApi;
beforeAll(async () => {
  t = await openTestApi({ live: { tickMs: 10, heartbeatMs: 50, maxReaders: 600, maxReadersOfClient: 600 } });
  await seed(t.db);
});
afterAll(() => t.close());

const PATH = { site: 'plant1', device: 'motor1', signal: 'motor-voltage' };
const KEY = 'plant1/motor1/motor-voltage';
const SESSION = '01990000-0000-7000-8000-000000000000';
let t0 = Date.UTC(2026, 10, 24) * 1000;
let seq = 0;

/** One batch of a second at 1 kHz into the log, as the bridge would put it there. */
async function batch(
  path = PATH,
  values = Float64Array.from({ length: 1000 }, (_, i) => i),
): Promise<number> {
  const at = t0;
  t0 += values.length * 1000;
  const value = encodeBatch({
    session: SESSION,
    seq: seq++,
    unit: 'V',
    t0Us: at,
    dtUs: 1000,
    offsetsUs: null,
    values,
  });
  const headers = {
    [HEADERS.mqttTopic]: samplesTopic(path),
    [HEADERS.contentType]: '',
    [HEADERS.receivedAt]: String(t0),
  };
  await t.eventLog.append([
    { topic: LOG_TOPICS.samples, key: `${path.site}/${path.device}/${path.signal}`, value, headers },
  ]);
  return at;
}

const stream = (
  query: string,
  options?: { token?: string | null; lastEventId?: string },
): Promise<LiveStream> => new LiveStream(t, query, options).hello();

describe('the decimator', () => {
  it('keeps every extreme in at most two points a slot, however the samples come', () => {
    const values = fc.array(
      fc.option(
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((v) => v + 0),
        { nil: Number.NaN },
      ),
      {
        minLength: 1,
        maxLength: 300,
      },
    );
    fc.assert(
      fc.property(
        values,
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.nat(50), { maxLength: 20 }),
        (all, rate, cuts) => {
          const make = (pieces: number[][]): [number, number | null][] => {
            const d = new Decimator(rate);
            const out = { t: [] as number[], v: [] as (number | null)[] };
            let at = 0;
            for (const piece of pieces) {
              if (piece.length === 0) continue;
              d.push(
                {
                  session: '',
                  seq: 0,
                  unit: 'V',
                  t0Us: at * 1000,
                  dtUs: 1000,
                  offsetsUs: null,
                  values: Float64Array.from(piece),
                },
                out,
              );
              at += piece.length;
            }
            d.flush(out);
            return out.t.map((us, i) => [us, out.v[i]!]);
          };
          const whole = make([all]);
          const pieces: number[][] = [];
          let from = 0;
          for (const cut of cuts) {
            pieces.push(all.slice(from, from + cut));
            from += cut;
          }
          pieces.push(all.slice(from));
          expect(make(pieces)).toEqual(whole);
          const present = all.filter((v) => !Number.isNaN(v));
          const kept = whole.flatMap(([, v]) => (v === null ? [] : [v]));
          if (present.length > 0) {
            expect(Math.max(...kept)).toBe(Math.max(...present));
            expect(Math.min(...kept)).toBe(Math.min(...present));
          }
          const slots = Math.ceil((all.length * 1000) / (2e6 / rate)) + 1;
          expect(whole.length).toBeLessThanOrEqual(2 * slots);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('has ids that read back as they were written, and nothing else', () => {
    const positions = new Map([
      ['loadcycle.samples/0', 0],
      ['loadcycle.samples/11', 123_456_789],
      ['loadcycle.status/1', 7],
    ]);
    expect(decodePositions(encodePositions(positions))).toEqual(positions);
    for (const bad of [
      'x',
      's0',
      's0.',
      's0.!',
      's0.1,,c0.1',
      's-1.1',
      `s0.${'z'.repeat(12)}`,
      's0.1'.repeat(9999),
    ]) {
      expect(decodePositions(bad)).toBeNull();
    }
  });
});

describe('GET /v1/live', () => {
  it('sends samples of the signals asked for, at the rate asked for, extremes kept', async () => {
    const s = await stream(`signal=${KEY}&rate=20`);
    const values = Float64Array.from({ length: 1000 }, (_, i) => (i === 333 ? 9999 : Math.sin(i / 50)));
    values[777] = Number.NaN;
    const first = await batch(PATH, values);
    await batch({ ...PATH, device: 'motor2' });
    await batch();
    await until(() => s.points().some(([us]) => us >= first + 1_900_000));
    expect(s.of('samples').every((d) => d['signal'] === KEY && d['unit'] === 'V')).toBe(true);
    const points = s.points().filter(([us]) => us < first + 1_000_000);
    expect(points.length).toBeLessThanOrEqual(22);
    expect(points).toContainEqual([first + 333_000, 9999]);
    s.close();
  });

  it('passes slow signals as they are, and a missing sample as null', async () => {
    const s = await stream(`signal=${KEY}&rate=10000`);
    const at = await batch(PATH, Float64Array.from([1, Number.NaN, 3]));
    await batch(PATH, Float64Array.from([4]));
    await until(() => s.points().length >= 4);
    expect(s.points()).toEqual([
      [at, 1],
      [at + 1000, null],
      [at + 2000, 3],
      [at + 3000, 4],
    ]);
    s.close();
  });

  it('sends cycles, anomalies and status, within the grants', async () => {
    const all = await stream('');
    const token = await t.token(['cycles:read'], ['plant2']);
    const other = await stream('', { token });
    const text = (o: object): Uint8Array => new TextEncoder().encode(JSON.stringify(o, null, 1));
    for (const site of ['plant1', 'plant2']) {
      await t.eventLog.append([
        {
          topic: LOG_TOPICS.cycles,
          key: `${site}/m/v`,
          value: text({ site, device: 'm', signal: 'v', event: 'cycle', revision: 1 }),
        },
        { topic: LOG_TOPICS.anomalies, key: `${site}/m/v`, value: text({ site, anomaly: 1 }) },
        { topic: LOG_TOPICS.status, key: `${site}/m`, value: text({ state: 'online', at: 1 }) },
      ]);
    }
    await t.eventLog.append([{ topic: LOG_TOPICS.cycles, key: 'no key', value: text({}) }]);
    await t.eventLog.append([{ topic: LOG_TOPICS.cycles, key: 'plant2/m/v', value: text({ last: true }) }]);
    await until(() => other.of('cycles').some((d) => d['last'] === true) && all.of('cycles').length >= 3);
    await until(() => all.of('status').length >= 2 && other.of('anomalies').length >= 1);
    expect(all.of('cycles')).toHaveLength(3);
    expect(all.of('status').map((d) => d['site'])).toEqual(['plant1', 'plant2']);
    expect(other.events.filter((e) => JSON.stringify(e).includes('plant1'))).toEqual([]);
    expect(other.of('cycles')[0]).toEqual({
      site: 'plant2',
      device: 'm',
      signal: 'v',
      event: 'cycle',
      revision: 1,
    });
    expect(other.of('status')).toHaveLength(1);
    all.close();
    other.close();
  });

  it('goes on from Last-Event-ID: nothing is missing', async () => {
    const query = `signal=${KEY}&rate=10000`;
    const s = await stream(query);
    const from = await batch();
    await until(() => s.points().length > 900);
    const { id } = s;
    const had = s.points();
    s.close();
    for (let i = 0; i < 5; i++) await batch();
    const back = await stream(query, { lastEventId: id });
    const last = await batch();
    await until(() => back.points().some(([us]) => us >= last + 999_000));
    const times = new Set([...had, ...back.points()].map(([us]) => us));
    expect(times.size).toBe(7000);
    expect(Math.min(...times)).toBe(from);
    back.close();
    // a browser that opens a new stream brings the id in the query
    const again = await stream(`${query}&lastEventId=${encodeURIComponent(id)}&event=samples`);
    await until(() => again.points().some(([us]) => us >= last + 999_000));
    again.close();
  });

  it('tells a gap where the log no longer holds what was missed', async () => {
    const s = await stream(`signal=${KEY}`);
    const positions = decodePositions(s.id)!;
    s.close();
    const [[partition, next]] = [...positions].filter(([key]) => key.startsWith('loadcycle.samples')) as [
      [string, number],
    ];
    const at = partition.lastIndexOf('/');
    const value = new Uint8Array([1]);
    const key = await until(async () => {
      // a key of that partition
      const candidate = `x/y/z${Math.random()}`;
      await t.eventLog.append([{ topic: LOG_TOPICS.samples, key: candidate, value }]);
      const ends = await t.eventLog.ends([LOG_TOPICS.samples]);
      return ends.find((e) => e.partition === Number(partition.slice(at + 1)))!.end > next ? candidate : null;
    });
    await t.eventLog.append(
      Array.from({ length: 20_100 }, () => ({ topic: LOG_TOPICS.samples, key, value })),
    );
    const back = await stream(`signal=${KEY}`, {
      lastEventId: encodePositions(new Map([[partition, next]])),
    });
    await until(() => back.of('gap').length > 0);
    expect(back.of('gap')[0]).toMatchObject({ topic: LOG_TOPICS.samples, from: next });
    back.close();
  });

  it('sends a comment when there is nothing else', async () => {
    const s = await stream(`signal=${KEY}&event=anomalies`);
    await until(() => s.comments >= 2);
    s.close();
  });

  it('opens for a ticket once, and for no other', async () => {
    const ask = async (): Promise<string> => {
      const response = await t.call('/v1/live/tickets', { method: 'POST' });
      expect(response.status).toBe(201);
      return (await jsonOf(response)).ticket;
    };
    const ticket = await ask();
    const s = await stream(`signal=${KEY}&ticket=${ticket}`, { token: null });
    s.close();
    expect((await t.call(`/v1/live?ticket=${ticket}`, { token: null })).status).toBe(401);
    expect((await t.call('/v1/live?ticket=nonsense', { token: null })).status).toBe(401);
    expect((await t.call(`/v1/sites?ticket=${await ask()}`, { token: null })).status).toBe(401);
    const old = await ask();
    await t.db.query(`UPDATE live_ticket SET expires_at = now() - interval '1 second'`);
    expect((await t.call(`/v1/live?ticket=${old}`, { token: null })).status).toBe(401);
    const narrow = await t.token(['samples:read'], ['plant2']);
    const mine = await jsonOf(t.call('/v1/live/tickets', { method: 'POST', token: narrow }));
    expect((await t.call(`/v1/live?ticket=${mine.ticket}&signal=${KEY}`, { token: null })).status).toBe(403);
    // a ticket never shows in the access log
    await until(async () => {
      const rows = await t.db.query<{ path: string }>(
        `SELECT path FROM access_log WHERE path LIKE '/v1/live?%ticket=%'`,
      );
      return (
        rows.length >= 4 && rows.every((r) => r.path.includes('ticket=(secret)') && !r.path.includes(ticket))
      );
    });
  });

  it.each([
    ['signal=motor1', 400],
    ['rate=0', 400],
    ['rate=1e9', 400],
    ['rate=fast', 400],
    ['event=everything', 400],
    ['lastEventId=nonsense', 400],
  ])('refuses %s', async (query, status) => {
    expect((await t.call(`/v1/live?${query}`)).status).toBe(status);
  });

  it('refuses signals and events beyond the token', async () => {
    const token = await t.token(['cycles:read'], ['plant2']);
    expect((await t.call(`/v1/live?signal=${KEY}`, { token })).status).toBe(403);
    expect((await t.call('/v1/live?event=samples', { token })).status).toBe(403);
    const html = await t.call('/v1/live', { headers: { accept: 'text/html' } });
    expect(html.status).toBe(406);
  });

  it('serves 500 readers at once, drops the one that does not read, and turns away more than its limit', async () => {
    const slow = connect(t.api.port, '127.0.0.1');
    const path = `/v1/live?signal=${KEY}&rate=10000`;
    slow.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${t.admin}\r\n\r\n`);
    await new Promise((resolve) => slow.once('readable', resolve));
    let gone = false;
    slow.on('close', () => {
      gone = true;
    });
    slow.on('error', () => {
      gone = true;
    });
    const readers = await Promise.all(Array.from({ length: 500 }, () => stream(`signal=${KEY}&rate=20`)));
    const wild = Float64Array.from({ length: 20_000 }, (_, i) => Math.sin(i) * 1e-9);
    let last = 0;
    const dropped = (): boolean => t.logLines.some((line) => line.includes('too slow'));
    for (let i = 0; i < 2000 && !dropped(); i++) {
      last = await batch(PATH, wild);
      if (i % 5 === 4) await until(() => readers[0]!.points().some(([us]) => us >= last));
    }
    expect(dropped()).toBe(true);
    last = await batch(PATH, wild);
    await until(() => readers.every((r) => r.points().some(([us]) => us >= last)));
    expect(readers.every((r) => !r.ended)).toBe(true);
    const lists = new Set(readers.map((r) => r.points().length));
    expect(lists.size).toBeLessThanOrEqual(3);
    slow.resume();
    await until(() => gone);
    const many = await Promise.all(Array.from({ length: 110 }, () => t.call(path)));
    expect(many.some((r) => r.status === 429)).toBe(true);
    await Promise.all(many.map((r) => r.body?.cancel()));
    for (const r of readers) r.close();
  });
});
