import { closeSync, existsSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import { extname } from 'node:path';
import { UnreachableError } from '@loadcycle/client';
import { formatUs } from '@loadcycle/contract';
import { type Command, Option } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { UsageError } from '../exit-codes.ts';
import { type ResumePoint, TextProgress, textResumePoint } from '../export/text-file.ts';
import { Progress } from '../progress.ts';
import { withRange } from '../range.ts';
import { keyOf, SIGNAL, signalOf, urlOf } from '../signal-argument.ts';
import { bytesShown, grouped } from '../table.ts';
import { momentUs } from '../times.ts';

const TYPES = {
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  arrow: 'application/vnd.apache.arrow.stream',
} as const;
type Format = keyof typeof TYPES;

interface Options {
  readonly from: string;
  readonly to?: string;
  readonly format?: Format;
  readonly out: string;
  readonly quality?: string[];
  readonly resume?: boolean;
  readonly force?: boolean;
}

export function addExport(program: Command): void {
  const command = withRange(
    program
      .command('export')
      .summary('samples of a signal to a file; goes on where it was cut')
      .description(
        'Writes all samples of a range. With --resume it goes on after what a file holds already: a cut last row is ' +
          'taken out first. Say the same signal, and the same --to.',
      )
      .argument(...SIGNAL),
  )
    .requiredOption('--out <file>', 'the file; - for stdout')
    .addOption(
      new Option('--format <format>', "default: by the file's name, else csv").choices(Object.keys(TYPES)),
    )
    .addOption(new Option('--quality <class...>', 'only these').choices(['good', 'uncertain', 'bad']))
    .option('--resume', 'go on after what the file holds')
    .option('--force', 'write over the file')
    .action(action(run));
  examples(
    command,
    'export plant1/motor1/motor-voltage --from -1h --out voltage.csv',
    'export plant1/motor1/motor-voltage --from 2026-11-24T00:00:00Z --to 2026-11-25T00:00:00Z --out day.arrow',
    'export plant1/motor1/motor-voltage --from 2026-11-24T00:00:00Z --to 2026-11-25T00:00:00Z --out day.arrow --resume',
    'export plant1/motor1/motor-voltage --from -1m --out - --format ndjson | head',
  );
}

const formatOf = (o: Options): Format => {
  if (o.format !== undefined) return o.format;
  const extension = extname(o.out);
  return extension === '.arrow' || extension === '.arrows'
    ? 'arrow'
    : extension === '.ndjson' || extension === '.jsonl'
      ? 'ndjson'
      : 'csv';
};

async function run(context: Context, o: Options, [text]: string[]): Promise<void> {
  const path = signalOf(text!);
  const format = formatOf(o);
  const now = Date.now() * 1000;
  const toUs = o.to === undefined ? now : momentUs('--to', o.to, now);
  const askedUs = momentUs('--from', o.from ?? '-15m', now);
  if (askedUs > toUs) throw new UsageError('--from is after --to');
  // Arrow is only loaded where it is needed
  const arrow = format === 'arrow' ? await import('../export/arrow-file.ts') : null;
  const target = openTarget(o, (file) =>
    arrow === null ? textResumePoint(file, format as 'csv' | 'ndjson') : arrow.arrowResumePoint(file),
  );
  const { fromUs: resumedUs, keepBytes } = target.point;
  const fromUs = Math.max(askedUs, resumedUs ?? askedUs);
  const resumed = keepBytes > 0;
  const sink =
    arrow === null ? new TextProgress(format as 'csv' | 'ndjson', resumed) : new arrow.ArrowProgress(resumed);
  const bar = new Progress(keyOf(path), context.json);
  let bytes = 0;
  try {
    const query = new URLSearchParams({ from: formatUs(fromUs), to: formatUs(Math.max(fromUs, toUs)) });
    for (const q of o.quality ?? []) query.append('quality', q);
    const response = await context.client.request(`${urlOf(path)}/samples?${query}`, {
      headers: { accept: TYPES[format] },
    });
    for await (const piece of response.body!) {
      const out = sink.take(piece);
      await target.write(out);
      bytes += out.length;
      const share = sink.lastUs === null ? 0 : (sink.lastUs - fromUs) / Math.max(1, toUs - fromUs);
      bar.update(share, `${grouped(Math.max(0, sink.rows))} rows  ${bytesShown(bytes)}`);
    }
  } catch (error) {
    // the stream was cut: what came is in the file
    if (!(error instanceof TypeError)) throw error;
    const hint = o.out === '-' ? '' : '; the file holds what came, and --resume goes on';
    throw new UnreachableError(context.client.url, error, `the export broke off${hint}`);
  } finally {
    bar.end();
    target.close();
  }
  const rows = Math.max(0, sink.rows);
  const from = formatUs(fromUs);
  const result = { signal: keyOf(path), file: o.out, format, rows, bytes, from, to: formatUs(toUs), resumed };
  const told = `${grouped(rows)} rows, ${bytesShown(bytes)}${resumed ? `, from ${from} on` : ''}: ${o.out}`;
  if (o.out !== '-') context.print(result, () => told);
  else process.stderr.write(context.json ? `${JSON.stringify(result)}\n` : `${told}\n`);
}

interface Target {
  readonly point: ResumePoint;
  write(bytes: Uint8Array): Promise<void>;
  close(): void;
}

const NOTHING: ResumePoint = { keepBytes: 0, fromUs: null };

function openTarget(o: Options, resumePoint: (file: string) => ResumePoint): Target {
  if (o.out === '-') {
    if (o.resume) throw new UsageError('--resume wants a file');
    const write = (bytes: Uint8Array): Promise<void> =>
      new Promise((resolve) => {
        process.stdout.write(bytes, () => resolve());
      });
    return { point: NOTHING, write, close: () => {} };
  }
  const there = existsSync(o.out) && statSync(o.out).size > 0;
  if (there && !o.resume && !o.force) {
    throw new UsageError(`${o.out} is there already`, '--resume goes on, --force writes over it');
  }
  const point = there && o.resume ? resumePoint(o.out) : NOTHING;
  const fd = openFile(o.out);
  ftruncateSync(fd, point.keepBytes);
  let at = point.keepBytes;
  return {
    point,
    write: async (bytes) => {
      for (let done = 0; done < bytes.length; )
        done += writeSync(fd, bytes, done, bytes.length - done, at + done);
      at += bytes.length;
    },
    close: () => closeSync(fd),
  };
}

function openFile(file: string): number {
  try {
    return openSync(file, existsSync(file) ? 'r+' : 'w');
  } catch (error) {
    throw new UsageError(`--out: ${(error as Error).message}`);
  }
}
