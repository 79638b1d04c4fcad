import { readFileSync } from 'node:fs';
import { type components, dataOf } from '@loadcycle/client';
import { formatUs, LoadcycleError } from '@loadcycle/contract';
import type { Command } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { Progress } from '../progress.ts';
import { keyOf, signalOf } from '../signal-argument.ts';
import { table } from '../table.ts';
import { momentUs, numberOf } from '../times.ts';

type Job = components['schemas']['Job'];

interface Options {
  readonly from: string;
  readonly to?: string;
  readonly wait: boolean;
  readonly quality?: boolean;
  readonly settings?: string;
  readonly settingsVersion?: string;
}

export function addReprocess(program: Command): void {
  const command = program
    .command('reprocess')
    .summary('cut the cycles of a range again, or judge its samples again')
    .description(
      'Cuts the cycles of a range again, with the settings of the catalogue or others; --quality judges its samples ' +
        'again by the definitions of today (and cuts what that changes). Waits until it is done.',
    )
    .argument('<signal...>', 'site/device/signal')
    .requiredOption('--from <time>', 'start, inclusive: RFC 3339, a date, or -15m')
    .option('--to <time>', 'end, exclusive; default: now')
    .option('--quality', 'the quality of the samples')
    .option('--settings <file>', 'cycle settings for this range, as JSON')
    .option('--settings-version <n>', 'or those of an earlier version of the definition')
    .option('--no-wait', 'do not wait for its end')
    .action(action(run));
  examples(
    command,
    'reprocess plant1/motor1/motor-voltage --from -1d',
    'reprocess plant1/motor1/motor-voltage --from 2026-11-24 --to 2026-11-25 --quality',
    'reprocess plant1/motor1/motor-voltage --from -1h --settings settings.json --no-wait',
  );
}

const POLL_MS = 300;

async function run(context: Context, o: Options, texts: string[]): Promise<void> {
  if (o.quality === true && (o.settings ?? o.settingsVersion) !== undefined) {
    throw new UsageError('--quality takes no cycle settings');
  }
  const now = Date.now() * 1000;
  const fromUs = momentUs('--from', o.from, now);
  const toUs = o.to === undefined ? now : momentUs('--to', o.to, now);
  if (fromUs >= toUs) throw new UsageError('--from is not before --to');
  const range = {
    signals: texts.map((text) => keyOf(signalOf(text))),
    from: formatUs(fromUs),
    to: formatUs(toUs),
  };
  const { client } = context;
  const begun =
    o.quality === true
      ? await client.POST('/v1/revalidate', { body: range })
      : await client.POST('/v1/reprocess', { body: { ...range, ...settingsOf(o) } });
  let job: Job = dataOf(begun);
  const bar = new Progress('reprocess', context.json);
  try {
    while (o.wait && job.state === 'running') {
      bar.update(job.progress, '');
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      job = dataOf(await client.GET('/v1/jobs/{id}', { params: { path: { id: job.id } } }));
    }
  } finally {
    bar.end();
  }
  context.print(job, () => {
    const rows = job.jobs.map((j) => [j.signal, j.kind, j.state, j.changed, j.error]);
    return `job ${job.id}  ${job.state}\n\n${table(['signal', 'what', 'state', 'changed', 'error'], rows)}`;
  });
  if (job.state === 'failed') process.exitCode = EXIT.failure;
}

function settingsOf(o: Options): Pick<components['schemas']['Reprocess'], 'settings' | 'settingsVersion'> {
  if (o.settingsVersion !== undefined) {
    return { settingsVersion: numberOf('--settings-version', o.settingsVersion, 1, 2e9, true) };
  }
  if (o.settings === undefined) return {};
  try {
    return { settings: JSON.parse(readFileSync(o.settings, 'utf8')) as Record<string, unknown> };
  } catch (cause) {
    throw new LoadcycleError('settings.invalid', `--settings: ${(cause as Error).message}`, { cause });
  }
}
