/**
 * Recordings like those of real machines, generated (seeded): how many of their cycles are found, and how many are invented.
 * Prints the table of docs/cycles.md; `--quick` takes a fifth of the recordings.
 */
import { Random } from '@loadcycle/edge-agent/sources/waveform-random';
import { cutCycles } from '@loadcycle/processors/cycles/index';

interface Kind {
  /** Sampling rates, Hz, at which it is recorded. */
  ratesHz: number[];
  /** Seconds of a cycle, and the share of it under load, drawn anew for each. */
  periodS: [number, number];
  duty: [number, number];
  base: number;
  load: number;
  /** The load falls by this share of the step over a cycle, as a compressor's does. */
  droop: number;
  /** Peak of the inrush in steps, and its time constant, s. */
  peak: [number, number];
  decayS: [number, number];
  /** Full width of an edge, s. */
  edgeS: number;
}

export const KINDS: Record<string, Kind> = {
  refrigerator: {
    ...{ ratesHz: [0.1, 1, 10], periodS: [1200, 3600], duty: [0.25, 0.6], base: 4, load: 110 },
    ...{ droop: 0.08, peak: [2, 8], decayS: [0.3, 2], edgeS: 0.2 },
  },
  dryer: {
    ...{ ratesHz: [0.1, 1, 10], periodS: [240, 900], duty: [0.4, 0.7], base: 240, load: 2300 },
    ...{ droop: 0.01, peak: [1.2, 2], decayS: [0.5, 3], edgeS: 0.2 },
  },
  press: {
    ...{ ratesHz: [100, 1000, 10_000], periodS: [0.8, 3], duty: [0.2, 0.8], base: 12, load: 52 },
    ...{ droop: 0.03, peak: [2, 6], decayS: [0.01, 0.05], edgeS: 0.004 },
  },
};

export interface Case {
  kind: string;
  rateHz: number;
  cycles: number;
  /** Step² over the variance of the noise, dB; null: no noise. */
  db: number | null;
  inrush: boolean;
}

export interface Recording {
  values: Float64Array;
  dtUs: number;
  /** In samples: the onsets, the shortest time between two edges, and the width of an edge. */
  onsets: number[];
  shortest: number;
  edge: number;
}

/** One recording: it begins and ends anywhere in a cycle. */
export function record({ kind, rateHz, cycles, db, inrush }: Case, seed: number): Recording {
  const k = KINDS[kind] as Kind;
  const random = new Random(seed, 1);
  const noise = new Random(seed, 2);
  const within = ([a, b]: [number, number]) => a + (b - a) * random.uniform();
  const step = k.load - k.base;
  const edge = Math.max(k.edgeS * rateHz, 1e-9);
  const plan: { on: number; off: number; peak: number; decay: number }[] = [];
  let at = within(k.periodS) * random.uniform() * -1;
  let shortest = Number.POSITIVE_INFINITY;
  for (let c = 0; c <= cycles; c++) {
    const period = within(k.periodS);
    const duty = within(k.duty);
    const [peak, decay] = [within(k.peak), within(k.decayS)];
    plan.push({ on: at * rateHz, off: (at + duty * period) * rateHz, peak, decay: decay * rateHz });
    shortest = Math.min(shortest, duty * period * rateHz, (1 - duty) * period * rateHz);
    at += period;
  }
  const samples = Math.floor((at + within(k.periodS) * random.uniform()) * rateHz);
  plan.push({ on: at * rateHz, off: Number.POSITIVE_INFINITY, peak: 2, decay: rateHz });
  const sigma = db === null ? 0 : step / 10 ** (db / 20);
  const values = new Float64Array(samples);
  let c = 0;
  for (let n = 0; n < samples; n++) {
    while (c + 1 < plan.length && n > (plan[c + 1] as { on: number }).on - edge) c++;
    const { on, off, peak, decay } = plan[c] as (typeof plan)[number];
    const up = Math.min(1, Math.max(0, (n - on) / edge + 0.5));
    const down = Math.min(1, Math.max(0, (n - off) / edge + 0.5));
    const since = Math.max(0, n - on);
    const extra = inrush ? (peak - 1) * Math.exp(-since / decay) : 0;
    const droop = k.droop * Math.min(1, since / (0.5 * rateHz * (k.periodS[0] + k.periodS[1])));
    values[n] = k.base + step * (up - down) * (1 - droop + extra) + sigma * noise.gaussian();
  }
  const onsets = plan.map((p) => p.on).filter((x) => x > 0 && x < samples - 1);
  return { values, dtUs: 1e6 / rateHz, onsets, shortest, edge };
}

export interface Found {
  /** Cycles that are there to be found, found ones, and invented ones. */
  there: number;
  found: number;
  invented: number;
}

/**
 * An onset is found within so many samples or the width of the edge (an inrush crosses 50 % early), at most a third of a plateau.
 * (A quarter of seven samples is missed by 0.7 % of the onsets at 10 dB by the best possible estimator with known levels.)
 */
const REACH = 10;
/** An onset that ends a cycle is seen only with so many samples after it. */
const SEEN = 16;

/** The cycles of a recording against what is true of it, from the first onset with three samples of base before it. */
export function judge(r: Recording): Found {
  const cycles = cutCycles({ t0Us: 0, dtUs: r.dtUs, offsetsUs: null, values: r.values });
  const reach = Math.max(1.5, Math.min(Math.max(REACH, r.edge), r.shortest / 3));
  const true_ = r.onsets.filter((x) => x >= 3);
  const last = r.values.length - SEEN;
  const there = true_.slice(0, -1).filter((_, i) => (true_[i + 1] as number) < last);
  const isNear = (a: number, b: number) => Math.abs(a - b) <= reach;
  let found = 0;
  let invented = 0;
  const starts = cycles.map((c) => [c.startedAtUs / r.dtUs, c.endedAtUs / r.dtUs] as const);
  for (const [i, x] of true_.entries()) {
    if (i >= there.length) break;
    if (starts.some(([a, b]) => isNear(a, x) && isNear(b, true_[i + 1] as number))) found++;
  }
  for (const [a, b] of starts) {
    if (!r.onsets.some((x) => isNear(a, x)) || !r.onsets.some((x) => isNear(b, x))) invented++;
  }
  return { there: there.length, found, invented };
}

/** Recordings of a case, so many that there are at least a hundred cycles. */
export function judgeCase(c: Case, recordings: number): Found {
  const sum: Found = { there: 0, found: 0, invented: 0 };
  for (let n = 0; n < recordings; n++) {
    const one = judge(record(c, 1000 * n + c.cycles + (c.db ?? 99) + c.rateHz * 7));
    sum.there += one.there;
    sum.found += one.found;
    sum.invented += one.invented;
  }
  return sum;
}

export const LEVELS_DB = [null, 40, 20, 10] as const;

if (import.meta.main) {
  const quick = process.argv.includes('--quick') ? 0.2 : 1;
  const all: Found = { there: 0, found: 0, invented: 0 };
  console.log(
    '| machine | rate | cycles a recording | inrush | clean | 40 dB | 20 dB | 10 dB |\n|---|---|---|---|---|---|---|---|',
  );
  for (const [kind, { ratesHz, periodS }] of Object.entries(KINDS)) {
    for (const rateHz of ratesHz) {
      for (const cycles of [5, 50, 500]) {
        // what would take more than four million samples is left out
        if (cycles * rateHz * periodS[1] > 16_000_000) continue;
        for (const inrush of [false, true]) {
          const cells = LEVELS_DB.map((db) => {
            const recordings = Math.max(1, Math.round((quick * 200) / cycles));
            const f = judgeCase({ kind, rateHz, cycles, db, inrush }, recordings);
            all.there += f.there;
            all.found += f.found;
            all.invented += f.invented;
            return `${(f.found / f.there).toFixed(4)} / ${(f.found / (f.found + f.invented)).toFixed(4)}`;
          });
          console.log(
            `| ${kind} | ${rateHz} Hz | ${cycles} | ${inrush ? 'yes' : 'no'} | ${cells.join(' | ')} |`,
          );
        }
      }
    }
  }
  const { there, found, invented } = all;
  console.log(
    `\nrecall ${(found / there).toFixed(4)}, precision ${(found / (found + invented)).toFixed(4)}, ${there} cycles`,
  );
}
