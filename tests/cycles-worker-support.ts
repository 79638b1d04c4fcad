import type { Batch } from '@loadcycle/contract';
import type { Cycle } from '@loadcycle/contract/cycle';
import type { CycleSettings } from '@loadcycle/contract/cycle-settings';
import { cutUnfinished } from '@loadcycle/processors/cycles/index';
import { readCycles } from '@loadcycle/processors/cycles-worker/cycle-rows';
import { type CyclesSettings, startCycles } from '@loadcycle/processors/cycles-worker/index';
import { type Bench, batchOf, caughtUp, idOf, onBench, startOn, T0, until } from './landing-support.ts';

/** A load of 40 V over 230 V, 0.7 to 1.3 s a cycle, a little noise; one sample each ms. */
export function wave(samples: number): Float64Array {
  let seed = 7;
  const random = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  const out = new Float64Array(samples);
  let until = 300;
  let load = false;
  for (let i = 0; i < samples; i++) {
    if (i >= until) {
      load = !load;
      until = i + 350 + Math.floor(random() * 300);
    }
    out[i] = Math.round((230 + (load ? 40 : 0) + (random() + random() - 1) * 2) * 1000) / 1000;
  }
  return out;
}

/** A recording in batches of `count` samples, from {@link T0} on. */
export const batchesOf = (values: Float64Array, count: number): Batch[] =>
  Array.from({ length: values.length / count }, (_, seq) =>
    batchOf(seq, { count, values: values.slice(seq * count, (seq + 1) * count) }),
  );

/** The whole recording, cut in one piece. */
export const cut = (values: Float64Array, settings: Partial<CycleSettings> = {}): Cycle[] =>
  cutUnfinished({ t0Us: T0, dtUs: 1000, offsetsUs: null, values }, settings).cycles;

/** Landing and the cycles worker. */
export async function startWorkers(b: Bench, settings: Partial<CyclesSettings>) {
  const common = onBench(b);
  const landing = await startOn(b, common);
  const cycles = await startCycles({ ...common, settings });
  return {
    health: common.health,
    cycles,
    async close() {
      await cycles.close();
      await landing.close();
    },
  };
}

/** Resolves once both have done all that the log holds, and nothing waits to be cut again. */
export async function settled(b: Bench): Promise<void> {
  await caughtUp(b, 'landing');
  await caughtUp(b, 'cycles');
  await until(
    () => b.db.query<{ n: number }>("SELECT count(*) AS n FROM repair WHERE state IN ('waiting', 'running')"),
    ([row]) => row!.n === 0,
  );
}

export async function stored(b: Bench, signal = 'voltage'): Promise<Cycle[]> {
  return (await readCycles(b.db, await idOf(b, signal), null, null)).map((c) => c.cycle);
}
