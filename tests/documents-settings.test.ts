import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { anomalySettings } from '@loadcycle/contract/anomaly-settings';
import { waveformSettings } from '@loadcycle/contract/waveform-settings';
import { expect, test } from 'vitest';
import { ROOT } from './support/local-process.ts';

const page = readFileSync(join(ROOT, 'docs/settings.md'), 'utf8');
const section = (title: string): string => page.split(/^## /m).find((part) => part.startsWith(title))!;

test.each([
  ['Waveform of a simulation', waveformSettings()],
  ['Anomalies of a signal', anomalySettings()],
])('docs/settings.md names every setting: %s', (title, settings) => {
  const missing = Object.keys(settings).filter((name) => !section(title).includes(`\`${name}\``));
  expect(missing).toEqual([]);
});
