import type { LoadcycleError } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import type { ConsumeOptions, EventLog, LogConsumer, LogRecord } from '@loadcycle/event-log/port';
import { type LogWork, LogWorker } from '@loadcycle/processors/work/log-worker';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type Bench,
  batchOf,
  caughtUp,
  onBench,
  openBench,
  recordOf,
  startOn,
  until,
} from './landing-support.ts';

/** One of each class of SQLSTATE that can follow a record; those of rights, schema and disk follow none (see below). */
const STATES = (
  '02000 03000 08006 09000 0A000 0B000 0F001 0L000 0P000 0Z002 20000 21000 22003 23502 23503 23505 23514 24000 25P02 26000 ' +
  '27000 2B000 2D000 2F002 34000 38001 39001 3B001 40001 40P01 44000 53000 53200 53400 54000 54001 55000 55P03 57014 ' +
  '57P01 58030 72000 F0000 HV000 P0001 XX000 XX001 TS001'
).split(' ');
const ENVIRONMENT = ['28P01', '3D000', '3F000', '42P01', '42501', '53100', '53300'];

const SETTINGS = { poisonTries: 2, landingTimeout: 1_500_000 };

/** The store itself fails for the batches that the table names, whenever they are written. */
async function failing({ db }: Bench): Promise<void> {
  await db.exec(`
    CREATE TABLE poison (seq bigint PRIMARY KEY, state text NOT NULL);
    GRANT SELECT ON poison TO loadcycle_writer;
    CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE s text;
    BEGIN
      SELECT state INTO s FROM poison WHERE seq = NEW.seq;
      IF s = 'timeout' THEN LOOP END LOOP; END IF;
      IF s = 'crash' THEN PERFORM (repeat('[', 5000) || repeat(']', 5000))::jsonb; RAISE 'not dead' USING ERRCODE = 'XX000'; END IF;
      IF s IS NOT NULL THEN RAISE EXCEPTION 'made to fail' USING ERRCODE = s; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER poison BEFORE INSERT ON batch FOR EACH ROW EXECUTE FUNCTION poison()`);
  onTestFinished(async () => {
    await db.exec('DROP TRIGGER poison ON batch; DROP FUNCTION poison; DROP TABLE poison');
  });
}

const poison = ({ db }: Bench, states: ReadonlyMap<number, string>): Promise<unknown> =>
  db.query('INSERT INTO poison SELECT * FROM unnest($1::bigint[], $2::text[])', [
    [...states.keys()],
    [...states.values()],
  ]);

/** What landed, each sample once; and what did not, with why. */
async function outcome({ db }: Bench) {
  const landed = await db.query<{ seq: number; rows: number }>(
    `SELECT b.seq, (SELECT count(*) FROM sample s WHERE s.signal_id = b.signal_id AND s.ts BETWEEN b.t0 AND b.t_end) AS rows
     FROM batch b ORDER BY seq`,
  );
  const letters = await db.query<{ offset: number; reason: string; detail: string }>(
    'SELECT "offset", reason, detail FROM dead_letter ORDER BY "offset"',
  );
  return { landed: landed.map((b) => b.seq), whole: landed.every((b) => b.rows === 10), letters };
}

const COUNT = 8;
const batches = (n: number) => Array.from({ length: n }, (_, seq) => recordOf(batchOf(seq)));

describe('a record that fails alone', { timeout: 180_000 }, () => {
  test('of each class of failure: it is quarantined with the last error, and all others land, once', async () => {
    const b = await openBench({ partitions: 1 });
    await failing(b);
    // one in three fails, each in its own way
    const bad = new Map(STATES.map((state, i) => [3 * i + 1, state]));
    await poison(b, bad);
    const n = 3 * STATES.length;
    await b.eventLog.append(batches(n));
    const landing = await startOn(b, { settings: SETTINGS });
    await caughtUp(b, 'landing');
    await landing.close();
    const { landed, whole, letters } = await outcome(b);
    expect(landed).toEqual(Array.from({ length: n }, (_, i) => i).filter((i) => !bad.has(i)));
    expect(whole).toBe(true);
    expect(letters.map((l) => [l.offset, l.reason])).toEqual(
      [...bad].map(([seq, s]) => [
        seq,
        /^22|^23502|^23514/.test(s) ? 'message.store-rejected' : 'message.poison',
      ]),
    );
    for (const { offset, detail } of letters) expect(detail).toContain(bad.get(offset)!);
    expect(await b.db.query("SELECT next FROM consumer_offset WHERE consumer = 'landing'")).toEqual([
      { next: n },
    ]);
    expect(await b.db.query('SELECT count(*) AS n FROM record_attempt')).toEqual([{ n: 0 }]);
  });

  test.for(['timeout', 'crash', 'XX000'])('%s at each place of a group', async (state) => {
    const b = await openBench({ partitions: 1 });
    await failing(b);
    const many = { XX000: COUNT, crash: 2, timeout: 1 }[state]!;
    // groups of all records, and in each of them another one
    for (let at = 0; at < many; at++) {
      const from = at * COUNT;
      const bad = from + (state === 'XX000' ? at : 2 + 3 * at);
      await poison(b, new Map([[bad, state]]));
      await b.eventLog.append(batches((at + 1) * COUNT).slice(from));
    }
    const landing = await startOn(b, { settings: SETTINGS });
    await caughtUp(b, 'landing');
    await landing.close();
    const { landed, whole, letters } = await outcome(b);
    expect(letters.map((l) => l.reason)).toEqual(new Array(many).fill('message.poison'));
    expect(landed).toHaveLength(many * (COUNT - 1));
    expect(whole).toBe(true);
  });
});

test.for(ENVIRONMENT)(
  '%s follows no record: landing waits, says so, and lands all once it is mended',
  async (state) => {
    const b = await openBench({ partitions: 1 });
    await failing(b);
    await poison(b, new Map([[3, state]]));
    await b.eventLog.append(batches(COUNT));
    const common = onBench(b);
    const landing = await startOn(b, { ...common, settings: SETTINGS });
    await until(
      async () => common.health.snapshot()['landing']?.state,
      (s) => s === 'failing' || s === 'waiting',
    );
    await b.db.exec('TRUNCATE poison');
    await caughtUp(b, 'landing');
    await landing.close();
    const { landed, whole, letters } = await outcome(b);
    expect({ n: landed.length, whole, letters }).toEqual({ n: COUNT, whole: true, letters: [] });
  },
);

test('a store that fails whatever it is given is not held against the records', async () => {
  const b = await openBench({ partitions: 1 });
  await b.eventLog.append(batches(COUNT));
  await b.db.exec(`CREATE FUNCTION full_up() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'out of shared memory' USING ERRCODE = '53200'; END $$;
    CREATE TRIGGER full_up BEFORE INSERT ON batch FOR EACH ROW EXECUTE FUNCTION full_up()`);
  const common = onBench(b);
  let tries = 0;
  const counted: Database = Object.assign(Object.create(b.writer) as Database, {
    transaction: (work: never, options: never) => {
      tries++;
      return b.writer.transaction(work, options);
    },
    query: (sql: string, params: never) => b.writer.query(sql, params),
  });
  const landing = await startOn(b, {
    ...common,
    database: counted,
    settings: { ...SETTINGS, poisonTries: 1 },
  });
  await until(
    async () => tries,
    (n) => n > 6,
  );
  expect(common.health.snapshot()['landing']).toMatchObject({ state: 'waiting', code: 'store.unavailable' });
  await b.db.exec('DROP TRIGGER full_up ON batch; DROP FUNCTION full_up');
  await caughtUp(b, 'landing');
  await landing.close();
  const { landed, letters } = await outcome(b);
  expect({ n: landed.length, letters }).toEqual({ n: COUNT, letters: [] });
});

/** Work of this test's own, to fail where no real message makes ours fail. */
class Failing implements LogWork<readonly LogRecord[]> {
  readonly name = 'failing';
  readonly topics = ['loadcycle.samples'];
  readonly done: number[] = [];
  readonly rejected = new Map<number, LoadcycleError>();
  readonly #fails: (offset: number) => void;

  constructor(fails: (offset: number) => void) {
    this.#fails = fails;
  }

  poll = () => ({ maxBytes: 1_000_000, maxRecords: 1_000, gatherMs: 0, waitMs: 100 });

  async prepare(records: readonly LogRecord[], rejected: ReadonlyMap<LogRecord, LoadcycleError>) {
    for (const [record, error] of rejected) this.rejected.set(record.offset, error);
    const taken = records.filter((r) => !rejected.has(r));
    for (const r of taken) this.#fails(r.offset);
    return taken;
  }

  async apply(): Promise<undefined> {}

  committed(taken: readonly LogRecord[]): void {
    this.done.push(...taken.map((r) => r.offset));
  }
}

test('a defect of ours that one record meets costs that record only, at any place of a group', async () => {
  const b = await openBench({ partitions: 1 });
  const bad = [0, 5, 20, 21, 39];
  await b.eventLog.append(batches(40));
  const work = new Failing((offset) => {
    if (bad.includes(offset)) throw new TypeError(`nothing to read of ${offset}`);
  });
  const worker = new LogWorker({ ...onBench(b), work, tries: 2 });
  await caughtUp(b, 'failing');
  await worker.close();
  expect(work.done).toEqual(Array.from({ length: 40 }, (_, i) => i).filter((i) => !bad.includes(i)));
  expect([...work.rejected].map(([offset, e]) => [offset, e.code])).toEqual(
    bad.map((offset) => [offset, 'message.poison']),
  );
  expect(work.rejected.get(20)!.message).toContain('nothing to read of 20');
});

test('a process that one record kills comes nearer to it with each restart, and then leaves it out', async () => {
  const b = await openBench({ partitions: 1 });
  const bad = 30;
  await b.eventLog.append(batches(60));
  const done: number[] = [];
  let starts = 0;
  for (let ended = false; !ended && starts < 30; starts++) {
    // the death of a process: the worker never hears of the store again, and nothing of it is closed in order
    const dead = Promise.withResolvers<'dead'>();
    const work = new Failing(() => {});
    work.prepare = async (records, rejected) => {
      for (const [record, error] of rejected) work.rejected.set(record.offset, error);
      const taken = records.filter((r) => !rejected.has(r));
      if (taken.some((r) => r.offset === bad)) {
        dead.resolve('dead');
        await new Promise(() => {});
      }
      return taken;
    };
    // what was being committed at that moment may still be
    work.committed = (taken) => void done.push(...taken.map((r) => r.offset));
    const consumers: LogConsumer[] = [];
    const real = b.eventLog;
    const eventLog: EventLog = {
      ensureTopics: (topics) => real.ensureTopics(topics),
      append: (records) => real.append(records),
      consume: async (options: ConsumeOptions) => {
        consumers.push(await real.consume(options));
        return consumers[0]!;
      },
      read: (from, most) => real.read(from, most),
      ends: (topics) => real.ends(topics),
      identities: (topics) => real.identities(topics),
      committed: (...args) => real.committed(...args),
      tail: (options) => real.tail(options),
      close: () => real.close(),
    };
    const worker = new LogWorker({ ...onBench(b), eventLog, work, tries: 3 });
    ended = (await Promise.race([dead.promise, caughtUp(b, 'failing')])) !== 'dead';
    if (ended) await worker.close();
    else for (const consumer of consumers) await consumer.close();
    if (ended) expect([...work.rejected.keys()]).toEqual([bad]);
  }
  expect(done).toEqual(Array.from({ length: 60 }, (_, i) => i).filter((i) => i !== bad));
  expect(starts).toBeLessThan(15);
});
