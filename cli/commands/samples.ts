import { type components, dataOf } from '@loadcycle/client';
import { parseTimeUs } from '@loadcycle/contract';
import { type Command, Option } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { UsageError } from '../exit-codes.ts';
import { rangeOf, withRange } from '../range.ts';
import { keyOf, SIGNAL, signalOf } from '../signal-argument.ts';
import { table } from '../table.ts';
import { terminalPlot } from '../terminal-plot.ts';
import { numberOf } from '../times.ts';

type Quality = NonNullable<components['schemas']['Sample']['quality']>;

interface Options {
  readonly from?: string;
  readonly to?: string;
  readonly limit?: string;
  readonly points?: string;
  readonly method?: 'minmax' | 'm4' | 'lttb';
  readonly quality?: Quality[];
  readonly plot?: boolean;
  readonly unit?: string;
}

export function addSamples(program: Command): void {
  const command = withRange(
    program
      .command('samples')
      .summary('samples of a signal')
      .description('Samples of a signal, ascending in time; the last 15 minutes where no range is given.')
      .argument(...SIGNAL),
  )
    .option('--limit <n>', 'samples at most; default 100')
    .option('--points <n>', 'downsample the range to so many points, extremes kept')
    .addOption(new Option('--method <name>', 'how --points are chosen').choices(['minmax', 'm4', 'lttb']))
    .addOption(new Option('--quality <class...>', 'only these').choices(['good', 'uncertain', 'bad']))
    .option('--unit <code>', 'UCUM code to show the numbers in, such as kV; default: the unit of the signal')
    .option('--plot', 'a plot above the table; alone with --points')
    .action(action(samples));
  examples(
    command,
    'samples plant1/motor1/motor-voltage --from -10s --limit 20',
    'samples plant1/motor1/motor-voltage --from -15m --points 500 --plot',
    'samples plant1/motor1/motor-voltage --from 2026-11-24T10:00:00Z --to 2026-11-24T10:00:01Z --quality bad --json',
  );
}

async function samples(context: Context, o: Options, [text]: string[]): Promise<void> {
  const path = signalOf(text!);
  if (o.limit !== undefined && o.points !== undefined) {
    throw new UsageError('--limit and --points contradict each other');
  }
  const size =
    o.points === undefined
      ? { limit: numberOf('--limit', o.limit ?? '100', 1, 100_000, true) }
      : { points: numberOf('--points', o.points, 3, 20_000, true) };
  const query = {
    ...rangeOf(o),
    ...size,
    ...(o.method === undefined ? {} : { method: o.method }),
    ...(o.unit === undefined ? {} : { unit: o.unit }),
    ...(o.quality === undefined ? {} : { quality: o.quality }),
  };
  const answer = dataOf(
    await context.client.GET('/v1/sites/{site}/devices/{device}/signals/{signal}/samples', {
      params: { path, query },
    }),
  );
  context.print(answer, () => {
    const { unit } = answer.signal;
    const head = `${keyOf(path)}, ${answer.samples.length} ${answer.downsampled ? 'points' : 'samples'}, ${unit}`;
    const points = answer.samples.map((s) => ({ timeUs: parseTimeUs(s.t), value: s.value }));
    const parts = [head];
    if (o.plot) parts.push(terminalPlot(points, Math.max(20, (process.stdout.columns || 112) - 12)));
    if (!o.plot || o.points === undefined) {
      const rows = answer.samples.map((s) => [s.t, s.value, s.quality, s.reason ?? '']);
      const columns = ['time', `value ${unit}`, 'quality', 'reason'];
      parts.push(
        answer.downsampled === undefined
          ? table(columns, rows)
          : table(
              columns.slice(0, 2),
              rows.map((r) => r.slice(0, 2)),
            ),
      );
    }
    for (const { from, to } of answer.downsampled?.partial?.ranges ?? []) {
      parts.push(
        `left out: ${from} to ${to}, which has landed and is not rolled up yet; ask again in some seconds`,
      );
    }
    if (answer.next !== null) parts.push('there is more: --limit, or loadcycle export');
    return parts.join('\n\n');
  });
}
