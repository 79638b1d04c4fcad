import { type Batch, LOG_TOPICS } from '@loadcycle/contract';
import type { Cycle } from '@loadcycle/contract/cycle';
import { cycleSettings } from '@loadcycle/contract/cycle-settings';
import { Segmenter } from '@loadcycle/processors/cycles/segmenter';
import { readCycles } from '@loadcycle/processors/cycles-worker/cycle-rows';
import { startCycles } from '@loadcycle/processors/cycles-worker/index';
import { startLanding } from '@loadcycle/processors/landing/index';
import { Health } from '@loadcycle/service';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Bench,
  batchOf,
  caughtUp,
  openBench,
  recordOf,
  T0,
  testLogger,
  until,
  wave,
} from './landing-support.ts';

const PER_BATCH = 250;
const QUICK = { repairQuiet: 0, checkpointEvery: 1_000_000, repairSlice: 1_500, cyclesGather: 5_000 };

function batches(values: Float64Array): Batch[] {
  return Array.from({ length: values.length / PER_BATCH }, (_, seq) =>
    batchOf(seq, { count: PER_BATCH, values: values.slice(seq * PER_BATCH, (seq + 1) * PER_BATCH) }),
  );
}

/** The whole recording in one piece. */
function whole(values: Float64Array): Cycle[] {
  return new Segmenter(cycleSettings({})).push({ t0Us: T0, dtUs: 1000, offsetsUs: null, values });
}

async function start(b: Bench, settings = {}) {
  const common = { eventLog: b.eventLog, database: b.writer, health: new Health(), log: testLogger };
  const landing = await startLanding(common);
  const cycles = await startCycles({ ...common, settings: { ...QUICK, ...settings } });
  return {
    cycles,
    async close() {
      await cycles.close();
      await landing.close();
    },
  };
}

async function settled(b: Bench): Promise<void> {
  await caughtUp(b, 'landing');
  await caughtUp(b, 'cycles');
  await until(
    () => b.db.query<{ n: number }>("SELECT count(*) AS n FROM repair WHERE state IN ('waiting', 'running')"),
    ([row]) => row!.n === 0,
  );
}

async function stored(b: Bench, signal = 'voltage'): Promise<Cycle[]> {
  const [row] = await b.db.query<{ id: number }>('SELECT id FROM signal WHERE name = $1', [signal]);
  return (await readCycles(b.db, row!.id, null, null)).map((c) => c.cycle);
}

describe('cycles worker', () => {
  test('cuts what comes in order, as the whole recording in one piece, and tells the log', async () => {
    const b = await openBench();
    const values = wave(20_000);
    await b.eventLog.append(batches(values).map((x) => recordOf(x)));
    const workers = await start(b);
    await settled(b);
    const expected = whole(values);
    expect(expected.length).toBeGreaterThan(10);
    expect(await stored(b)).toEqual(expected);
    await until(
      () => b.eventLog.ends([LOG_TOPICS.cycles]),
      (ends) => ends.reduce((n, e) => n + e.end, 0) === expected.length,
    );
    await workers.close();
    expect(workers.cycles.stats()).toMatchObject({ cycles: expected.length, late: 0, repairs: 0 });
  });

  test('any order of arrival, resends and a restart in the middle give the same cycles to the last bit', {
    timeout: 180_000,
  }, async () => {
    const values = wave(12_000);
    const all = batches(values);
    const expected = whole(values);
    const order = fc.shuffledSubarray(
      all.map((_, i) => i),
      { minLength: all.length },
    );
    const b = await openBench();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        order,
        fc.array(fc.nat(all.length - 1), { maxLength: 20 }),
        fc.nat(all.length),
        fc.constantFrom(3_000, 1_000_000),
        fc.constantFrom(300, 1_500),
        async (o, again, cut, bytes, slice) => {
          const signal = `v${run++}`;
          const records = [...o, ...again].map((i) => recordOf(all[i]!, { signal }));
          await b.eventLog.append(records.slice(0, cut));
          // one record a group and short slices: this consumer is behind landing, and a re-cut takes many steps
          const slow = { cyclesBytes: bytes, cyclesGather: 0, repairSlice: slice };
          const first = await start(b, slow);
          await caughtUp(b, 'cycles');
          await first.close();
          const second = await start(b, slow);
          // the rest one by one, so that live groups and re-cuts alternate
          for (const r of records.slice(cut)) await b.eventLog.append([r]);
          await settled(b);
          await second.close();
          expect(await stored(b, signal)).toEqual(expected);
        },
      ),
      { numRuns: Number(process.env['LOADCYCLE_TEST_RUNS'] ?? 6), seed: 42 },
    );
  });
});
