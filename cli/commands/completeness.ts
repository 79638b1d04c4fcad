import { dataOf } from '@loadcycle/client';
import type { Command } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { type RangeOptions, rangeOf, withRange } from '../range.ts';
import { keyOf, SIGNAL, signalOf } from '../signal-argument.ts';
import { table } from '../table.ts';

interface Options extends RangeOptions {
  readonly bucket?: string;
}

export function addCompleteness(program: Command): void {
  const command = withRange(
    program
      .command('completeness')
      .summary('what of a signal is there, and exactly what is not')
      .description('Samples that were expected, landed and are missing, and each hole; the last 15 minutes.')
      .argument(...SIGNAL),
  )
    .option('--bucket <width>', 'also by buckets: 1m, 1h, 1d')
    .action(action(run));
  examples(
    command,
    'completeness plant1/motor1/motor-voltage --from -1d',
    'completeness plant1/motor1/motor-voltage --from 2026-11-24 --to 2026-11-25 --bucket 1h',
  );
}

/** Holes that are listed one by one. */
const MOST_HOLES = 20;

async function run(context: Context, o: Options, [text]: string[]): Promise<void> {
  const path = signalOf(text!);
  const query = { ...rangeOf(o), ...(o.bucket === undefined ? {} : { bucket: o.bucket }) };
  const answer = dataOf(
    await context.client.GET('/v1/sites/{site}/devices/{device}/signals/{signal}/completeness', {
      params: { path: { ...path }, query },
    }),
  );
  context.print(answer, () => {
    const count = (c: typeof answer.total) => [
      c.expected,
      c.landed,
      c.missing,
      c.deadLettered,
      c.good,
      c.uncertain,
      c.bad,
    ];
    const head = ['expected', 'landed', 'missing', 'dead-lettered', 'good', 'uncertain', 'bad'];
    const parts = [
      `${keyOf(path)}, ${answer.from} to ${answer.to}`,
      table(['range', ...head], [['whole', ...count(answer.total)]]),
    ];
    if (answer.buckets.length > 0) {
      const rows = answer.buckets.map((b) => [b.from.slice(0, 19), ...count(b)]);
      parts.push(table(['from (UTC)', ...head], rows));
    }
    if (answer.holes.length > 0) {
      const rows = answer.holes
        .slice(0, MOST_HOLES)
        .map((h) => [h.from, h.to, h.samples, h.session, `${h.fromSeq}–${h.toSeq}`, h.reason]);
      parts.push(table(['hole from', 'to', 'samples', 'session', 'batches', 'reason'], rows));
      const more = answer.holes.length - MOST_HOLES;
      if (more > 0) parts.push(`and ${more} more holes: --json has them all`);
    }
    return parts.join('\n\n');
  });
}
