/**
 * `npm run example:retrieve`: how a dashboard gets its data. It takes a token, retrieves the last minutes of a signal's
 * raw samples and load cycles, prints a table and a plot, and writes the plot as an HTML file.
 *
 *   npm run example:retrieve -- --minutes 5 --out plot.html
 */
import { writeFileSync } from 'node:fs';
import { dataOf } from '@loadcycle/client';
import { LoadcycleError, parseTimeUs, readSettings, setting, settingsHelp } from '@loadcycle/contract';
import { connect } from '../connection.ts';
import { terminalPlot } from '../terminal-plot.ts';
import { plotPage } from './plot-page.ts';

const spec = {
  dataDir: setting.text('data folder of the running system', './data', 'FOLDER'),
  site: setting.text('site', 'plant1', 'NAME'),
  device: setting.text('device', 'motor1', 'NAME'),
  signal: setting.text('signal', 'motor-voltage', 'NAME'),
  minutes: setting.number('how many minutes back from now', 2, 0.05, 1440),
  out: setting.text('the HTML file to write', 'voltage.html', 'FILE'),
};

async function run(): Promise<void> {
  // only this program's own names: the system's LOADCYCLE_SIGNAL and the like mean something else
  const settings = readSettings(spec, process.argv.slice(2), {
    LOADCYCLE_DATA_DIR: process.env['LOADCYCLE_DATA_DIR'],
  });
  if (settings === null) {
    process.stdout.write(
      settingsHelp('npm run example:retrieve -- [settings]', 'Retrieves and plots.', spec),
    );
    return;
  }
  // 1. a client: it takes a token by client credentials, and renews it
  const client = connect({ dataDir: settings.dataDir });
  const { site, device, signal } = settings;
  const path = { site, device, signal };
  const from = `-${Math.round(settings.minutes * 60)}s`;

  // 2. raw samples, thinned on the server to what a screen can show, extremes kept
  const samples = dataOf(
    await client.GET('/v1/sites/{site}/devices/{device}/signals/{signal}/samples', {
      params: { path, query: { from, points: 2000 } },
    }),
  );
  // 3. the load cycles of the same time
  const cycles = dataOf(
    await client.GET('/v1/sites/{site}/devices/{device}/signals/{signal}/cycles', {
      params: { path, query: { from, limit: 1000 } },
    }),
  );
  const { unit } = samples.signal;
  const rows = samples.samples as readonly { t: string; value: number | null }[];
  const points = rows.map((s) => ({ timeUs: parseTimeUs(s.t), value: s.value }));
  if (points.length === 0) {
    throw new LoadcycleError('request.not-found', `no samples of ${site}/${device}/${signal} since ${from}`, {
      hint: 'is the device sampling? GET /v1/pipeline says so',
    });
  }

  console.log(`${site}/${device}/${signal}, ${points.length} points, ${cycles.cycles.length} cycles\n`);
  console.log(terminalPlot(points));
  console.log(`\n${tableOf(cycles.cycles as unknown as Row[], unit)}`);
  writeFileSync(settings.out, plotPage(`${site}/${device}/${signal}`, unit, points, cycles.cycles as never));
  console.log(`\nplot written to ${settings.out}`);
}

interface Row {
  startedAt: string;
  complete: boolean;
  periodS: number | null;
  pulseWidthS: number | null;
  dutyCycle: number | null;
  baseLevel: number | null;
  topLevel: number | null;
  rms: number | null;
  riseTimeS: number | null;
}

function tableOf(cycles: readonly Row[], unit: string): string {
  const number = (v: number | null, digits: number): string => (v === null ? '–' : v.toFixed(digits));
  const head = [
    'started',
    'period s',
    'load s',
    'duty %',
    `base ${unit}`,
    `load ${unit}`,
    `RMS ${unit}`,
    'rise ms',
  ];
  const rows = cycles
    .slice(-12)
    .map((c) => [
      `${c.startedAt.slice(11, 23)}${c.complete ? '' : ' (incomplete)'}`,
      number(c.periodS, 3),
      number(c.pulseWidthS, 3),
      number(c.dutyCycle === null ? null : c.dutyCycle * 100, 1),
      number(c.baseLevel, 2),
      number(c.topLevel, 2),
      number(c.rms, 2),
      number(c.riseTimeS === null ? null : c.riseTimeS * 1000, 1),
    ]);
  const widths = head.map((h, i) => Math.max(h.length, ...rows.map((r) => r[i]!.length)));
  return [head, ...rows].map((r) => r.map((cell, i) => cell.padStart(widths[i]!)).join('  ')).join('\n');
}

await run().catch((error: Error & { hint?: string; problem?: { hint?: string } }) => {
  const hint = error.hint ?? error.problem?.hint;
  process.stderr.write(`retrieve: ${error.message}${hint ? ` (${hint})` : ''}\n`);
  process.exitCode = 1;
});
