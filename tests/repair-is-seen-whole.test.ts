import { randomUUID } from 'node:crypto';
import { SignalDefinition } from '@loadcycle/contract';
import type { Cycle } from '@loadcycle/contract/cycle';
import { cycleSettings } from '@loadcycle/contract/cycle-settings';
import { applyCatalogue } from '@loadcycle/processors/catalogue/index';
import { readCycles } from '@loadcycle/processors/cycles-worker/cycle-rows';
import { jobsOf, requestReprocess } from '@loadcycle/processors/jobs';
import { expect, test } from 'vitest';
import { batchesOf, settled, startWorkers, stored } from './cycles-worker-support.ts';
import { type Bench, idOf, openBench, recordOf, T0 } from './landing-support.ts';

/** Slices far shorter than the recording, so that readers come between them. */
const QUICK = { repairQuiet: 0, checkpointEvery: 5_000_000, repairSlice: 1_500, cyclesGather: 5_000 };

/** Ramps of 60 ms between 230 and 270, each cycle about 0.8 s: where a ramp is crossed follows from the levels. */
function ramps(samples: number): Float64Array {
  let seed = 11;
  const random = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  const out = new Float64Array(samples);
  let goal = 230;
  let until = 300;
  let level = 230;
  for (let i = 0; i < samples; i++) {
    if (i >= until) {
      goal = goal === 230 ? 270 : 230;
      until = i + 350 + Math.floor(random() * 150);
    }
    level += Math.max(-40 / 60, Math.min(40 / 60, goal - level));
    out[i] = Math.round((level + (random() - 0.5) * 1.5) * 1000) / 1000;
  }
  return out;
}

/** What readers see while something goes on: each time all of the signal's cycles, by one statement. */
async function seenDuring(b: Bench, id: number, work: () => Promise<void>): Promise<Cycle[][]> {
  const seen: Cycle[][] = [];
  let over = false;
  const reading = (async () => {
    while (!over) seen.push((await readCycles(b.db, id, null, null)).map((c) => c.cycle));
  })();
  await work().finally(() => {
    over = true;
  });
  await reading;
  return seen;
}

const lengthOf = (c: Cycle): number => c.endedAtUs - c.startedAtUs;

/** The cycles follow each other: none stands where another one does, and none is missing between them. */
function shownOnce(cycles: readonly Cycle[]): string | null {
  for (let i = 1; i < cycles.length; i++) {
    const [a, b] = [cycles[i - 1]!, cycles[i]!];
    const overlap = a.endedAtUs - b.startedAtUs;
    if (overlap > Math.min(lengthOf(a), lengthOf(b)) / 2) return `twice at ${b.startedAtUs - T0}`;
    if (-overlap > Math.min(lengthOf(a), lengthOf(b)) / 2) return `missing at ${a.endedAtUs - T0}`;
  }
  return null;
}

const shapeOf = (cycles: readonly Cycle[]): string => cycles.map((c) => c.startedAtUs).join();

test.each([
  ['onsets that move a little', { levels: { base: 230, load: 268 }, followLevels: false }],
  ['onsets that move back', { levels: { base: 232, load: 270 }, followLevels: false }],
  ['cycles that become one', { minPeriodS: 1.2 }],
])('readers see each cycle once while it is cut again: %s', async (_, settings) => {
  const b = await openBench();
  await b.eventLog.append(batchesOf(ramps(60_000), 500).map((x) => recordOf(x)));
  const workers = await startWorkers(b, QUICK);
  await settled(b);
  const before = await stored(b);
  expect(before.length).toBeGreaterThan(50);
  const id = await idOf(b);
  const range = { signalIds: [id], fromUs: T0, toUs: T0 + 60_000_000 };
  const seen = await seenDuring(b, id, async () => {
    await requestReprocess(b.db, { ...range, settings: cycleSettings(settings) });
    await settled(b);
  });
  const after = await stored(b);
  await workers.close();
  expect(shapeOf(after)).not.toBe(shapeOf(before));
  // it was seen while it went on
  expect(new Set(seen.map(shapeOf)).size).toBeGreaterThan(2);
  expect([...new Set(seen.map(shownOnce))]).toEqual([null]);
});

test('late data: readers see each cycle once while what follows is cut again', async () => {
  const b = await openBench();
  const all = batchesOf(ramps(60_000), 500);
  const late = [10, 11, 12, 13];
  await b.eventLog.append(all.filter((_, i) => !late.includes(i)).map((x) => recordOf(x)));
  const workers = await startWorkers(b, QUICK);
  await settled(b);
  const id = await idOf(b);
  const hole = (c: Cycle): boolean => c.startedAtUs > T0 + 9_000_000;
  const seen = await seenDuring(b, id, async () => {
    await b.eventLog.append(late.map((i) => recordOf(all[i]!)));
    await settled(b);
  });
  await workers.close();
  expect([...new Set(seen.map((cycles) => shownOnce(cycles.filter(hole))))]).toEqual([null]);
});

test('limits that change no cycle change no revision when a range is cut again', async () => {
  const b = await openBench();
  await b.eventLog.append(batchesOf(ramps(60_000), 500).map((x) => recordOf(x)));
  const workers = await startWorkers(b, { ...QUICK, repairSlice: 20_000, repairLead: 3_000_000 });
  await settled(b);
  const id = await idOf(b);
  const before = await readCycles(b.db, id, null, null);
  const path = { site: 's', device: 'd', signal: 'voltage' };
  const definition = SignalDefinition.parse({
    unit: 'V',
    quantity: 'voltage',
    validMax: 400,
    maxRatePerS: 1e6,
  });
  await applyCatalogue(b.db, [{ path, definition }], 'test');
  for (const fromUs of [T0, T0 + 30_000_000]) {
    const operationId = randomUUID();
    await requestReprocess(b.db, { signalIds: [id], fromUs, toUs: T0 + 55_000_000, operationId });
    await settled(b);
    expect(await jobsOf(b.db, operationId)).toMatchObject([{ state: 'done', changed: 0 }]);
  }
  await workers.close();
  expect(await readCycles(b.db, id, null, null)).toEqual(before);
});
