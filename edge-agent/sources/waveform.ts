import {
  type WaveformSettings,
  type WaveformSettingsInput,
  waveformSettings,
} from '@loadcycle/contract/waveform-settings';
import { exp, Random, sinCos } from './waveform-random.ts';

/**
 * The simulated machine: a seeded generator of a signal with load cycles, and of the truth about it.
 *
 * The same settings and seed give the same samples to the last bit on every machine, whatever the sizes in which
 * they are asked for. What is drawn for cycles, noise, spikes and gaps comes from separate streams, so that a
 * change of the noise leaves the cycles where they were. No clock, no I/O; memory does not grow as long as the
 * truth is drained.
 */

/** One true transition, at its 50 % crossing. Times in seconds since the first sample. */
export interface TrueEdge {
  atS: number;
  kind: 'onset' | 'offset';
  /** Levels before and after, drift set aside. */
  from: number;
  to: number;
  /** Full width of the ramp (or the time constant), seconds. */
  widthS: number;
}

export interface Truth {
  onsetsS: number[];
  offsetsS: number[];
  edges: TrueEdge[];
  /** Stretches without samples, [from, to) in seconds. */
  gapsS: [number, number][];
  levels: { base: number; load: number };
}

interface Transition {
  /** 50 % crossing, in samples. */
  at: number;
  /** When the signal starts to move, in samples. */
  begin: number;
  width: number;
  to: number;
}

export interface WaveformState {
  version: 1;
  index: number;
  random: number[][];
  pending: Transition[];
  nextOnset: number;
  signal: number[];
  skips: number[];
}

export class Waveform {
  readonly settings: WaveformSettings;
  private readonly cycles: Random;
  private readonly noise: Random;
  private readonly spikes: Random;
  private readonly gaps: Random;
  private readonly drops: Random;
  private index = 0;
  /** Transitions that are planned and not over yet, the current one first. */
  private pending: Transition[] = [];
  private nextOnset: number;
  /** Where the signal is and, within a transition, where it came from. */
  private level: number;
  private from: number;
  private moving = false;
  private ar = 0;
  private nextSpike: number;
  private nextDrop: number;
  private nextGap: number;
  private gapEnd = 0;
  private edges: TrueEdge[] = [];
  private gapsS: [number, number][] = [];

  constructor(settings: WaveformSettingsInput, seed: number, state?: WaveformState) {
    const s = waveformSettings(settings);
    this.settings = s;
    this.cycles = new Random(seed, 1);
    this.noise = new Random(seed, 2);
    this.spikes = new Random(seed, 3);
    this.gaps = new Random(seed, 4);
    this.drops = new Random(seed, 5);
    this.level = s.base;
    this.from = s.base;
    this.nextOnset = s.load
      ? s.sampleRateHz * this.cycles.within(s.periodS) * (0.2 + 0.6 * this.cycles.uniform())
      : Number.POSITIVE_INFINITY;
    this.nextSpike = this.spikes.skip(s.spikes.rate);
    this.nextDrop = this.drops.skip(s.dropouts.rate);
    this.nextGap = this.drawGap(0);
    if (s.noise.ar > 0) this.ar = this.noise.gaussian() * s.noise.std;
    if (state !== undefined) this.restore(state);
  }

  /** The next `n` samples, one per sampling period; NaN marks a missing one. */
  next(n: number): { index: number; values: Float64Array } {
    const values = new Float64Array(n);
    const index = this.index;
    this.shape(values);
    this.addFaults(values);
    this.addDisturbances(values);
    this.addNoise(values);
    this.addSpikesAndGaps(values);
    const q = this.settings.quantum;
    if (q > 0) for (let i = 0; i < n; i++) values[i] = Math.floor((values[i] as number) / q + 0.5) * q;
    this.index += n;
    return { index, values };
  }

  /** What is true of the samples given so far, since the last call. An edge comes with the sample after it. */
  truth(): Truth {
    const horizonS = this.index / this.settings.sampleRateHz;
    const done = this.edges.filter((e) => e.atS < horizonS);
    this.edges = this.edges.filter((e) => e.atS >= horizonS);
    const gaps = this.gapsS;
    this.gapsS = [];
    return {
      onsetsS: done.filter((e) => e.kind === 'onset').map((e) => e.atS),
      offsetsS: done.filter((e) => e.kind === 'offset').map((e) => e.atS),
      edges: done,
      gapsS: gaps,
      levels: { base: this.settings.base, load: this.settings.base + this.settings.step },
    };
  }

  /** Everything that is needed to go on from here; undrained truth is not part of it. */
  state(): WaveformState {
    const big = (x: number) => (x === Number.POSITIVE_INFINITY ? -1 : x);
    return {
      version: 1,
      index: this.index,
      random: [
        this.cycles.save(),
        this.noise.save(),
        this.spikes.save(),
        this.gaps.save(),
        this.drops.save(),
      ],
      pending: this.pending.map((t) => ({ ...t })),
      nextOnset: big(this.nextOnset),
      signal: [this.level, this.from, this.moving ? 1 : 0, this.ar],
      skips: [big(this.nextSpike), big(this.nextDrop), big(this.nextGap), this.gapEnd],
    };
  }

  private restore(state: WaveformState): void {
    if (state.version !== 1) throw new Error(`unknown version ${state.version} of the waveform's state`);
    const far = (x: number | undefined) => (x === -1 ? Number.POSITIVE_INFINITY : (x as number));
    this.index = state.index;
    for (const [k, r] of [this.cycles, this.noise, this.spikes, this.gaps, this.drops].entries()) {
      r.load(state.random[k] as number[]);
    }
    this.pending = state.pending.map((t) => ({ ...t }));
    this.nextOnset = far(state.nextOnset);
    this.level = state.signal[0] as number;
    this.from = state.signal[1] as number;
    this.moving = state.signal[2] === 1;
    this.ar = state.signal[3] as number;
    this.nextSpike = far(state.skips[0]);
    this.nextDrop = far(state.skips[1]);
    this.nextGap = far(state.skips[2]);
    this.gapEnd = state.skips[3] as number;
  }

  /** Levels and transitions. */
  private shape(out: Float64Array): void {
    const start = this.index;
    const end = start + out.length;
    let i = start;
    while (i < end) {
      this.planUntil(end);
      const t = this.pending[0];
      if (t === undefined || t.begin >= end) {
        out.fill(this.level, i - start);
        return;
      }
      if (!this.moving) {
        const first = Math.max(i, Math.ceil(t.begin));
        out.fill(this.level, i - start, Math.min(first, end) - start);
        i = first;
        if (i >= end) return;
        this.moving = true;
        this.from = this.level;
      }
      i = this.settings.edge.shape === 'rc' ? this.exponential(t, out, i, end) : this.ramp(t, out, i, end);
    }
  }

  private ramp(t: Transition, out: Float64Array, first: number, end: number): number {
    const stop = t.begin + t.width;
    let i = first;
    for (; i < end && i < stop; i++) {
      out[i - this.index] = this.from + (t.to - this.from) * ((i - t.begin) / t.width);
    }
    if (i >= stop) this.arrive(t.to);
    return i;
  }

  private exponential(t: Transition, out: Float64Array, first: number, end: number): number {
    // Runs until the next transition takes over: an exponential never arrives.
    const stop = Math.min(end, this.pending[1] === undefined ? end : Math.ceil(this.pending[1].begin));
    const step = t.width > 0 ? exp(-1 / t.width) : 0;
    // Set anew at multiples of 256 samples, so that sizes of request leave no trace.
    const anchor = Math.max(Math.ceil(t.begin), first - (first % 256));
    const restAt = (at: number) => (t.width > 0 ? exp(-(at - t.begin) / t.width) : 0);
    let rest = restAt(anchor);
    for (let k = anchor; k < first; k++) rest *= step;
    let i = first;
    for (; i < stop; i++) {
      if (i % 256 === 0) rest = restAt(i);
      this.level = t.to - (t.to - this.from) * rest;
      out[i - this.index] = this.level;
      rest *= step;
    }
    if (this.pending[1] !== undefined && this.pending[1].begin <= i) {
      this.pending.shift();
      this.moving = false;
    }
    return i;
  }

  private arrive(level: number): void {
    this.pending.shift();
    this.level = level;
    this.moving = false;
  }

  private planUntil(end: number): void {
    const rate = this.settings.sampleRateHz;
    // Half a ramp, or ln 2 time constants, lie before the crossing: plan that far ahead, and two seconds more.
    const slow = this.settings.faults.reduce((m, f) => (f.kind === 'slowStart' ? Math.max(m, f.size) : m), 0);
    const ahead = rate * (2 + this.settings.edge.riseS + this.settings.edge.fallS + slow);
    while (this.nextOnset < end + ahead) this.planCycle();
  }

  private planCycle(): void {
    const { settings: s, cycles } = this;
    const rate = s.sampleRateHz;
    const onset = this.nextOnset;
    const period = cycles.within(s.periodS) * rate;
    const width = cycles.within(s.duty) * period;
    const part = cycles.uniform();
    this.nextOnset = onset + period;
    const atS = onset / rate;
    if (this.fault('stopped', atS) !== undefined) return;
    const slow = this.fault('slowStart', atS)?.size ?? 0;
    const full =
      s.base + s.step - (this.fault('drop', atS)?.size ?? 0) + (this.fault('overload', atS)?.size ?? 0);
    const middle = s.base + s.step * s.partLoad;
    const rise = (s.edge.riseS + slow) * rate;
    const fall = s.edge.fallS * rate;
    if (s.partLoad === 0 || part < 1 / 3) {
      this.add(onset, rise, s.base, full, 'onset');
      this.add(onset + width, fall, full, s.base, 'offset');
    } else if (part < 2 / 3) {
      this.add(onset, rise, s.base, middle, 'onset');
      this.add(onset + width, fall, middle, s.base, 'offset');
    } else {
      this.add(onset, rise, s.base, middle, 'onset');
      this.add(onset + width / 2, rise, middle, full, null);
      this.add(onset + width, fall, full, s.base, 'offset');
    }
  }

  private add(at: number, width: number, from: number, to: number, kind: 'onset' | 'offset' | null): void {
    const rc = this.settings.edge.shape === 'rc';
    const begin = rc ? at - width * Math.LN2 : at - width / 2;
    this.pending.push({ at, begin, width, to });
    const rate = this.settings.sampleRateHz;
    if (kind !== null) this.edges.push({ atS: at / rate, kind, from, to, widthS: width / rate });
  }

  private fault(kind: string, atS: number) {
    return this.settings.faults.find((f) => f.kind === kind && atS >= f.fromS && atS < f.toS);
  }

  /** Ripple on the load at 37 Hz, growing from nothing to its size. */
  private addFaults(out: Float64Array): void {
    const rate = this.settings.sampleRateHz;
    for (const f of this.settings.faults) {
      if (f.kind !== 'ripple') continue;
      const first = Math.max(0, Math.ceil(f.fromS * rate) - this.index);
      const last = Math.min(out.length, Math.ceil(f.toS * rate) - this.index);
      const half = this.settings.base + this.settings.step / 2;
      for (let i = first; i < last; i++) {
        const loaded = this.settings.step > 0 ? (out[i] as number) > half : (out[i] as number) < half;
        if (!loaded) continue;
        const atS = (this.index + i) / rate;
        const grown = (atS - f.fromS) / (f.toS - f.fromS);
        out[i] = (out[i] as number) + f.size * grown * sinCos(atS * 37 * 6.283185307179586)[0];
      }
    }
  }

  private addDisturbances(out: Float64Array): void {
    const { drift, hum, sampleRateHz: rate } = this.settings;
    if (drift.amount > 0) {
      const leg = drift.overS * rate;
      for (let i = 0; i < out.length; i++) {
        // A triangle that starts at 0, going up: 0, +1, -1, +1, …
        const phase = (this.index + i) / leg + 0.5;
        const turn = phase - 2 * Math.floor(phase / 2);
        out[i] = (out[i] as number) + drift.amount * (turn < 1 ? 2 * turn - 1 : 3 - 2 * turn);
      }
    }
    if (hum.amplitude > 0) {
      // The phase is set anew at multiples of 256 samples, so that sizes of request leave no trace.
      const step = (6.283185307179586 * hum.frequencyHz) / rate;
      const [ds, dc] = sinCos(step);
      let i = this.index;
      let [s, c] = sinCos(step * (i - (i % 256)));
      for (let k = i - (i % 256); k < i; k++) [s, c] = [s * dc + c * ds, c * dc - s * ds];
      for (let k = 0; k < out.length; k++, i++) {
        if (i % 256 === 0) [s, c] = sinCos(step * i);
        out[k] = (out[k] as number) + hum.amplitude * s;
        const t = s * dc + c * ds;
        c = c * dc - s * ds;
        s = t;
      }
    }
  }

  private addNoise(out: Float64Array): void {
    const { std, ar } = this.settings.noise;
    if (std === 0) return;
    const random = this.noise;
    if (ar === 0) {
      for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) + std * random.gaussian();
      return;
    }
    const drive = std * Math.sqrt(1 - ar * ar);
    let x = this.ar;
    for (let i = 0; i < out.length; i++) {
      out[i] = (out[i] as number) + x;
      x = ar * x + drive * random.gaussian();
    }
    this.ar = x;
  }

  private addSpikesAndGaps(out: Float64Array): void {
    const { spikes, dropouts, sampleRateHz: rate } = this.settings;
    const end = this.index + out.length;
    while (this.nextSpike < end) {
      const at = this.nextSpike - this.index;
      out[at] = (out[at] as number) + (this.spikes.next() < 0 ? -spikes.size : spikes.size);
      this.nextSpike += 1 + this.spikes.skip(spikes.rate);
    }
    while (this.nextDrop < end) {
      out[this.nextDrop - this.index] = Number.NaN;
      this.nextDrop += 1 + this.drops.skip(dropouts.rate);
    }
    for (;;) {
      const first = Math.max(this.index, this.nextGap);
      if (first >= end) break;
      if (this.gapEnd <= this.nextGap) {
        this.gapEnd = this.nextGap + Math.round(dropouts.gapS * rate);
        this.gapsS.push([this.nextGap / rate, this.gapEnd / rate]);
      }
      out.fill(Number.NaN, first - this.index, Math.min(end, this.gapEnd) - this.index);
      if (this.gapEnd > end) break;
      this.nextGap = this.drawGap(this.gapEnd);
    }
  }

  private drawGap(from: number): number {
    const { everyS, gapS } = this.settings.dropouts;
    if (everyS <= 0 || gapS <= 0) return Number.POSITIVE_INFINITY;
    return from + 1 + Math.floor(everyS * this.settings.sampleRateHz * 2 * this.gaps.uniform());
  }
}
