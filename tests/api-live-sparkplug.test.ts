import { HEADERS, LOG_TOPICS, silentLogger } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { startLanding } from '@loadcycle/processors/landing/index';
import { Health } from '@loadcycle/service';
import sparkplug from 'sparkplug-payload';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { asRole, openTestApi, type TestApi, until } from './api-support.ts';
import { caughtUp } from './landing-support.ts';
import { LiveStream } from './live-stream.ts';

// an encoder that is not ours: Eclipse Tahu's
const { encodePayload } = sparkplug.get('spBv1.0')!;
type Metric = NonNullable<Parameters<typeof encodePayload>[0]['metrics']>[number];

/** What the API asks the store for of Sparkplug's nodes: counted, and held or refused where a test wants it. */
const asked = { count: 0, hold: null as Promise<void> | null, refuse: 0 };

function watched(db: Database, role: 'reader' | 'control'): Database {
  const inner = asRole(db, role);
  return new Proxy(inner, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      if (name !== 'query') return value.bind(target);
      return async (sql: string, params?: unknown[]) => {
        if (!sql.includes('sparkplug_state')) return target.query(sql, params as never);
        asked.count++;
        await asked.hold;
        if (asked.refuse > 0) {
          asked.refuse--;
          throw new Error('the store is away');
        }
        return target.query(sql, params as never);
      };
    },
  });
}

let t: TestApi;
beforeAll(async () => {
  t = await openTestApi({ live: { tickMs: 10, heartbeatMs: 50 }, roles: watched });
});
afterAll(() => t.close());

async function landing(): Promise<() => Promise<void>> {
  const database = 'as' in t.db ? (t.db as Database & { as(r: string): Database }).as('writer') : t.db;
  const log = silentLogger;
  const worker = await startLanding({ eventLog: t.eventLog, database, health: new Health(), log });
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= worker.close());
  onTestFinished(close);
  return close;
}

let nodes = 0;
let nowMs = Date.UTC(2026, 10, 24);

/** An edge node and its device, whose messages are put into the log as the bridge does; it sends by alias. */
class Gateway {
  readonly name = `gw${++nodes}`;
  readonly device = `hall/${this.name}--press`;
  readonly pressure = `${this.device}/pressure`;
  readonly force = `${this.device}/force`;
  #seq = 0;
  #aliases = [1, 2];

  async born(aliases = [1, 2], values = [100, 200]): Promise<void> {
    this.#seq = 0;
    this.#aliases = aliases;
    await this.send('NBIRTH', [{ name: 'bdSeq', type: 'Int64', value: 0 }]);
    await this.send('DBIRTH', [
      { name: 'pressure', alias: aliases[0], type: 'Double', value: values[0], ...unit('bar') } as Metric,
      { name: 'force', alias: aliases[1], type: 'Double', value: values[1], ...unit('N') } as Metric,
    ]);
  }

  /** Pressures are from 100 on, forces from 200 on. */
  async data(pressure: number, force: number): Promise<void> {
    await this.send('DDATA', [
      { alias: this.#aliases[0], type: 'Double', value: pressure } as Metric,
      { alias: this.#aliases[1], type: 'Double', value: force } as Metric,
    ]);
  }

  lose(): void {
    this.#seq = (this.#seq + 1) % 256;
  }

  async die(): Promise<void> {
    await this.send('NDEATH', [{ name: 'bdSeq', type: 'Int64', value: 0 }]);
  }

  async send(type: string, metrics: Metric[]): Promise<void> {
    const timestamp = (nowMs += 10);
    const seq = this.#seq;
    this.#seq = (seq + 1) % 256;
    const payload = encodePayload({ timestamp, seq, metrics: metrics.map((m) => ({ ...m, timestamp })) });
    const headers = {
      [HEADERS.mqttTopic]: `spBv1.0/hall/${type}/${this.name}${type.startsWith('D') ? '/press' : ''}`,
      [HEADERS.contentType]: '',
      [HEADERS.receivedAt]: String(timestamp * 1000),
    };
    const record = { topic: LOG_TOPICS.samples, key: `spBv1.0/hall/${this.name}`, value: payload, headers };
    await t.eventLog.append([record]);
  }
}

const unit = (value: string) => ({ properties: { engUnit: { type: 'String', value } } });

async function stream(query: string, lastEventId?: string): Promise<LiveStream> {
  const s = new LiveStream(t, `rate=10000&${query}`, lastEventId === undefined ? {} : { lastEventId });
  onTestFinished(() => s.close());
  return s.hello();
}

/** Each value once: after a resume a point may come twice. */
const pressures = (s: LiveStream): (number | null)[] => [...new Set(s.points().map(([, v]) => v))];
/** Without the first birth's own, which a reader of births may bring for all while it waits for the store. */
const later = (s: LiveStream): (number | null)[] => pressures(s).filter((v) => v !== 100);
const landed = (): Promise<void> => caughtUp(t, 'landing');

test('a reader that comes between birth and data gets the data, by what landing has saved', async () => {
  await landing();
  const gw = new Gateway();
  await gw.born();
  await gw.data(101, 201);
  await landed();
  const s = await stream(`event=samples&signal=${gw.pressure}&signal=${gw.force}`);
  await gw.data(102, 202);
  await gw.data(103, 203);
  await until(() => s.points().length >= 4);
  const of = (signal: string) => s.of('samples').filter((d) => d['signal'] === signal);
  expect(of(gw.pressure).flatMap((d) => d['v'])).toEqual([102, 103]);
  expect(of(gw.force).flatMap((d) => d['v'])).toEqual([202, 203]);
  expect(new Set(of(gw.pressure).map((d) => d['unit']))).toEqual(new Set(['bar']));
});

test('landing is behind: what it has not read yet is read from the log', async () => {
  const close = await landing();
  const gw = new Gateway();
  await gw.born();
  await landed();
  await close();
  // its aliases change places, which the store does not know
  await gw.born([2, 1]);
  await gw.data(101, 201);
  const s = await stream(`event=samples&signal=${gw.pressure}`);
  await gw.data(102, 202);
  await until(() => pressures(s).includes(102));
  expect(pressures(s)).toEqual([102]);
  // and one that the store has never heard of
  const other = new Gateway();
  await other.born();
  const o = await stream(`event=samples&signal=${other.force}`);
  await other.data(101, 201);
  await until(() => pressures(o).length > 0);
  expect(pressures(o)).toEqual([201]);
});

test('landing is ahead: no value is read under births that came after it', async () => {
  await landing();
  const gw = new Gateway();
  await gw.born();
  await gw.data(101, 201);
  await landed();
  const s = await stream(`event=samples&signal=${gw.pressure}&signal=${gw.force}`);
  let go = (): void => {};
  asked.hold = new Promise((resolve) => {
    go = resolve;
  });
  const before = asked.count;
  // the node is looked up for the first of these, and landing passes them all meanwhile
  await gw.data(102, 202);
  await gw.born([2, 1], [103, 203]);
  await gw.data(104, 204);
  await until(() => asked.count > before);
  await landed();
  asked.hold = null;
  go();
  await gw.data(105, 205);
  await until(() => pressures(s).includes(105) && pressures(s).includes(205));
  const values = s.of('samples').map((d) => [d['signal'], d['v']] as [string, number[]]);
  for (const [signal, v] of values) {
    expect(v.every((x) => (signal === gw.pressure ? x < 200 : x >= 200))).toBe(true);
  }
  // before its birth nothing can be said for certain; from there on all of it
  expect(pressures(s).toSorted()).toEqual([103, 104, 105, 203, 204, 205]);
});

test('goes on from Last-Event-ID, over births whose aliases have changed places', async () => {
  await landing();
  const gw = new Gateway();
  await gw.born();
  await landed();
  const s = await stream(`event=samples&signal=${gw.pressure}`);
  await gw.data(101, 201);
  await until(() => pressures(s).length === 1);
  const { id } = s;
  s.close();
  await gw.data(102, 202);
  await gw.data(103, 203);
  await landed();
  const back = await stream(`event=samples&signal=${gw.pressure}`, id);
  await gw.data(104, 204);
  await until(() => pressures(back).includes(104));
  expect(pressures(back)).toEqual([102, 103, 104]);
  expect(back.of('gap')).toEqual([]);
  const { id: afterwards } = back;
  back.close();
  await gw.born([2, 1], [105, 205]);
  await gw.data(106, 206);
  await landed();
  const again = await stream(`event=samples&signal=${gw.pressure}`, afterwards);
  await gw.data(107, 207);
  await until(() => pressures(again).includes(107));
  expect(pressures(again)).toEqual([105, 106, 107]);
  // from before the birth: what landing knows now says nothing of the messages between, and the reader is told
  const old = await stream(`event=samples&signal=${gw.pressure}`, id);
  await until(() => pressures(old).includes(107) && old.of('gap').length > 0);
  expect(pressures(old)).toEqual([105, 106, 107]);
  expect(old.of('gap')[0]).toMatchObject({ topic: LOG_TOPICS.samples });
});

test('after a lost message nothing is read until the births come; births and deaths are told as status', async () => {
  await landing();
  const gw = new Gateway();
  await gw.born();
  await landed();
  const s = await stream(`signal=${gw.pressure}`);
  await gw.data(101, 201);
  await until(() => pressures(s).includes(101));
  gw.lose();
  await gw.data(102, 202);
  await gw.born([2, 1], [103, 203]);
  await gw.data(104, 204);
  await gw.die();
  await until(() => s.of('status').some((d) => JSON.stringify(d['status']).includes('offline')));
  await until(() => pressures(s).includes(104));
  expect(later(s)).toEqual([101, 103, 104]);
  const status = s
    .of('status')
    .map((d) => [d['site'], d['device'], (d['status'] as { state: string }).state]);
  expect(status).toEqual([
    ['hall', `${gw.name}--press`, 'online'],
    ['hall', `${gw.name}--press`, 'offline'],
  ]);
});

test('asks for a node only where somebody wants something of it, and reads nothing else of the store', async () => {
  await landing();
  const gw = new Gateway();
  const quiet = new Gateway();
  await gw.born();
  await quiet.born();
  await landed();
  const s = await stream(`event=samples&signal=${gw.pressure}`);
  const status = await stream('event=status');
  const before = asked.count;
  for (let i = 0; i < 5; i++) {
    await quiet.data(100 + i, 200 + i);
    await gw.data(100 + i, 200 + i);
  }
  await until(() => pressures(s).includes(104));
  expect(asked.count - before).toBe(1);
  // a death is read for the status alone; landing may be quicker than the one who asks
  let go = (): void => {};
  asked.hold = new Promise((resolve) => {
    go = resolve;
  });
  await quiet.die();
  await landed();
  asked.hold = null;
  go();
  await until(() => status.of('status').length >= 2);
  expect(asked.count - before).toBe(2);
  expect(status.of('status').map((d) => d['device'])).toEqual([quiet.name, `${quiet.name}--press`]);
});

test('the store is away: samples wait for it, and an id does not pass them', async () => {
  await landing();
  const gw = new Gateway();
  await gw.born();
  await landed();
  const s = await stream(`signal=${gw.pressure}`);
  const before = asked.count;
  asked.refuse = 1;
  let go = (): void => {};
  await gw.data(101, 201);
  await until(() => asked.refuse === 0);
  asked.hold = new Promise((resolve) => {
    go = resolve;
  });
  await until(() => asked.count > before + 1);
  await gw.data(102, 202);
  // something else goes out meanwhile
  const value = new TextEncoder().encode('{"state":"online","at":1}');
  await t.eventLog.append([{ topic: LOG_TOPICS.status, key: gw.device, value }]);
  await until(() => s.of('status').length > 0);
  expect(later(s)).toEqual([]);
  const { id } = s;
  asked.hold = null;
  go();
  await until(() => later(s).length >= 2);
  expect(later(s)).toEqual([101, 102]);
  const back = await stream(`event=samples&signal=${gw.pressure}`, id);
  await until(() => pressures(back).includes(102));
  expect(pressures(back)).toEqual([101, 102]);
});
