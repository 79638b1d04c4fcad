import { type components, dataOf } from '@loadcycle/client';
import { CYCLE_METRICS } from '@loadcycle/contract/cycle';
import { type Command, Option } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { UsageError } from '../exit-codes.ts';
import { rangeOf, withRange } from '../range.ts';
import { keyOf, SIGNAL, signalOf } from '../signal-argument.ts';
import { shown, table } from '../table.ts';
import { numberOf } from '../times.ts';

type Cycle = components['schemas']['Cycle'];
type Metric = Exclude<keyof Cycle, 'startedAt' | 'endedAt' | 'offsetAt' | 'complete' | 'revision'>;

const DEFAULT_METRICS: Metric[] = [
  'periodS',
  'pulseWidthS',
  'dutyCycle',
  'baseLevel',
  'topLevel',
  'rms',
  'riseTimeS',
];
const NAMES = CYCLE_METRICS.map((m) => m.name as Metric);

interface Options {
  readonly from?: string;
  readonly to?: string;
  readonly limit?: string;
  readonly complete?: boolean;
  readonly incomplete?: boolean;
  readonly where?: string[];
  readonly sort?: string;
  readonly includeOpen?: boolean;
  readonly metric?: Metric[];
  readonly bucket?: string;
  readonly unit?: string;
}

export function addCycles(program: Command): void {
  const command = withRange(
    program
      .command('cycles')
      .summary('load cycles of a signal, with their metrics')
      .description(
        'Load cycles that began in the range (the last 15 minutes where none is given), or their metrics by bucket.',
      )
      .argument(...SIGNAL),
  )
    .option('--limit <n>', 'cycles at most', '100')
    .option('--complete', 'only complete ones')
    .option('--incomplete', 'only incomplete ones')
    .option('--where <condition...>', 'only where a metric holds: riseTimeS>=0.05')
    .option('--sort <key>', 'startedAt or a metric; - in front: descending')
    .option('--include-open', 'the cycle under way as well, as a last line')
    .addOption(new Option('--metric <name...>', 'columns to show').choices(NAMES))
    .option('--unit <code>', 'UCUM code to show the numbers in, such as kV; default: the unit of the signal')
    .option('--bucket <duration>', 'count and mean by bucket of time, whole minutes: 1m, 1h')
    .action(action(cycles));
  examples(
    command,
    'cycles plant1/motor1/motor-voltage --from -5m',
    "cycles plant1/motor1/motor-voltage --from -1d --where 'riseTimeS>=0.05' --sort -riseTimeS --limit 10",
    'cycles plant1/motor1/motor-voltage --from -1h --bucket 5m',
  );
}

/** Why there are none. */
const WHY_NONE = {
  off: ': cycles are off in its definition',
  none: ': it shows no two levels',
  learning: ': its levels are not known yet',
  cut: '',
};

async function cycles(context: Context, o: Options, [text]: string[]): Promise<void> {
  const path = signalOf(text!);
  if (o.complete && o.incomplete) throw new UsageError('--complete and --incomplete contradict each other');
  if (o.bucket !== undefined) return buckets(context, o, path);
  const query = {
    ...rangeOf(o),
    limit: numberOf('--limit', o.limit!, 1, 5_000, true),
    ...(o.complete || o.incomplete ? { complete: o.complete ? ('true' as const) : ('false' as const) } : {}),
    ...(o.where === undefined ? {} : { where: o.where }),
    ...(o.includeOpen ? { includeOpen: 'true' as const } : {}),
    ...(o.unit === undefined ? {} : { unit: o.unit }),
    ...(o.sort === undefined ? {} : { sort: o.sort as never }),
  };
  const answer = dataOf(
    await context.client.GET('/v1/sites/{site}/devices/{device}/signals/{signal}/cycles', {
      params: { path, query },
    }),
  );
  context.print(answer, () => {
    const metrics = o.metric ?? DEFAULT_METRICS;
    const rows = answer.cycles.map((c) => [
      c.startedAt,
      c.complete ? 'yes' : 'no',
      ...metrics.map((m) => shown(c[m])),
    ]);
    const { open } = answer;
    if (open) rows.push([open.startedAt, 'open', ...metrics.map((m) => shown(open[m]))]);
    const head = ['started', 'complete', ...metrics.map((m) => headOf(m, answer.units[m]))];
    const more = answer.next === null ? [] : ['there is more: --limit'];
    const why = rows.length > 0 ? '' : WHY_NONE[answer.cycleState];
    return [`${keyOf(path)}, ${answer.cycles.length} cycles${why}`, table(head, rows), ...more].join('\n\n');
  });
}

const headOf = (metric: string, unit: string | undefined): string =>
  unit === undefined || unit === '1' || metric.endsWith('S') ? metric : `${metric} ${unit}`;

async function buckets(context: Context, o: Options, path: ReturnType<typeof signalOf>): Promise<void> {
  const query = {
    ...rangeOf(o),
    bucket: o.bucket!,
    ...(o.unit === undefined ? {} : { unit: o.unit }),
    ...(o.metric === undefined ? {} : { metric: o.metric as never }),
  };
  const answer = dataOf(
    await context.client.GET('/v1/sites/{site}/devices/{device}/signals/{signal}/cycles/metrics', {
      params: { path, query },
    }),
  );
  context.print(answer, () => {
    const metrics = o.metric ?? DEFAULT_METRICS.filter((m) => answer.units[m] !== undefined);
    const rows = answer.buckets.map((b) => [
      b.t,
      b.cycles,
      b.incomplete,
      ...metrics.map((m) => shown(b.metrics[m]?.mean)),
    ]);
    const head = [
      'from',
      'cycles',
      'incomplete',
      ...metrics.map((m) => `mean ${headOf(m, answer.units[m])}`),
    ];
    return `${keyOf(path)}\n\n${table(head, rows)}`;
  });
}
