import { CYCLE_METRICS, type Cycle, type CycleMetricName } from '@loadcycle/contract/cycle';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
/** Monday, midnight, UTC. */
export const T0_US = 1_789_948_800_000_000;

/** What a fault adds to its metric, σ: `s` seconds after it began, `i` cycles after. */
export type Fault = (s: number, i: number) => number;

/** A kind of machine, as its cycles' metrics show it. σ is the noise from cycle to cycle. */
export interface Machine {
  readonly name: string;
  readonly periodS: number;
  /** median and σ of each metric; those of the period in shares of it */
  readonly usual: Readonly<Partial<Record<CycleMetricName, readonly [median: number, sigma: number]>>>;
  readonly noise: 'normal' | 'uniform' | 'laplace';
  /** correlation of the noise with that of the cycle before */
  readonly memory?: number;
  /** slow and random: σ, time constant in hours */
  readonly wander: readonly [sigma: number, hours: number];
  /** slow and periodic: σ, hours */
  readonly swing: readonly [sigma: number, hours: number];
  /** σ a day, always on */
  readonly trend?: number;
  /** one cycle in so many is wild by 20 σ */
  readonly wild: number;
  /** by turns, for so many cycles each, so many σ apart */
  readonly products?: readonly [cycles: number, sigma: number];
  /** works so many hours of the day from midnight on; 24 where it is left out */
  readonly worksHours?: number;
  /** a fault is on one of these, by turns */
  readonly faulty: readonly CycleMetricName[];
  /** … and lowers the metric of every second signal */
  readonly bothWays: boolean;
  /** the first seed of its signals; those without a fault have others */
  readonly seed: number;
  /** signals for each fault, hours before it */
  readonly signals: number;
  readonly beforeS: number;
  /** signals and days without a fault */
  readonly quiet: readonly [signals: number, days: number];
  /** is a step of 3 σ to be found? Not where there are few cycles in an hour */
  readonly threeSigma: boolean;
}

const USUAL = {
  periodS: [1, 0.02],
  dutyCycle: [0.5, 0.01],
  riseTimeS: [0.02, 0.001],
  fallTimeS: [0.03, 0.0015],
  baseLevel: [230, 0.3],
  topLevel: [270, 0.405],
  ripple: [4, 0.3],
  topStd: [0.5, 0.03],
} as const;

const each = (periodS: number, signals: number, days: number): Machine => ({
  ...{ name: `a cycle each ${periodS} s`, periodS, usual: USUAL, noise: 'normal', wander: [0.5, 2] },
  ...{ swing: [1, 24], wild: 500, faulty: ['topLevel'], bothWays: false, seed: 0, signals },
  ...{ beforeS: DAY_S, quiet: [signals, days], threeSigma: periodS < 60 },
});

/** The detector's constants were chosen on these. */
export const TUNED: readonly Machine[] = [each(2, 6, 7), each(30, 20, 7), each(300, 20, 14)];

/** Nothing was chosen on these: other seeds, periods, duties, noise, slow movements, patterns of load, metrics and signs. */
export const HELD_OUT: readonly Machine[] = [
  {
    ...{ name: 'press: two products by turns, two shifts a day', periodS: 5, noise: 'laplace', memory: 0.4 },
    usual: { ...USUAL, dutyCycle: [0.35, 0.02], topLevel: [41, 0.6], baseLevel: [3.2, 0.05] },
    ...{ wander: [0.3, 0.7], swing: [0.7, 8], wild: 2000, products: [600, 2], worksHours: 16 },
    ...{ faulty: ['topLevel', 'riseTimeS'], bothWays: true, seed: 40_000, signals: 10, beforeS: DAY_S },
    ...{ quiet: [6, 7], threeSigma: true },
  },
  {
    ...{ name: 'pump: slow and strong wander', periodS: 45, noise: 'normal' },
    usual: { ...USUAL, dutyCycle: [0.8, 0.015], ripple: [0.9, 0.08], topLevel: [7.4, 0.05] },
    ...{ wander: [0.7, 5], swing: [0.5, 24], wild: 300 },
    ...{
      faulty: ['ripple', 'topLevel', 'periodS'],
      bothWays: true,
      seed: 50_000,
      signals: 21,
      beforeS: DAY_S,
    },
    ...{ quiet: [20, 7], threeSigma: true },
  },
  {
    ...{ name: 'oven: ramps that get longer from day to day', periodS: 120, noise: 'uniform' },
    usual: {
      ...USUAL,
      riseTimeS: [22, 0.9],
      fallTimeS: [35, 1.3],
      topLevel: [180, 0.7],
      baseLevel: [120, 0.8],
    },
    ...{ wander: [0.2, 1], swing: [0.3, 24], trend: 0.5, wild: 5000 },
    ...{
      faulty: ['riseTimeS', 'fallTimeS'],
      bothWays: true,
      seed: 60_000,
      signals: 20,
      beforeS: 36 * HOUR_S,
    },
    ...{ quiet: [20, 14], threeSigma: true },
  },
  {
    ...{ name: 'compressor: its duty follows the day', periodS: 900, noise: 'normal', memory: 0.3 },
    usual: {
      ...USUAL,
      periodS: [1, 0.05],
      dutyCycle: [0.3, 0.02],
      topLevel: [1.9, 0.03],
      baseLevel: [0.1, 0.004],
    },
    ...{ wander: [0.5, 3], swing: [1.5, 24], wild: 200 },
    ...{ faulty: ['dutyCycle', 'topStd'], bothWays: true, seed: 70_000, signals: 20, beforeS: 72 * HOUR_S },
    ...{ quiet: [20, 28], threeSigma: false },
  },
  {
    ...{ name: 'mill: long runs of two products, far apart', periodS: 8, noise: 'normal', memory: 0.2 },
    usual: { ...USUAL, periodS: [1, 0.04], topLevel: [96, 1.1], topStd: [1.4, 0.1] },
    ...{ wander: [0.4, 1.5], swing: [0.8, 24], wild: 700, products: [1500, 3], worksHours: 22 },
    ...{ faulty: ['dutyCycle', 'topStd'], bothWays: true, seed: 80_000, signals: 10, beforeS: DAY_S },
    ...{ quiet: [6, 7], threeSigma: true },
  },
];

function random(seed: number): () => number {
  let s = (Math.imul(seed + 1, 2_654_435_761) ^ 0x9e3779b9) >>> 0;
  return () => {
    s = (s + 0x6d2b79f5) >>> 0;
    let t = Math.imul(s ^ (s >>> 15), s | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4_294_967_296;
  };
}

/** Of standard deviation 1. */
function noiseOf(kind: Machine['noise'], uniform: () => number, normal: () => number): () => number {
  if (kind === 'normal') return normal;
  if (kind === 'uniform') return () => Math.sqrt(12) * (uniform() - 0.5);
  return () => {
    const u = uniform() - 0.5;
    return (-Math.sign(u) * Math.log(1 - 2 * Math.abs(u))) / Math.SQRT2;
  };
}

/** Which metric of a signal is faulty. */
export const faultyOf = (machine: Machine, signal: number): CycleMetricName =>
  machine.faulty[signal % machine.faulty.length]!;

/** A signal's cycles, for `seconds`; the fault is `from` there on for `lastsS`. */
export function* cyclesOf(
  machine: Machine,
  { signal, seed, seconds }: { signal: number; seed: number; seconds: number },
  fault: { add: Fault; fromS: number; lastsS: number } | null,
): Generator<Cycle> {
  const { periodS, memory = 0, trend = 0, products, worksHours = 24, usual } = machine;
  const uniform = random(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const noise = noiseOf(machine.noise, uniform, normal);
  const [wanderSigma, wanderH] = machine.wander;
  const [swingSigma, swingH] = machine.swing;
  const keeps = Math.exp(-periodS / (wanderH * HOUR_S));
  const metrics = Object.keys(usual) as CycleMetricName[];
  const wander = metrics.map(() => wanderSigma * normal());
  const phase = metrics.map(() => 2 * Math.PI * uniform());
  const before = metrics.map(() => 0);
  const none = Object.fromEntries(CYCLE_METRICS.map((m) => [m.name, null])) as unknown as Cycle;
  const faultyMetric = faultyOf(machine, signal);
  const sign = machine.bothWays && (signal >>> 1) % 2 === 1 ? -1 : 1;
  let faulty = 0;
  let made = 0;
  for (let s = 0; s < seconds; s += periodS) {
    const startedAtUs = T0_US + Math.round(s * 1e6);
    const cycle = {
      ...none,
      startedAtUs,
      endedAtUs: startedAtUs + periodS * 1e6,
      offsetAtUs: null,
      complete: true,
    };
    const works = s % DAY_S < worksHours * HOUR_S;
    if (works) made++;
    const product = products === undefined ? 0 : (Math.floor(made / products[0]) % 2) * products[1];
    const since = fault === null ? -1 : s - fault.fromS;
    for (const [m, name] of metrics.entries()) {
      wander[m] = wander[m]! * keeps + wanderSigma * Math.sqrt(1 - keeps * keeps) * normal();
      before[m] = memory * before[m]! + Math.sqrt(1 - memory * memory) * noise();
      const slow = wander[m]! + swingSigma * Math.sin((2 * Math.PI * s) / (swingH * HOUR_S) + phase[m]!);
      const wild = uniform() < 1 / machine.wild ? 20 * normal() : 0;
      const its = fault !== null && name === faultyMetric && since >= 0 && since < fault.lastsS;
      const added = its ? sign * fault.add(since, faulty++) : 0;
      const [median, sigma] = usual[name]!;
      const all =
        before[m]! + slow + wild + added + (trend * s) / DAY_S + (name === 'topLevel' ? product : 0);
      cycle[name] = (name === 'periodS' ? periodS : 1) * (median + sigma * all);
    }
    if (works) yield cycle;
  }
}
