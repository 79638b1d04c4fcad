import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type AgentChange, LoadcycleError } from '@loadcycle/contract';
import type { IioSettings } from '@loadcycle/contract/agent-settings';
import type { IioChannel, IioReadings } from './iio-sampler.ts';
import type { Source, SourceContext, SourceSignal } from './source.ts';

/**
 * What the kernel's interface (Documentation/ABI/testing/sysfs-bus-iio) gives after (raw + offset) × scale, or
 * in `_input`, by the channel's type; and what makes a UCUM unit of it.
 */
const UNITS: Record<string, Record<string, number>> = {
  voltage: { mV: 1, V: 1e-3, kV: 1e-6 },
  altvoltage: { mV: 1, V: 1e-3, kV: 1e-6 },
  current: { mA: 1, A: 1e-3 },
  power: { mW: 1, W: 1e-3, kW: 1e-6 },
  temp: { mCel: 1, Cel: 1e-3 },
  pressure: { kPa: 1, Pa: 1e3, bar: 1e-2 },
  humidityrelative: { '%': 1e-3 },
  resistance: { Ohm: 1, kOhm: 1e-3 },
  accel: { 'm/s2': 1 },
  anglvel: { 'rad/s': 1 },
  magn: { G: 1, T: 1e-4 },
  rot: { rad: 1 },
};

/** Each sample is a read of a file of sysfs. */
const MAX_RATE_HZ = 1_000;
/** How long a stop waits for the sampler's thread, ms. */
const STOP_MS = 1_000;

/**
 * Linux Industrial I/O through sysfs: `in_voltageN_raw` with scale and offset, or a processed `in_voltageN_input`.
 * A thread of its own reads, as a disk that is slow to sync must not delay a sample. The grid is exact; each reading
 * is taken within half a period of its place on it, and a place that was missed, or that the sensor failed to give,
 * is a null sample. Reading through the kernel's buffers and triggers (/dev/iio:deviceN) is not supported: beyond
 * about 1,000 samples/s this source is the wrong one.
 */
export class IioSource implements Source {
  #settings: IioSettings;
  readonly patient = false;

  constructor(settings: IioSettings) {
    this.#settings = settings;
    this.#channels();
  }

  get dtUs(): number {
    return Math.round(1e6 / this.#settings.rateHz);
  }

  get signals(): readonly SourceSignal[] {
    return this.#settings.channels.map(({ signal, unit, batchSize, decimals, enabled }) => ({
      signal,
      unit,
      batchSize,
      decimals,
      enabled,
      rateHz: 1e6 / this.dtUs,
      maxRateHz: MAX_RATE_HZ,
    }));
  }

  async run(context: SourceContext): Promise<'ended' | 'aborted'> {
    const { clock, log, signal } = context;
    const dtUs = this.dtUs;
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const channels = this.#channels();
    const worker = new Worker(new URL('./iio-sampler.ts', import.meta.url), {
      workerData: { channels, dtUs, stop },
    });
    const halt = (): void => {
      Atomics.store(stop, 0, 1);
      Atomics.notify(stop, 0);
    };
    signal.addEventListener('abort', halt, { once: true });
    if (signal.aborted) halt();
    let anchor: { epoch: number; index: number; t0Us: number } | null = null;
    let problem: string | null = null;
    const late = new MissedPlaces(this.#settings.rateHz);
    worker.on('message', (r: IioReadings) => {
      if (anchor?.epoch !== clock.epoch) {
        const t0Us = clock.wallAt(r.startMonotonicUs + r.index * dtUs);
        anchor = { epoch: clock.epoch, index: r.index, t0Us };
      }
      const t0Us = anchor.t0Us + (r.index - anchor.index) * dtUs;
      for (const [k, channel] of this.#settings.channels.entries()) {
        context.push(channel.signal, { t0Us, dtUs, values: r.values[k]! });
      }
      late.count(r.missed, r.values[0]!.length);
      const now = r.problem ?? late.problem;
      if (now !== problem) {
        problem = now;
        context.complain(problem);
        if (problem !== null) log.error({ code: 'source.unavailable' }, problem);
        else log.info({ device: this.#settings.devicePath }, 'reads again');
      }
    });
    const error = await new Promise<Error | null>((resolve) => {
      worker.once('error', resolve);
      worker.once('exit', () => resolve(null));
      signal.addEventListener('abort', () => setTimeout(() => void worker.terminate(), STOP_MS).unref());
    });
    signal.removeEventListener('abort', halt);
    if (error !== null) throw new LoadcycleError('source.unavailable', error.message, { cause: error });
    return 'aborted';
  }

  change(change: AgentChange): () => void {
    if (change.simulate !== undefined) {
      throw new LoadcycleError('request.invalid', 'a sensor is not simulated');
    }
    const rateHz = change.rateHz ?? this.#settings.rateHz;
    if (rateHz > MAX_RATE_HZ)
      throw new LoadcycleError('request.invalid', `at most ${MAX_RATE_HZ} Hz from sysfs`);
    const channels = this.#settings.channels.map((c) =>
      change.signal !== undefined && change.signal !== c.signal
        ? c
        : { ...c, batchSize: change.batchSize ?? c.batchSize, enabled: change.enabled ?? c.enabled },
    );
    return () => {
      this.#settings = { ...this.#settings, rateHz, channels };
    };
  }

  close(): void {}

  /** Looks each channel up anew: a driver that was loaded again may have another scale. */
  #channels(): IioChannel[] {
    return this.#settings.channels.map(({ channel, unit, factor }) => {
      const { devicePath } = this.#settings;
      const type = /^in_([a-z]+)/.exec(channel)![1]!;
      const toUnit = UNITS[type]?.[unit];
      if (toUnit === undefined) {
        const known = Object.keys(UNITS[type] ?? {}).join(', ') || 'none';
        throw new LoadcycleError('settings.invalid', `${channel} cannot be given in ${unit}`, {
          hint: `units of ${type}: ${known}`,
        });
      }
      const raw = join(devicePath, `${channel}_raw`);
      if (readable(raw) === null) {
        const input = join(devicePath, `${channel}_input`);
        if (readable(input) !== null) return { file: input, offset: 0, scale: toUnit * factor };
        throw new LoadcycleError(
          'source.unavailable',
          `${devicePath} has no ${channel}_raw or ${channel}_input`,
        );
      }
      const scale = attribute(devicePath, channel, type, 'scale') ?? 1;
      const offset = attribute(devicePath, channel, type, 'offset') ?? 0;
      return { file: raw, offset, scale: scale * toUnit * factor };
    });
  }
}

/** Places that nobody read in time, judged every ten seconds: one now and then is no news, one in a hundred is. */
export class MissedPlaces {
  readonly #period: number;
  #missed = 0;
  #places = 0;
  problem: string | null = null;

  constructor(rateHz: number) {
    this.#period = Math.max(1, rateHz * 10);
  }

  count(missed: number, places: number): void {
    this.#missed += missed;
    this.#places += places;
    if (this.#places < this.#period) return;
    const percent = Math.round((100 * this.#missed) / this.#places);
    this.problem =
      percent >= 1 ? `${percent} % of the samples came too late: the rate is too high here` : null;
    this.#missed = 0;
    this.#places = 0;
  }
}

/** The channel's own attribute, else the one that all channels of its type share. */
function attribute(path: string, channel: string, type: string, name: string): number | null {
  for (const file of [`${channel}_${name}`, `in_${type}_${name}`]) {
    const text = readable(join(path, file));
    if (text === null) continue;
    const value = Number(text);
    if (text !== '' && Number.isFinite(value)) return value;
    throw new LoadcycleError('source.unavailable', `${file} of ${path} holds no number`);
  }
  return null;
}

function readable(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    // a file that is there and cannot be read now (a bus error) is not the same as none
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : '';
  }
}
