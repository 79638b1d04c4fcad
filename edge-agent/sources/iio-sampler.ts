/** The thread of the `iio` source: reads each channel at each place of the grid. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

export interface IioChannel {
  readonly file: string;
  readonly offset: number;
  /** to the signal's unit */
  readonly scale: number;
}

export interface IioReadings {
  /** monotonic time of place 0, µs */
  readonly startMonotonicUs: number;
  /** place of the first reading */
  readonly index: number;
  /** by channel; NaN: missed or failed */
  readonly values: Float64Array[];
  /** places that came and went unread */
  readonly missed: number;
  /** what went wrong with the latest reading */
  readonly problem: string | null;
}

/** How long readings are gathered before they are handed over, µs. */
const HAND_OVER_US = 50_000;

if (parentPort !== null) sample(workerData);

function sample({ channels, dtUs, stop }: { channels: IioChannel[]; dtUs: number; stop: Int32Array }): void {
  const startUs = monotonicUs();
  const size = Math.max(1, Math.round(HAND_OVER_US / dtUs));
  let index = 0;
  let place = 0;
  let values: Float64Array[] = channels.map(() => new Float64Array(size));
  let missed = 0;
  let problem: string | null = null;

  const put = (k: number, value: number): void => {
    values[k]![place - index] = value;
  };
  const next = (): void => {
    place++;
    if (place - index === size) handOver();
  };
  const handOver = (): void => {
    const n = place - index;
    if (n > 0) {
      const part = values.map((v) => v.slice(0, n));
      const readings: IioReadings = { startMonotonicUs: startUs, index, values: part, missed, problem };
      parentPort!.postMessage(readings);
    }
    index = place;
    missed = 0;
    values = channels.map(() => new Float64Array(size));
  };

  while (Atomics.load(stop, 0) === 0) {
    const waitUs = startUs + place * dtUs - monotonicUs();
    if (waitUs > 0) {
      Atomics.wait(stop, 0, 0, waitUs / 1000);
      continue;
    }
    // places that are more than half a period ago cannot be measured any more
    const reachable = Math.ceil((-waitUs - dtUs / 2) / dtUs);
    for (let i = 0; i < reachable; i++) {
      for (let k = 0; k < channels.length; k++) put(k, Number.NaN);
      missed++;
      next();
    }
    if (reachable > 0) continue;
    problem = null;
    for (const [k, channel] of channels.entries()) {
      let value = Number.NaN;
      try {
        const text = readFileSync(channel.file, 'utf8').trim();
        value = text === '' ? Number.NaN : (Number(text) + channel.offset) * channel.scale;
        if (!Number.isFinite(value)) problem = `${basename(channel.file)}: "${text}" is not a number`;
      } catch (error) {
        problem = `${basename(channel.file)}: ${(error as Error).message}`;
      }
      put(k, Number.isFinite(value) ? value : Number.NaN);
    }
    next();
  }
  handOver();
}

function monotonicUs(): number {
  const [s, ns] = process.hrtime();
  return s * 1e6 + ns / 1e3;
}
