import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type AgentChange, LoadcycleError } from '@loadcycle/contract';
import type { SimulateSettings } from '@loadcycle/contract/agent-settings';
import { issuesText } from '@loadcycle/contract/issues';
import type { WaveformSettings } from '@loadcycle/contract/waveform-settings';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '@loadcycle/service/files';
import type { Source, SourceContext, SourceSignal } from './source.ts';
import { Waveform } from './waveform.ts';

const TICK_MS = 20;
/** Samples generated at once when a stopped process catches up, seconds of signal. */
const CATCH_UP_S = 1;

/**
 * A simulated machine: the seeded waveform, sampled on an exact grid of whole microseconds.
 * Writes its true cycle boundaries to a file, so that the segmentation can be scored against them.
 */
export class SimulateSource implements Source {
  #settings: SimulateSettings;
  #waveform: Waveform;
  #produced = 0;
  /** next sample of the waveform, and where the current stretch of the grid began */
  #index = 0;
  #segment = { index: 0, t0Us: 0 };
  readonly #truth: number | null;
  readonly #maxRateHz: number;
  readonly patient: boolean;

  constructor(settings: SimulateSettings) {
    this.#settings = settings;
    this.#maxRateHz = Math.max(settings.maxRateHz, settings.rateHz);
    this.patient = settings.pace === 'max';
    this.#waveform = makeWaveform(settings);
    this.#truth = openTruth(settings.truthFile);
    this.#segment.t0Us = settings.startUs ?? 0;
  }

  /** Sampling period: the whole microseconds that are nearest to the rate that was asked for. */
  get dtUs(): number {
    return periodUs(this.#settings.rateHz);
  }

  get signals(): readonly SourceSignal[] {
    const { signal, unit, batchSize, decimals, enabled } = this.#settings;
    const rateHz = 1e6 / this.dtUs;
    return [{ signal, unit, batchSize, decimals, enabled, rateHz, maxRateHz: this.#maxRateHz }];
  }

  async run(context: SourceContext): Promise<'ended' | 'aborted'> {
    if (this.#settings.pace === 'max') await this.#runFast(context);
    else await this.#runInRealTime(context);
    return context.signal.aborted && !this.#ended ? 'aborted' : 'ended';
  }

  change(change: AgentChange): () => void {
    const next = { ...this.#settings };
    if (change.rateHz !== undefined && change.rateHz > this.#maxRateHz)
      throw new LoadcycleError('request.invalid', `at most ${this.#maxRateHz} Hz here (maxRateHz)`);
    if (change.rateHz !== undefined) next.rateHz = change.rateHz;
    if (change.batchSize !== undefined) next.batchSize = change.batchSize;
    if (change.enabled !== undefined) next.enabled = change.enabled;
    if (change.simulate !== undefined) next.waveform = { ...next.waveform, ...change.simulate };
    const anew = change.rateHz !== undefined || change.simulate !== undefined;
    const waveform = anew ? makeWaveform(next) : null;
    return () => {
      if (waveform !== null) {
        this.#segment = { index: 0, t0Us: this.#nextUs };
        this.#index = 0;
        this.#waveform = waveform;
      }
      this.#settings = next;
    };
  }

  close(): void {
    if (this.#truth !== null) closeSync(this.#truth);
  }

  get #ended(): boolean {
    return this.#settings.limit !== null && this.#produced >= this.#settings.limit;
  }

  get #nextUs(): number {
    return this.#segment.t0Us + (this.#index - this.#segment.index) * this.dtUs;
  }

  async #runInRealTime({ clock, signal, push }: SourceContext): Promise<void> {
    let startUs = clock.monotonicUs();
    let epoch = clock.epoch;
    let done = 0;
    this.#segment = { index: this.#index, t0Us: clock.wallAt(startUs) };
    const most = Math.max(1, Math.ceil((CATCH_UP_S * 1e6) / this.dtUs));
    while (!signal.aborted && !this.#ended) {
      const nowUs = clock.monotonicUs();
      if (clock.epoch !== epoch) {
        // the grid goes on at the next sample, with the new wall time
        epoch = clock.epoch;
        startUs += done * this.dtUs;
        done = 0;
        this.#segment = { index: this.#index, t0Us: clock.wallAt(startUs) };
      }
      const due = Math.floor((nowUs - startUs) / this.dtUs) + 1 - done;
      if (due > 0) {
        const n = Math.min(due, most);
        await this.#give(n, push);
        done += n;
        if (n < due) continue;
      }
      await delay(TICK_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #runFast({ clock, signal, push }: SourceContext): Promise<void> {
    if (this.#segment.t0Us === 0) this.#segment.t0Us = clock.nowUs();
    while (!signal.aborted && !this.#ended) await this.#give(this.#settings.batchSize, push);
  }

  async #give(count: number, push: SourceContext['push']): Promise<void> {
    const { signal, limit } = this.#settings;
    const n = limit === null ? count : Math.min(count, limit - this.#produced);
    const t0Us = this.#nextUs;
    const { values } = this.#waveform.next(n);
    this.#index += n;
    this.#produced += n;
    this.#writeTruth();
    await push(signal, { t0Us, dtUs: this.dtUs, values });
  }

  #writeTruth(): void {
    const { edges, gapsS } = this.#waveform.truth();
    if (this.#truth === null) return;
    const { signal } = this.#settings;
    const at = (s: number): number =>
      Math.round(this.#segment.t0Us + s * 1e6 - this.#segment.index * this.dtUs);
    const lines = edges.map((e) => ({
      tUs: at(e.atS),
      signal,
      kind: e.kind,
      from: e.from,
      to: e.to,
      widthS: e.widthS,
    }));
    const gaps = gapsS.map(([from, to]) => ({ tUs: at(from), signal, kind: 'gap', endUs: at(to) }));
    const text = [...lines, ...gaps].map((l) => `${JSON.stringify(l)}\n`).join('');
    if (text !== '') writeSync(this.#truth, text);
  }
}

function periodUs(rateHz: number): number {
  return Math.max(1, Math.round(1e6 / rateHz));
}

/** Cycles that may be planned ahead of one sample. */
const MOST_PLANNED = 100_000;

/**
 * The waveform plans its cycles up to the next sample and an edge further: what makes that more than memory bears is
 * refused, since a command that ends its agent would end it again at each start.
 */
function demandPlannable({ sampleRateHz, edge, faults, periodS }: WaveformSettings): void {
  const slowS = faults.reduce((most, f) => (f.kind === 'slowStart' ? Math.max(most, f.size) : most), 0);
  const aheadS = 1 / sampleRateHz + 2 + edge.riseS + edge.fallS + slowS;
  if (aheadS / periodS.min <= MOST_PLANNED) return;
  throw new Error(`more than ${MOST_PLANNED} cycles between two samples, or within an edge`);
}

function makeWaveform(settings: SimulateSettings): Waveform {
  try {
    const sampleRateHz = 1e6 / periodUs(settings.rateHz);
    const waveform = new Waveform({ ...settings.waveform, sampleRateHz }, settings.seed);
    demandPlannable(waveform.settings);
    return waveform;
  } catch (cause) {
    const issues = (cause as { issues?: { path: PropertyKey[]; message: string }[] }).issues;
    const why = issues === undefined ? (cause as Error).message : issuesText(issues);
    throw new LoadcycleError('request.invalid', `waveform of ${settings.signal}: ${why}`, { cause });
  }
}

function openTruth(file: string | null): number | null {
  if (file === null) return null;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: PRIVATE_FOLDER });
    return openSync(file, 'a', PRIVATE_FILE);
  } catch (cause) {
    throw new LoadcycleError('folder.unwritable', `cannot write ${file}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
