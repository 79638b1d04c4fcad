import { LOG_TOPICS } from '@loadcycle/contract';
import { wave as ramps } from '@loadcycle/processors/cycles/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchesOf, cut, settled, startWorkers, stored, wave } from './cycles-worker-support.ts';
import { caughtUp, openBench, recordOf, T0, until } from './landing-support.ts';

const PER_BATCH = 250;
const QUICK = { repairQuiet: 0, checkpointEvery: 1_000_000, repairSlice: 1_500, cyclesGather: 5_000 };

describe('cycles worker', () => {
  test('cuts what comes in order, as the whole recording in one piece, and tells the log', async () => {
    const b = await openBench();
    const values = wave(20_000);
    await b.eventLog.append(batchesOf(values, PER_BATCH).map((x) => recordOf(x)));
    const workers = await startWorkers(b, QUICK);
    await settled(b);
    const expected = cut(values);
    expect(expected.length).toBeGreaterThan(10);
    expect(await stored(b)).toEqual(expected);
    await until(
      () => b.eventLog.ends([LOG_TOPICS.cycles]),
      (ends) => ends.reduce((n, e) => n + e.end, 0) === expected.length,
    );
    await workers.close();
    expect(workers.cycles.stats()).toMatchObject({ cycles: expected.length, late: 0, repairs: 0 });
  });

  test('what came before the levels were known, and memory no longer has, is cut from the store', async () => {
    const b = await openBench();
    // no load for three seconds
    const values = Float64Array.from([...new Float64Array(3_000).fill(230), ...wave(12_000)]);
    await b.eventLog.append(batchesOf(values, PER_BATCH).map((x) => recordOf(x)));
    const workers = await startWorkers(b, QUICK);
    await settled(b);
    await workers.close();
    const expected = cut(values);
    expect(Math.abs(expected[0]!.startedAtUs - (T0 + 3_300_000))).toBeLessThan(1_500);
    expect(await stored(b)).toEqual(expected);
    expect(workers.cycles.stats()).toMatchObject({ late: 0, repairs: 1 });
  });

  test('the first edges are placed again once their widths are known: their cycles come again as revision 2', async () => {
    const b = await openBench();
    const values = ramps({ samples: 14_000, period: 80.37, width: 32, ramp: 1, noise: 0.02 });
    await b.eventLog.append(batchesOf(values, PER_BATCH).map((x) => recordOf(x)));
    const workers = await startWorkers(b, QUICK);
    await settled(b);
    await workers.close();
    expect(await stored(b)).toEqual(cut(values));
    const [row] = await b.db.query<{ first: number; again: number }>(
      'SELECT max(revision) FILTER (WHERE nth <= 10) AS first, count(*) FILTER (WHERE revision > 1) AS again FROM (SELECT revision, row_number() OVER (ORDER BY started_at) AS nth FROM cycle) c',
    );
    expect(row!.first).toBeGreaterThan(1);
    expect(row!.again).toBeGreaterThan(30);
    expect(workers.cycles.stats()).toMatchObject({ late: 0, repairs: 1 });
  });

  test('any order of arrival, resends and a restart in the middle give the same cycles to the last bit', async () => {
    // with and without a stretch at the beginning that memory gives up before the levels are known
    const recordings = [0, 2_500].map((idle) => {
      const values = Float64Array.from([...new Float64Array(idle).fill(230), ...wave(12_000 - idle)]);
      return { all: batchesOf(values, PER_BATCH), expected: cut(values) };
    });
    const batches = 12_000 / PER_BATCH;
    const order = fc.shuffledSubarray(
      Array.from({ length: batches }, (_, i) => i),
      { minLength: batches },
    );
    const b = await openBench();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        order,
        fc.array(fc.nat(batches - 1), { maxLength: 20 }),
        fc.nat(batches),
        fc.constantFrom(3_000, 1_000_000),
        fc.constantFrom(300, 1_500),
        async (o, again, at, bytes, slice) => {
          const { all, expected } = recordings[run % 2]!;
          const signal = `v${run++}`;
          const records = [...o, ...again].map((i) => recordOf(all[i]!, { signal }));
          await b.eventLog.append(records.slice(0, at));
          // one record a group and short slices: this consumer is behind landing, and a re-cut takes many steps
          const slow = { ...QUICK, cyclesBytes: bytes, cyclesGather: 0, repairSlice: slice };
          const first = await startWorkers(b, slow);
          await caughtUp(b, 'cycles');
          await first.close();
          const second = await startWorkers(b, slow);
          // the rest one by one, so that live groups and re-cuts alternate
          for (const r of records.slice(at)) await b.eventLog.append([r]);
          await settled(b);
          await second.close();
          expect(await stored(b, signal)).toEqual(expected);
        },
      ),
      { numRuns: Number(process.env['LOADCYCLE_TEST_RUNS'] ?? 6), seed: 42 },
    );
  });
});
