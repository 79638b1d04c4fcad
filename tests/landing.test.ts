import { LOG_TOPICS } from '@loadcycle/contract';
import { describe, expect, onTestFinished, test } from 'vitest';
import { batchOf, caughtUp, openBench, raw, recordOf, startOn, T0, until } from './landing-support.ts';

describe('landing', () => {
  test('lands each sample once, with its quality, and counts what came', async () => {
    const b = await openBench();
    const values = Float64Array.of(1, Number.NaN, 3);
    await b.eventLog.append([
      recordOf(batchOf(0)),
      recordOf(batchOf(1)),
      recordOf(batchOf(0)),
      recordOf(batchOf(2, { values })),
    ]);
    const landing = await startOn(b);
    await caughtUp(b, 'landing');
    await landing.close();
    expect(
      await b.db.query('SELECT count(*) AS n, count(value) AS known, max(quality) AS worst FROM sample'),
    ).toEqual([{ n: 23, known: 22, worst: 129 }]);
    expect(
      await b.db.query(
        'SELECT received, landed, duplicates, dead_lettered, samples, good, uncertain, bad FROM account WHERE signal_id > 0',
      ),
    ).toEqual([
      {
        received: 4,
        landed: 3,
        duplicates: 1,
        dead_lettered: 0,
        samples: 23,
        good: 22,
        uncertain: 0,
        bad: 1,
      },
    ]);
    expect(landing.stats()).toMatchObject({ records: 4, batches: 3, rows: 23, duplicates: 1 });
  });

  test('quarantines one bad message in the middle, untouched, and goes on', async () => {
    const b = await openBench();
    const bad = Buffer.from('{"session":');
    await b.eventLog.append([
      recordOf(batchOf(0)),
      raw('s/d/voltage', 'loadcycle/v1/s/d/samples/voltage', bad),
      recordOf(batchOf(1)),
    ]);
    const landing = await startOn(b);
    await caughtUp(b, 'landing');
    await until(
      () => b.eventLog.ends([LOG_TOPICS.deadLetters]),
      (ends) => ends.some((e) => e.end === 1),
    );
    await landing.close();
    const letters = await b.db.query<{ reason: string; payload: Uint8Array; key: string }>(
      'SELECT reason, payload, key FROM dead_letter',
    );
    expect(letters).toEqual([
      { reason: 'message.not-json', payload: new Uint8Array(bad), key: 's/d/voltage' },
    ]);
    expect(await b.db.query('SELECT count(*) AS n FROM batch')).toEqual([{ n: 2 }]);
  });

  test('halves down to the message that only the store refuses', async () => {
    const b = await openBench();
    await b.db.exec('ALTER TABLE batch ADD CONSTRAINT no_seven CHECK (seq <> 7)');
    onTestFinished(async () => void (await b.db.exec('ALTER TABLE batch DROP CONSTRAINT no_seven')));
    await b.eventLog.append(Array.from({ length: 20 }, (_, seq) => recordOf(batchOf(seq))));
    const landing = await startOn(b);
    await caughtUp(b, 'landing');
    await landing.close();
    expect(await b.db.query('SELECT count(*) AS n FROM batch')).toEqual([{ n: 19 }]);
    expect(await b.db.query('SELECT count(*) AS n, count(DISTINCT ts) AS times FROM sample')).toEqual([
      { n: 190, times: 190 },
    ]);
    expect(await b.db.query('SELECT reason FROM dead_letter')).toEqual([
      { reason: 'message.store-rejected' },
    ]);
    expect(
      await b.db.query('SELECT received, landed, dead_lettered FROM account WHERE signal_id > 0'),
    ).toEqual([{ received: 20, landed: 19, dead_lettered: 1 }]);
  });

  test('quarantines a batch whose name is taken by other content', async () => {
    const b = await openBench();
    const other = batchOf(0, { values: Float64Array.of(9, 9, 9) });
    const moved = batchOf(1, { t0Us: T0 + 1e9 });
    await b.eventLog.append([batchOf(0), batchOf(1), other, moved].map((x) => recordOf(x)));
    const landing = await startOn(b);
    await caughtUp(b, 'landing');
    await landing.close();
    expect(await b.db.query('SELECT reason FROM dead_letter')).toEqual([
      { reason: 'message.conflicting-batch' },
      { reason: 'message.conflicting-batch' },
    ]);
    expect(await b.db.query('SELECT count(*) AS n FROM sample')).toEqual([{ n: 20 }]);
  });

  test('a worker that lost its partition without noticing writes nothing, and starts from the store', async () => {
    const b = await openBench();
    const landing = await startOn(b);
    await b.eventLog.append([recordOf(batchOf(0))]);
    await caughtUp(b, 'landing');
    // another worker has landed the next two records meanwhile
    await b.db.query('UPDATE consumer_offset SET next = 3 WHERE consumer = $1', ['landing']);
    await b.eventLog.append([1, 2, 3].map((seq) => recordOf(batchOf(seq))));
    await caughtUp(b, 'landing');
    await landing.close();
    expect(await b.db.query('SELECT seq FROM batch ORDER BY seq')).toEqual([{ seq: 0 }, { seq: 3 }]);
  });

  test('unknown signals go to quarantine where the deployment says so', async () => {
    const b = await openBench();
    await b.eventLog.append([recordOf(batchOf(0))]);
    const landing = await startOn(b, { settings: { autoRegister: false } });
    await caughtUp(b, 'landing');
    await landing.close();
    expect(await b.db.query('SELECT reason FROM dead_letter')).toEqual([{ reason: 'signal.unknown' }]);
    expect(await b.db.query('SELECT received, dead_lettered FROM account')).toEqual([
      { received: 1, dead_lettered: 1 },
    ]);
  });

  test('keeps the last status of each device', async () => {
    const b = await openBench();
    const status = (state: string, at: number) => ({
      ...raw('s/d', 'loadcycle/v1/s/d/status', Buffer.from(JSON.stringify({ state, at })), at),
      topic: LOG_TOPICS.status,
    });
    await b.eventLog.append([status('online', T0), status('offline', T0 + 1), status('online', T0 + 2)]);
    const landing = await startOn(b);
    await caughtUp(b, 'landing-status');
    await landing.close();
    expect(await b.db.query("SELECT status->>'state' AS state FROM device")).toEqual([{ state: 'online' }]);
  });

  test('of two agents with one identity the device says so; a last will and a restart are none', async () => {
    const b = await openBench();
    const session = (n: number) => `0199a8f0-0000-7000-8000-00000000000${n}`;
    const status = (device: string, n: number, second: number, state = 'online') => {
      const at = T0 + second * 1e6;
      const body = Buffer.from(JSON.stringify({ state, at, session: session(n) }));
      return { ...raw(`s/${device}`, `loadcycle/v1/s/${device}/status`, body, at), topic: LOG_TOPICS.status };
    };
    const twins = [1, 2, 1, 2, 1].map((n, i) => status('twins', n, i));
    const alone = [1, 1, 2, 2, 3, 3].map((n, i) => status('alone', n, i));
    const wills = [1, 2, 1, 2, 1].map((n, i) => status('wills', n, i, n === 1 ? 'offline' : 'online'));
    await b.eventLog.append([...twins, ...alone, ...wills]);
    const landing = await startOn(b);
    await caughtUp(b, 'landing-status');
    await landing.close();
    expect(await b.db.query('SELECT name, duplicate_identity AS found FROM device ORDER BY name')).toEqual([
      { name: 'alone', found: null },
      { name: 'twins', found: { sinceUs: T0 + 2e6, lastUs: T0 + 4e6, sessions: [session(1), session(2)] } },
      { name: 'wills', found: null },
    ]);
  });

  test('a changed definition counts from one transaction on', async () => {
    const b = await openBench();
    const landing = await startOn(b);
    await b.eventLog.append([recordOf(batchOf(0))]);
    await caughtUp(b, 'landing');
    await b.db.query(
      `UPDATE signal SET definition = definition || '{"validMax": 0}', version = 2 WHERE name = 'voltage'`,
    );
    await b.eventLog.append([recordOf(batchOf(1))]);
    await caughtUp(b, 'landing');
    await landing.close();
    expect(
      await b.db.query('SELECT seq, good, bad, definition_version AS version FROM batch ORDER BY seq'),
    ).toEqual([
      { seq: 0, good: 10, bad: 0, version: 1 },
      { seq: 1, good: 0, bad: 10, version: 2 },
    ]);
  });
});
