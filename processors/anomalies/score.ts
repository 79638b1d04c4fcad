import { anomalySettings } from '@loadcycle/contract/anomaly-settings';
import { cutUnfinished } from '../cycles/cut.ts';
import { Detector } from './detector.ts';
import type { Episode } from './episodes.ts';

/**
 * How well the detector finds simulated faults, from raw samples through the segmenter: 500 Hz, base 230, load 270,
 * white noise of 0.5 (σ), about 0.6 s a cycle. The fault begins at cycle 300 and lasts for 100 cycles.
 *
 *   node processors/anomalies/score.ts
 */
const FROM = 300;
const TO = 400;
const CYCLES = 560;
const DT_US = 2_000;
const T0 = 1_790_000_000_000_000;

interface Shape {
  /** load level, samples of the rise, and amplitude of a 50 Hz ripple under load */
  top: number;
  rise: number;
  ripple: number;
}

export const FAULTS: Readonly<
  Record<string, { metrics: readonly string[]; at: (progress: number) => Partial<Shape> }>
> = {
  none: { metrics: [], at: () => ({}) },
  'bearing wear: ripple rises to 2.5 over 100 cycles': {
    metrics: ['ripple', 'topStd'],
    at: (p) => ({ ripple: 2.5 * p }),
  },
  'phase loss: a third of the load step is gone': { metrics: ['topLevel'], at: () => ({ top: 256.7 }) },
  'slow start: the rise takes 24 ms instead of 8': { metrics: ['riseTimeS'], at: () => ({ rise: 12 }) },
  'overload: the load step is 10 % higher': { metrics: ['topLevel'], at: () => ({ top: 274 }) },
};

function random(seed: number): () => number {
  let s = (seed * 2_654_435_761) >>> 0;
  return () => {
    s = (Math.imul(s, 1_664_525) + 1_013_904_223) >>> 0;
    return (s + 0.5) / 4_294_967_296;
  };
}

/** Samples, and the onset of each cycle, µs. */
function simulate(fault: string, seed: number): { values: Float64Array; onsetsUs: number[] } {
  const uniform = random(seed + 1);
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const out: number[] = [];
  const onsetsUs: number[] = [];
  const noisy = (level: number): void => void out.push(level + 0.5 * normal());
  for (let c = 0; c < CYCLES; c++) {
    const during = c >= FROM && c < TO;
    const shape: Shape = {
      top: 270,
      rise: 4,
      ripple: 0,
      ...(during ? FAULTS[fault]!.at((c - FROM) / (TO - FROM)) : {}),
    };
    onsetsUs.push(T0 + out.length * DT_US);
    for (let i = 1; i <= shape.rise; i++) noisy(230 + ((shape.top - 230) * (i - 0.5)) / shape.rise);
    const on = 140 + Math.floor(uniform() * 10);
    for (let i = 0; i < on; i++) noisy(shape.top + shape.ripple * Math.sin((2 * Math.PI * i) / 10));
    for (let i = 1; i <= 4; i++) noisy(shape.top - ((shape.top - 230) * (i - 0.5)) / 4);
    const off = 140 + Math.floor(uniform() * 10);
    for (let i = 0; i < off; i++) noisy(230);
  }
  return { values: Float64Array.from(out), onsetsUs };
}

export interface Score {
  readonly fault: string;
  readonly signals: number;
  /** share of signals whose fault was found under one of its metrics while it lasted */
  readonly recall: number;
  /** share of anomalies that overlap with the fault (or are its end, as a change of regime back); 1 where there are none */
  readonly precision: number;
  /** median of cycles from the fault's beginning until it was noticed; null where none was */
  readonly delayCycles: number | null;
}

export function score(fault: string, signals: number): Score {
  const { metrics } = FAULTS[fault]!;
  let found = 0;
  let right = 0;
  let all = 0;
  const delays: number[] = [];
  for (let seed = 0; seed < signals; seed++) {
    const { values, onsetsUs } = simulate(fault, seed);
    const cycles = cutUnfinished({ t0Us: T0, dtUs: DT_US, offsetsUs: null, values }).cycles;
    const detector = new Detector(anomalySettings({}));
    const [from, to] = [onsetsUs[FROM]!, onsetsUs[TO]!];
    let noticed: number | null = null;
    const episodes = new Map<string, Episode>();
    for (const cycle of cycles) {
      for (const e of detector.push(cycle)) {
        episodes.set(`${e.kind}/${e.metric}/${e.sinceUs}`, e);
        const its = metrics.includes(e.metric ?? '') && cycle.startedAtUs >= from && cycle.startedAtUs < to;
        if (its) noticed ??= onsetsUs.filter((o) => o >= from && o <= cycle.startedAtUs).length;
      }
    }
    for (const e of episodes.values()) {
      all++;
      // while it lasted, or the way back: the history still holds the fault
      if (metrics.length > 0 && (e.untilUs ?? Infinity) >= from && e.sinceUs < to + (to - from)) right++;
    }
    if (noticed === null) continue;
    found++;
    delays.push(noticed);
  }
  delays.sort((a, b) => a - b);
  return {
    fault,
    signals,
    recall: metrics.length === 0 ? 1 : found / signals,
    precision: all === 0 ? 1 : right / all,
    delayCycles: delays[delays.length >>> 1] ?? null,
  };
}

if (import.meta.main) {
  console.log('| fault | recall | precision | noticed after (cycles) |\n|---|---|---|---|');
  for (const fault of Object.keys(FAULTS)) {
    const s = score(fault, 20);
    console.log(
      `| ${fault} | ${s.recall.toFixed(2)} | ${s.precision.toFixed(2)} | ${s.delayCycles ?? '–'} |`,
    );
  }
}
