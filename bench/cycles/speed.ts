import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { cycleSettings } from '@loadcycle/contract/cycle-settings';
import type { WaveformSettingsInput } from '@loadcycle/contract/waveform-settings';
import { Waveform } from '@loadcycle/edge-agent/sources/waveform';
import { Segmenter } from '@loadcycle/processors/cycles/segmenter';
import { signal } from './score.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** CPU seconds that this process has used: what a core gave, whoever else is on the machine. */
const cpuS = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Million samples per CPU second through segmenter and metrics, the best of a few runs. */
export function speed(settings: WaveformSettingsInput, chunk: number, samples: number, runs = 3) {
  const { values } = new Waveform(settings, 7).next(samples);
  let best = 0;
  let cycles = 0;
  for (let run = 0; run < runs; run++) {
    const segmenter = new Segmenter(cycleSettings());
    cycles = 0;
    const start = cpuS();
    for (let at = 0; at + chunk <= samples; at += chunk) {
      const part = values.subarray(at, at + chunk);
      cycles += segmenter.push({ t0Us: at * 1000, dtUs: 1000, offsetsUs: null, values: part }).length;
    }
    best = Math.max(best, samples / (cpuS() - start) / 1e6);
  }
  return { millionPerS: best, cycles };
}

/** Many signals in turn in one worker: their memory, and million samples per second over all of them. */
export function many(signals: number, chunk: number, rounds: number) {
  const { values } = new Waveform(signal(5, 20), 7).next(chunk * (rounds + 64));
  const settings = cycleSettings();
  collect();
  const before = process.memoryUsage();
  const segmenters = Array.from({ length: signals }, () => new Segmenter(settings));
  let cycles = 0;
  const start = cpuS();
  for (let round = 0; round < rounds; round++) {
    for (let k = 0; k < signals; k++) {
      const from = (round + (k % 64)) * chunk;
      const part = values.subarray(from, from + chunk);
      const chunkOf = { t0Us: round * chunk * 1000, dtUs: 1000, offsetsUs: null, values: part };
      cycles += (segmenters[k] as Segmenter).push(chunkOf).length;
    }
  }
  const seconds = cpuS() - start;
  // what array buffers that are gone have held is given back by the second collection
  collect();
  collect();
  const after = process.memoryUsage();
  const bytes = (after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / signals;
  const state = Math.max(...segmenters.map((s) => s.snapshot().length));
  return { millionPerS: (signals * chunk * rounds) / seconds / 1e6, bytes, state, cycles };
}

if (import.meta.main) {
  const samples = 8_192_000;
  for (const [name, settings] of [
    ['load, 40 dB', signal(5, 40)],
    ['load, 20 dB', signal(5, 20)],
    ['load, 6 dB', signal(20, 6)],
    ['no load, 20 dB', signal(5, 20, { load: false })],
  ] as const) {
    for (const chunk of [1024, 4096]) {
      const { millionPerS, cycles } = speed(settings, chunk, samples);
      console.log(
        `${name}, chunks of ${chunk}: ${millionPerS.toFixed(1)} million samples/s, ${cycles} cycles`,
      );
    }
  }
  const m = many(10_000, 1024, 20);
  console.log(
    `10,000 signals in turn, from the first sample on: ${m.millionPerS.toFixed(1)} million samples/s, ${m.bytes.toFixed(0)} bytes each in memory, ${m.state} bytes of saved state, ${m.cycles} cycles`,
  );
}
