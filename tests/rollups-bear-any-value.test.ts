import { AGGREGATES, floorTo, refresh } from '@loadcycle/database/maintenance/aggregates';
import { expect, test } from 'vitest';
import { batchOf, caughtUp, idOf, openBench, recordOf, startOn, T0 } from './landing-support.ts';

test('values whose squares no double holds land as they are, and keep no rollup of anybody from being refreshed', async () => {
  const b = await openBench();
  const landing = await startOn(b);
  const odd = [1e308, -1.7976931348623157e308, 5e-324, -1e-200, 1e160, 1e-99, 3, 1e99, -0, 7];
  await b.eventLog.append([
    recordOf(batchOf(0, { values: Float64Array.from(odd) }), { signal: 'odd' }),
    recordOf(batchOf(0), { signal: 'plain' }),
  ]);
  await caughtUp(b, 'landing');
  const [from, to] = [floorTo(T0, 3.6e9), floorTo(T0, 3.6e9) + 7.2e9];
  for (const level of AGGREGATES.sample) await refresh(b.db, 'sample', level, { fromUs: from, toUs: to });
  const stored = await b.db.query<{ value: number; quality: number }>(
    'SELECT value, quality FROM sample WHERE signal_id = $1 ORDER BY ts',
    [await idOf(b, 'odd')],
  );
  expect(stored.map((r) => r.value)).toEqual(odd);
  expect(stored.map((r) => r.quality)).toEqual([130, 130, 130, 130, 130, 0, 0, 0, 0, 0]);
  const rollup = async (signal: string): Promise<unknown> =>
    (
      await b.db.query('SELECT count, min, max FROM sample_1h WHERE signal_id = $1', [await idOf(b, signal)])
    )[0];
  expect(await rollup('odd')).toEqual({ count: 10, min: -0, max: 1e99 });
  expect(await rollup('plain')).toEqual({ count: 10, min: 0.5, max: 9.5 });
  await landing.close();
});
