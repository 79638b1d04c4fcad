import { join } from 'node:path';
import { LOG_TOPICS, silentLogger } from '@loadcycle/contract';
import type { EventLog } from '@loadcycle/event-log/port';
import { openSqliteLog } from '@loadcycle/event-log/sqlite/index';
import { completeness } from '@loadcycle/processors/completeness/index';
import { positionsInLog } from '@loadcycle/processors/work/log-positions';
import { Health } from '@loadcycle/service';
import { expect, onTestFinished, test } from 'vitest';
import { batchesOf, cut, settled, startWorkers, stored, wave } from './cycles-worker-support.ts';
import {
  asNotifier,
  type Bench,
  batchOf,
  caughtUp,
  idOf,
  openBench,
  raw,
  recordOf,
  startOn,
  T0,
  TOPICS,
  until,
} from './landing-support.ts';

/** Another log in the place of the bench's, as after `rm -rf data/log`. */
async function anotherLog(b: Bench): Promise<Bench> {
  const eventLog = await openSqliteLog({ folder: join(b.folder, 'another') });
  await eventLog.ensureTopics(TOPICS);
  onTestFinished(() => eventLog.close());
  return { ...b, eventLog };
}

const seqs = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => recordOf(batchOf(from + i)));
const replacements = (b: Bench) =>
  b.db.query<{ oldLog: string | null; newLog: string; consumers: { consumer: string; next: number }[] }>(
    `SELECT old_log AS "oldLog", new_log AS "newLog", consumers FROM log_replacement WHERE topic = $1 ORDER BY id`,
    [LOG_TOPICS.samples],
  );
const landedSeqs = async (b: Bench): Promise<number[]> =>
  (await b.db.query<{ seq: number }>('SELECT seq FROM batch ORDER BY seq')).map((r) => r.seq);
const identityOf = async (eventLog: EventLog): Promise<string> =>
  (await eventLog.identities([LOG_TOPICS.samples])).get(LOG_TOPICS.samples)!;

test('a log that was lost and has grown past the old offset is read from its beginning, and said', async () => {
  const b = await openBench();
  await b.eventLog.append(seqs(0, 10));
  const first = await startOn(b);
  await caughtUp(b, 'landing');
  await first.close();

  // 10 to 14 were receipted into the log that is lost; 8 and 9 were sent again, for their receipts were
  const c = await anotherLog(b);
  await c.eventLog.append([...seqs(8, 10), ...seqs(15, 40)]);
  const lines: { code?: string; message: string }[] = [];
  const health = new Health();
  const second = await startOn(c, {
    health,
    log: {
      debug() {},
      info() {},
      warn() {},
      error: (fields, message) => void lines.push({ ...fields, message }),
    },
  });
  await caughtUp(c, 'landing');
  expect(await landedSeqs(b)).toEqual([
    ...Array.from({ length: 10 }, (_, i) => i),
    ...Array.from({ length: 25 }, (_, i) => 15 + i),
  ]);
  expect(second.stats()).toMatchObject({ batches: 25, duplicates: 2 });

  // said in the log once for each topic that had a consumer, in health until acknowledged, and in the store
  const said = lines.filter((l) => l.code === 'log.replaced');
  expect(said).toHaveLength(1);
  expect(said[0]!.message).toContain(LOG_TOPICS.samples);
  expect(await replacements(b)).toMatchObject([
    {
      oldLog: await identityOf(b.eventLog),
      newLog: await identityOf(c.eventLog),
      consumers: [expect.objectContaining({ consumer: 'landing', next: 10 })],
    },
  ]);
  await until(
    async () => health.snapshot()['lost log'],
    (part) => part?.state === 'failing' && part.code === 'log.replaced',
  );
  expect(health.ready).toBe(true);
  await second.close();

  // what is missing is counted with its reason; what never was in any log has none
  await c.eventLog.append(seqs(41, 42));
  const third = await startOn(c);
  await caughtUp(c, 'landing');
  await third.close();
  const range = { fromUs: T0, toUs: T0 + 3_600_000_000 };
  const { holes, total } = await completeness(b.db, await idOf(b), range);
  expect(holes.map((h) => [h.fromSeq, h.toSeq, h.samples, h.reason])).toEqual([
    [10, 14, 50, 'log.replaced'],
    [40, 40, 10, null],
  ]);
  expect(total.missing).toBe(60);
  expect(await replacements(b)).toHaveLength(1);
});

test('a log that has lost its newest records is read again; other messages at old places are not taken for old ones', async () => {
  const b = await openBench({ partitions: 1 });
  const bad = (text: string) => raw('s/d/voltage', 'loadcycle/v1/s/d/samples/voltage', Buffer.from(text));
  await b.eventLog.append([...seqs(0, 4), bad('{first')]);
  const first = await startOn(b);
  await caughtUp(b, 'landing');
  await first.close();
  // the same log, as an older copy of its file has it
  await b.db.query("UPDATE consumer_offset SET next = 7 WHERE consumer = 'landing'");
  await b.db.query('UPDATE dead_letter SET "offset" = 5 WHERE topic = $1', [LOG_TOPICS.samples]);
  const again = await startOn(b);
  await until(
    () => replacements(b),
    (rows) => rows.length === 1,
  );
  await b.eventLog.append([bad('{second'), ...seqs(4, 6)]);
  await caughtUp(b, 'landing');
  await again.close();
  const [noted] = await replacements(b);
  expect(noted!.oldLog).toBe(noted!.newLog);
  expect(await landedSeqs(b)).toEqual([0, 1, 2, 3, 4, 5]);
  const letters = await b.db.query<{ payload: Uint8Array }>('SELECT payload FROM dead_letter ORDER BY id');
  expect(letters.map((l) => Buffer.from(l.payload).toString())).toContain('{second');
});

test('dead letters of two logs at the same place are two', async () => {
  const b = await openBench({ partitions: 1 });
  const bad = (text: string) => raw('s/d/voltage', 'loadcycle/v1/s/d/samples/voltage', Buffer.from(text));
  await b.eventLog.append([bad('{first')]);
  const first = await startOn(b);
  await caughtUp(b, 'landing');
  await first.close();
  const c = await anotherLog(b);
  await c.eventLog.append([bad('{second'), bad('{third')]);
  const second = await startOn(c);
  await caughtUp(c, 'landing');
  await second.close();
  const letters = await b.db.query<{ payload: Uint8Array }>('SELECT payload FROM dead_letter ORDER BY id');
  expect(letters.map((l) => Buffer.from(l.payload).toString())).toEqual(['{first', '{second', '{third']);
});

test('a store that knows no identity takes that of the log that is there', async () => {
  const b = await openBench();
  await b.eventLog.append(seqs(0, 5));
  const first = await startOn(b);
  await caughtUp(b, 'landing');
  await first.close();
  await b.db.query('UPDATE consumer_offset SET log_id = NULL');
  await b.eventLog.append(seqs(5, 8));
  const second = await startOn(b);
  await caughtUp(b, 'landing');
  await second.close();
  expect(second.stats()).toMatchObject({ batches: 3, duplicates: 0 });
  expect(await replacements(b)).toEqual([]);
  const ids = await b.db.query<{ id: string }>(
    "SELECT DISTINCT log_id AS id FROM consumer_offset WHERE consumer = 'landing'",
  );
  expect(ids).toEqual([{ id: await identityOf(b.eventLog) }]);
});

test('cycles that landing was ahead of when the log was lost are cut from the store', async () => {
  const b = await openBench();
  const values = wave(20_000);
  const all = batchesOf(values, 250);
  const half = all.length / 2;
  await b.eventLog.append(all.slice(0, half).map((x) => recordOf(x)));
  const landing = await startOn(b);
  await caughtUp(b, 'landing');
  await landing.close();
  // the cycles worker stood at the beginning
  const c = await anotherLog(b);
  await b.db.query(
    `INSERT INTO consumer_offset (consumer, topic, partition, next, log_id)
     SELECT 'cycles', topic, partition, 0, log_id FROM consumer_offset WHERE consumer = 'landing' AND topic = $1`,
    [LOG_TOPICS.samples],
  );
  await c.eventLog.append(all.slice(half).map((x) => recordOf(x)));
  const workers = await startWorkers(c, { repairQuiet: 0 });
  await settled(c);
  await workers.close();
  expect(await stored(b)).toEqual(cut(values));
});

test('a teller of anomalies starts anew in another log, and at the end of one that lost its newest records', async () => {
  const b = await openBench({ partitions: 1 });
  const topic = LOG_TOPICS.anomalies;
  const database = asNotifier(b.db);
  const told = async (eventLog: EventLog): Promise<number> => {
    const parts = { database, eventLog, log: silentLogger };
    const { positions } = await positionsInLog(parts, 'notify-x', [{ topic, partition: 0 }]);
    return positions[0]!.next;
  };
  const event = (n: number) => ({ topic, key: 's/d/voltage', value: Buffer.from(`{"n":${n}}`) });
  await b.eventLog.append([event(0), event(1)]);
  await b.db.query(
    `INSERT INTO consumer_offset (consumer, topic, partition, next, log_id) VALUES ('notify-x', $1, 0, 2, NULL)`,
    [topic],
  );
  expect(await told(b.eventLog)).toBe(2);
  await b.db.query('UPDATE consumer_offset SET next = 9 WHERE topic = $1', [topic]);
  expect(await told(b.eventLog)).toBe(2);
  const c = await anotherLog(b);
  await c.eventLog.append([event(2), event(3), event(4)]);
  expect(await told(c.eventLog)).toBe(0);
});
