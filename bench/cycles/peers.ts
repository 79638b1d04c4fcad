/**
 * The segmenter beside what a user would pick instead: same samples, same scoring, same run. The peers are Python
 * programs: `LOADCYCLE_PEERS_PYTHON` names an interpreter with numpy, scipy, ruptures and pulse-transitions.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WaveformSettingsInput } from '@loadcycle/contract/waveform-settings';
import { Waveform } from '@loadcycle/edge-agent/sources/waveform';
import { cutUnfinished, type SampleChunk } from '@loadcycle/processors/cycles/index';
import { foundIn, IMPAIRED, LIMIT, score, signal, type Truths } from './score.ts';

const SECONDS = 600;
const python = process.env['LOADCYCLE_PEERS_PYTHON'] ?? 'python3';
const folder = mkdtempSync(join(tmpdir(), 'loadcycle-peers-'));

interface Answer {
  method: string;
  why?: string;
  onsetsS?: number[];
  offsetsS?: number[];
  cpuS?: number;
  samples?: number;
}

function ours(values: Float64Array): Answer {
  const best: Answer = { method: 'Loadcycle', cpuS: Number.POSITIVE_INFINITY, samples: values.length };
  for (let run = 0; run < 3; run++) {
    const start = process.cpuUsage();
    const chunks: SampleChunk[] = [];
    for (let at = 0; at < values.length; at += 1000) {
      const part = values.subarray(at, at + 1000);
      chunks.push({ t0Us: at * 1000, dtUs: 1000, offsetsUs: null, values: part });
    }
    const { cycles } = cutUnfinished(chunks);
    const { user, system } = process.cpuUsage(start);
    best.cpuS = Math.min(best.cpuS as number, (user + system) / 1e6);
    Object.assign(best, foundIn(cycles));
  }
  return best;
}

function peers(values: Float64Array): Answer[] {
  const file = join(folder, 'samples');
  writeFileSync(file, new Uint8Array(values.buffer));
  const script = join(import.meta.dirname, 'peers.py');
  const run = spawnSync(python, [script, file, '1000'], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.status === 0)
    return run.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Answer);
  const why = run.error?.message ?? run.stderr.trim().split('\n').at(-1) ?? '';
  return [{ method: `peers in ${python}`, why }];
}

const CASES: [string, number, number, WaveformSettingsInput][] = [
  ['clean, 40 dB', 5, 40, {}],
  ['clean, 20 dB', 5, 20, {}],
  ['clean, 10 dB', 5, 10, {}],
  ['clean, 6 dB', 5, 6, {}],
  ['ideal steps, 20 dB', 0, 20, {}],
  ['drift, 20 dB', 5, 20, IMPAIRED['drift'] as WaveformSettingsInput],
  ['spikes, 20 dB', 5, 20, IMPAIRED['spikes'] as WaveformSettingsInput],
  ['gaps, 20 dB', 5, 20, IMPAIRED['gaps'] as WaveformSettingsInput],
  ['all three, 20 dB', 5, 20, IMPAIRED['all'] as WaveformSettingsInput],
  ['three levels (0.5), 20 dB', 5, 20, { partLoad: 0.5 }],
];

console.log(
  '| signal | method | edge error, × the best possible | F1 of onsets | million samples per CPU second |',
);
console.log('|---|---|---|---|---|');
for (const [name, n, db, more] of CASES) {
  const waveform = new Waveform(signal(n, db, more), 4711);
  const { values } = waveform.next(SECONDS * 1000);
  const truth = waveform.truth();
  for (const answer of [ours(values), ...peers(values)]) {
    if (answer.why !== undefined) {
      console.log(`| ${name} | ${answer.method} | not run: ${answer.why} | | |`);
      continue;
    }
    const endS = (answer.samples as number) / 1000;
    const before = (list: number[]) => list.filter((t) => t < endS - 0.1);
    // Levels that are learnt cost the first cycles; that is counted.
    const known: Truths = { ...truth, onsetsS: before(truth.onsetsS), offsetsS: before(truth.offsetsS) };
    const found = { onsetsS: answer.onsetsS as number[], offsetsS: answer.offsetsS as number[] };
    const s = score(found, known, 1000, 0);
    const times = s.edges < 10 ? 'none found' : (s.std / (LIMIT[n]?.[db] as number)).toFixed(2);
    const speed = (answer.samples as number) / (answer.cpuS as number) / 1e6;
    console.log(`| ${name} | ${answer.method} | ${times} | ${s.f1.toFixed(4)} | ${speed.toFixed(2)} |`);
  }
}
rmSync(folder, { recursive: true });
