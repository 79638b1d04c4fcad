import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@loadcycle/contract';
import { SimulateSettings } from '@loadcycle/contract/agent-settings';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Chunk } from '../batcher.ts';
import { Clock } from '../clock.ts';
import { SimulateSource } from './simulate.ts';
import { Waveform } from './waveform.ts';

const T0 = 1_790_000_000_000_000;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadcycle-simulate-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const source = (more: object): SimulateSource =>
  new SimulateSource(SimulateSettings.parse({ kind: 'simulate', signal: 'v', rateHz: 1000, ...more }));

/** Runs until the source ends or `enough` says so: [time, value] of each sample. */
async function run(s: SimulateSource, clock = new Clock(), enough: (count: number) => boolean = () => false) {
  const stop = new AbortController();
  const found: [number, number][] = [];
  const push = async (_: string, chunk: Chunk): Promise<void> => {
    if (!('dtUs' in chunk)) throw new Error('simulated samples stand on a grid');
    chunk.values.forEach((v, i) => {
      found.push([chunk.t0Us + i * chunk.dtUs, v]);
    });
    if (enough(found.length)) stop.abort();
  };
  const how = await s.run({ clock, log: silentLogger, signal: stop.signal, push, complain() {} });
  return { found, how };
}

test('as fast as it can: the seeded waveform from a given time, to its end', async () => {
  const { found, how } = await run(source({ pace: 'max', startUs: T0, limit: 2500, seed: 7 }));
  expect(how).toBe('ended');
  const { values } = new Waveform({ sampleRateHz: 1000 }, 7).next(2500);
  expect(found).toEqual([...values].map((v, i) => [T0 + i * 1000, v]));
});

test('a rate without a whole period gets the nearest whole microsecond, and says so', () => {
  expect(source({ rateHz: 3000 }).signals[0]!.rateHz).toBeCloseTo(1e6 / 333, 9);
  expect(source({ rateHz: 3000 }).dtUs).toBe(333);
});

test('the truth file has each edge at the time of the samples around it', async () => {
  const truthFile = join(folder, 'truth', 'edges.ndjson');
  const s = source({ pace: 'max', startUs: T0, limit: 20_000, truthFile, waveform: { noise: { std: 0 } } });
  const { found } = await run(s);
  s.close();
  const lines = readFileSync(truthFile, 'utf8')
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l));
  const onsets = lines.filter((l) => l.kind === 'onset');
  expect(onsets.length).toBeGreaterThan(5);
  for (const { tUs, from, to } of onsets) {
    const middle = (from + to) / 2;
    const i = found.findIndex(([t]) => t > tUs);
    // the crossing lies between the two samples around the true time, as the edge is a ramp through its middle
    expect(found[i - 1]![1]).toBeLessThanOrEqual(middle);
    expect(found[i]![1]).toBeGreaterThanOrEqual(middle);
  }
});

test('in real time no sample is given before its time, and a process that was held up stamps nothing anew', async () => {
  const t = { us: 0 };
  // the clock leaps at each look: 47 ms, and once by 2.5 s
  let looks = 0;
  const monotonicUs = (): number => (t.us += ++looks === 40 ? 2_500_000 : 47_300);
  const clock = new Clock({ monotonicUs, wallUs: () => T0 + t.us });
  const { found } = await run(source({}), clock, (n) => n > 4000);
  const first = found[0]![0];
  expect(found.map(([at]) => at)).toEqual(found.map((_, i) => first + i * 1000));
  expect(found.at(-1)![0]).toBeLessThanOrEqual(T0 + t.us);
});

test('stopped and started again, the waveform goes on and the time between is a gap', async () => {
  const s = source({});
  const clock = new Clock();
  const a = await run(s, clock, (n) => n >= 50);
  const b = await run(s, clock, (n) => n >= 50);
  const both = [...a.found, ...b.found].map(([, v]) => v);
  expect(both).toEqual([...new Waveform({ sampleRateHz: 1000 }, 1).next(both.length).values]);
  expect(b.found[0]![0]).toBeGreaterThan(a.found.at(-1)![0]);
});

test('a waveform that makes no sense is refused with its place', () => {
  expect(() => source({ waveform: { duty: { min: 0.9, max: 0.1 } } })).toThrow(/duty/);
});
