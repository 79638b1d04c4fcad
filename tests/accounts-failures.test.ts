import { LoadcycleError } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { Health } from '@loadcycle/service';
import { expect, test } from 'vitest';
import { batchOf, caughtUp, openBench, raw, recordOf, startOn, until } from './landing-support.ts';
import { accountSums, disagreements } from './validation-support.ts';

/** The real store, whose way can be cut. */
function cuttable(db: Database): { db: Database; down: boolean; refused: number } {
  const state = { db, down: false, refused: 0 };
  state.db = new Proxy(db, {
    get: (target, name) => {
      const real = Reflect.get(target, name);
      if (typeof real !== 'function') return real;
      return (...args: unknown[]) => {
        if (!state.down) return real.apply(target, args);
        state.refused++;
        return Promise.reject(new LoadcycleError('store.unavailable', 'cut by the test'));
      };
    },
  });
  return state;
}

test('three kinds of failure: the store away waits, missing rights are said, and neither touches good data', async (ctx) => {
  const b = await openBench();
  if (b.writer === b.db) ctx.skip("the test server's user has every right: none can be taken away");
  const store = cuttable(b.writer);
  const health = new Health();
  const landing = await startOn({ eventLog: b.eventLog, writer: store.db }, { health });
  await b.eventLog.append([recordOf(batchOf(0))]);
  await caughtUp(b, 'landing');

  // transient: the store is away, in the middle of the stream
  store.down = true;
  await b.eventLog.append([1, 2].map((seq) => recordOf(batchOf(seq))));
  await until(
    async () => health.snapshot()['landing'],
    (h) => h?.state === 'waiting',
  );
  await until(
    async () => store.refused,
    (n) => n > 5,
  );
  expect(health.snapshot()['landing']).toMatchObject({ state: 'waiting', code: 'store.unavailable' });
  store.down = false;
  await caughtUp(b, 'landing');
  await until(
    async () => health.snapshot()['landing'],
    (h) => h?.state === 'ok',
  );

  // standing: somebody took the writer's right away; poison in between waits its turn
  await b.db.exec('REVOKE INSERT ON batch FROM loadcycle_writer');
  await b.eventLog.append([
    recordOf(batchOf(3)),
    raw('s/d/voltage', 'loadcycle/v1/s/d/samples/voltage', Buffer.from('{')),
    recordOf(batchOf(4)),
  ]);
  await until(
    async () => health.snapshot()['landing'],
    (h) => h?.state === 'failing',
  );
  expect(health.snapshot()['landing']).toMatchObject({ state: 'failing', code: 'store.forbidden' });
  expect(health.ready).toBe(false);
  expect(await b.db.query('SELECT count(*) AS n FROM dead_letter')).toEqual([{ n: 0 }]);
  await b.db.exec('GRANT INSERT ON batch TO loadcycle_writer');
  await caughtUp(b, 'landing');
  await until(
    async () => health.snapshot()['landing'],
    (h) => h?.state === 'ok',
  );
  await landing.close();

  // poison went alone
  expect(await b.db.query('SELECT reason FROM dead_letter')).toEqual([{ reason: 'message.not-json' }]);
  expect(await accountSums(b.db)).toMatchObject({
    received: 6,
    landed: 5,
    duplicates: 0,
    deadLettered: 1,
    good: 50,
  });
  expect(await disagreements(b.db)).toEqual([]);
});
