/**
 * The whole accuracy table of docs/cycles.md, as Markdown: each figure beside the one that no estimator beats. At least
 * 5,000 cycles in each cell; `--quick` takes a tenth.
 */
import type { WaveformSettingsInput } from '@loadcycle/contract/waveform-settings';
import { Waveform } from '@loadcycle/edge-agent/sources/waveform';
import { cut, foundIn, IMPAIRED, LIMIT, type Score, STEP, score, signal } from './score.ts';

const QUICK = process.argv.includes('--quick') ? 0.1 : 1;
const WIDTHS = [0, 1, 5, 20];
const LEVELS_DB = [40, 20, 10, 6];

function run(settings: WaveformSettingsInput, seed: number, seconds: number): Score {
  const { cycles, truth } = cut(new Waveform(settings, seed), seconds * QUICK);
  return score(foundIn(cycles), truth, 1000, cycles.length);
}

function table(
  title: string,
  widths: number[],
  settingsOf: (n: number, db: number) => WaveformSettingsInput,
) {
  console.log(
    `\n**${title}**\n\n| n | ${LEVELS_DB.map((db) => `${db} dB`).join(' | ')} |\n|---|${'---|'.repeat(4)}`,
  );
  for (const n of widths) {
    const cells = LEVELS_DB.map((db) => {
      const settings = settingsOf(n, db);
      // A one-sample ramp at 40 dB: few edges, those that a spike has hit, carry half of the error. More cycles.
      const many = (settings.spikes?.rate ?? 0) > 0 ? 200_000 : 40_000;
      const seconds = n === 1 && db === 40 ? many : 10_000;
      const s = run(settings, 42 + 10 * n + db, seconds);
      const times = s.std / (LIMIT[n]?.[db] as number);
      const wide = s.f1Wide > s.f1 ? `/${s.f1Wide.toFixed(4)}` : '';
      return `${s.std.toFixed(3)} = ${times.toFixed(2)}×, bias ${s.bias.toFixed(3)}, F1 ${s.f1.toFixed(4)}${wide}, ${s.cycles}`;
    });
    console.log(`| ${n} | ${cells.join(' | ')} |`);
  }
}

console.log(
  'Standard deviation of the edge error in samples = times the best possible, bias, F1 within 10 samples (/ within 50), cycles.',
);
table('clean', WIDTHS, (n, db) => signal(n, db));
for (const [kind, more] of Object.entries(IMPAIRED)) table(kind, WIDTHS, (n, db) => signal(n, db, more));

const OTHERS: Record<string, (n: number, db: number) => WaveformSettingsInput> = {
  'AR(1) 0.5': (n, db) => coloured(n, db, 0.5),
  'AR(1) 0.9': (n, db) => coloured(n, db, 0.9),
  'hum of 0.2 step at 50 Hz': (n, db) => signal(n, db, { hum: { amplitude: 0.2 * STEP } }),
  'hum at 50 Hz, 20 dB over the noise': (n, db) =>
    signal(n, db, { hum: { amplitude: (10 * Math.SQRT2 * STEP) / 10 ** (db / 20) } }),
  'converter step of a quarter of the load step': (n, db) => signal(n, db, { quantum: STEP / 4 }),
  'first-order (RC) edges, time constant of n samples': (n, db) => {
    const settings = signal(n, db);
    return { ...settings, edge: { ...settings.edge, shape: 'rc' } };
  },
  'three levels, the middle one at 0.3': (n, db) => signal(n, db, { partLoad: 0.3 }),
  'three levels, the middle one at 0.5': (n, db) => signal(n, db, { partLoad: 0.5 }),
  'three levels, the middle one at 0.7': (n, db) => signal(n, db, { partLoad: 0.7 }),
};

function coloured(n: number, db: number, ar: number): WaveformSettingsInput {
  const settings = signal(n, db);
  return { ...settings, noise: { ...settings.noise, ar } };
}

console.log('\nAlso tried, with no fixed goal:');
for (const [kind, settingsOf] of Object.entries(OTHERS)) table(kind, [5], settingsOf);

console.log(
  '\n**no load, 10,000 s: cycles invented**\n\n| | 40 dB | 20 dB | 10 dB | 6 dB |\n|---|---|---|---|---|',
);
for (const kind of ['clean', 'drift', 'spikes', 'all']) {
  const counts = LEVELS_DB.map(
    (db) =>
      cut(new Waveform(signal(0, db, { ...IMPAIRED[kind], load: false }), 42 + db), 10_000 * QUICK).cycles
        .length,
  );
  console.log(`| ${kind} | ${counts.join(' | ')} |`);
}
