import { createReadStream, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { pause, UnreachableError } from '@loadcycle/client';
import { formatUs, type SignalPath } from '@loadcycle/contract';
import { type Command, Option } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { UsageError } from '../exit-codes.ts';
import { fileTarget, NOTHING, stdoutTarget, type Target } from '../export/target.ts';
import { TextProgress, textResumePoint } from '../export/text-file.ts';
import { interruptible } from '../interrupt.ts';
import { Progress } from '../progress.ts';
import { withRange } from '../range.ts';
import { keyOf, SIGNAL, signalOf, urlOf } from '../signal-argument.ts';
import { bytesShown, grouped } from '../table.ts';
import { momentUs, numberOf } from '../times.ts';

/** What is asked for; Parquet is made here, from Arrow. */
const TYPES = {
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  arrow: 'application/vnd.apache.arrow.stream',
  parquet: 'application/vnd.apache.arrow.stream',
} as const;
type Format = keyof typeof TYPES;

const EXTENSIONS: Readonly<Record<string, Format>> = {
  '.arrow': 'arrow',
  '.arrows': 'arrow',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.parquet': 'parquet',
};

interface Options {
  readonly from: string;
  readonly to?: string;
  readonly format?: Format;
  readonly out: string;
  readonly quality?: string[];
  readonly unit?: string;
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly retries: string;
}

export function addExport(program: Command): void {
  const command = withRange(
    program
      .command('export')
      .summary('samples of a signal to a file; goes on where it was cut')
      .description(
        'Writes all samples of a range. With --resume it goes on after what a file holds already: a cut last row is ' +
          'taken out first. Say the same signal, and the same --to. Parquet comes by way of FILE.part, which is what a ' +
          'resumed export goes on with.',
      )
      .argument(...SIGNAL),
  )
    .requiredOption('--out <file>', 'the file; - for stdout')
    .addOption(
      new Option('--format <format>', "default: by the file's name, else csv").choices(Object.keys(TYPES)),
    )
    .addOption(new Option('--quality <class...>', 'only these').choices(['good', 'uncertain', 'bad']))
    .option('--unit <code>', 'UCUM code to write the numbers in, such as kV; default: the unit of the signal')
    .option('--resume', 'go on after what the file holds')
    .option('--force', 'write over the file')
    .option('--retries <n>', 'how often in a row it goes on by itself where the connection is lost', '5')
    .action(action(run));
  examples(
    command,
    'export plant1/motor1/motor-voltage --from -1h --out voltage.csv',
    'export plant1/motor1/motor-voltage --from 2026-11-24T00:00:00Z --to 2026-11-25T00:00:00Z --out day.parquet',
    'export plant1/motor1/motor-voltage --from 2026-11-24T00:00:00Z --to 2026-11-25T00:00:00Z --out day.parquet --resume',
    'export plant1/motor1/motor-voltage --from -1m --out - --format ndjson | head',
  );
}

/** An export as it goes. */
interface Work {
  readonly context: Context;
  readonly path: SignalPath;
  readonly format: Format;
  readonly options: Options;
  /** what was asked for */
  readonly askedUs: number;
  readonly toUs: number;
  readonly bar: Progress;
  readonly signal: AbortSignal;
  /** that the API has answered in */
  unit: string | null;
}

interface Done {
  readonly rows: number;
  readonly bytes: number;
  readonly fromUs: number;
  readonly resumed: boolean;
}

async function run(context: Context, o: Options, [text]: string[]): Promise<void> {
  const path = signalOf(text!);
  const format = o.format ?? EXTENSIONS[extname(o.out).toLowerCase()] ?? 'csv';
  const now = Date.now() * 1000;
  const toUs = o.to === undefined ? now : momentUs('--to', o.to, now);
  const askedUs = momentUs('--from', o.from ?? '-15m', now);
  if (askedUs > toUs) throw new UsageError('--from is after --to');
  if (o.out === '-' && o.resume) throw new UsageError('--resume wants a file');
  const bar = new Progress(keyOf(path), context.json);
  const words = (): string => `the export was stopped${goesOn(o)}`;
  const done = await interruptible(words, async (signal) => {
    const work: Work = { context, path, format, options: o, askedUs, toUs, bar, signal, unit: null };
    try {
      const got = await (format !== 'parquet' ? fetched(work) : o.out === '-' ? piped(work) : made(work));
      return { ...got, unit: work.unit };
    } catch (error) {
      // the stream was cut: what came is in the file
      if (error instanceof TypeError) {
        throw new UnreachableError(context.client.url, error, `the export broke off${goesOn(o)}`);
      }
      throw (error as NodeJS.ErrnoException).code === 'ENOSPC'
        ? new Error(`no space left for ${o.out}${goesOn(o)}`, { cause: error })
        : error;
    } finally {
      bar.end();
    }
  });
  const { rows, bytes, fromUs, resumed, unit } = done;
  const from = formatUs(fromUs);
  const result = {
    signal: keyOf(path),
    file: o.out,
    format,
    rows,
    bytes,
    from,
    to: formatUs(toUs),
    resumed,
    unit,
  };
  const told = `${grouped(rows)} rows, ${bytesShown(bytes)}${unit === null ? '' : `, ${unit}`}${resumed ? `, from ${from} on` : ''}: ${o.out}`;
  if (o.out !== '-') context.print(result, () => told);
  else process.stderr.write(context.json ? `${JSON.stringify(result)}\n` : `${told}\n`);
}

const goesOn = (o: Options): string =>
  o.out === '-' ? '' : '; the file holds what came, and the same command with --resume goes on';

async function ask(work: Work, fromUs: number) {
  const { context, path, format, options, toUs, signal } = work;
  const query = new URLSearchParams({ from: formatUs(fromUs), to: formatUs(Math.max(fromUs, toUs)) });
  for (const q of options.quality ?? []) query.append('quality', q);
  if (options.unit !== undefined) query.set('unit', options.unit);
  const response = await context.client.request(`${urlOf(path)}/samples?${query}`, {
    headers: { accept: TYPES[format] },
    signal,
  });
  work.unit = response.headers.get('loadcycle-unit');
  return response.body!;
}

/** As it comes from the API, to a file or to stdout. A file goes on by itself where the connection is lost. */
async function fetched(work: Work, file = work.options.out): Promise<Done> {
  const retries = numberOf('--retries', work.options.retries, 0, 1e6, true);
  const sum = { rows: 0, bytes: 0 };
  let first: Done | null = null;
  for (let failures = 0; ; ) {
    const { options } = work;
    const now = first === null ? work : { ...work, options: { ...options, resume: true, force: false } };
    const got = await streamed(now, file);
    first ??= got;
    sum.rows += got.rows;
    sum.bytes += got.bytes;
    if (got.broken === null) return { ...first, ...sum };
    // where nothing has come yet, the address may be wrong
    if (sum.bytes === 0 && !first.resumed) throw got.broken;
    failures = got.bytes > 0 ? 1 : failures + 1;
    if (failures > retries || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      const { url } = work.context.client;
      throw new UnreachableError(url, got.broken, `the export broke off${goesOn(options)}`);
    }
    const waitMs = Math.min(1000 * 2 ** (failures - 1), 30_000);
    work.bar.end();
    work.context.note(`the connection is lost (${got.broken.message}): goes on in ${waitMs / 1000} s`);
    await pause(waitMs, work.signal);
    work.signal.throwIfAborted();
  }
}

/** One answer of the API; `broken`: what cut it short. */
async function streamed(work: Work, file: string): Promise<Done & { readonly broken: Error | null }> {
  const { format, options, askedUs, toUs, bar } = work;
  // Arrow is only loaded where it is needed
  const arrow = format === 'arrow' || format === 'parquet' ? await import('../export/arrow-file.ts') : null;
  const target =
    file === '-'
      ? stdoutTarget
      : fileTarget(file, options, (held) =>
          arrow === null ? textResumePoint(held, format as 'csv' | 'ndjson') : arrow.arrowResumePoint(held),
        );
  let whole = false;
  try {
    const { fromUs: resumedUs, keepBytes } = target.point;
    if (resumedUs !== null && resumedUs < askedUs) {
      throw new UsageError(
        `${file} ends at ${formatUs(resumedUs - 1)}, before --from: there would be a hole`,
        'give the --from of the export that was cut, as an absolute time',
      );
    }
    const fromUs = resumedUs ?? askedUs;
    const resumed = keepBytes > 0;
    const sink =
      arrow === null
        ? new TextProgress(format as 'csv' | 'ndjson', resumed)
        : new arrow.ArrowProgress(resumed);
    let bytes = 0;
    let rowsOff = 0;
    let broken: Error | null = null;
    try {
      const pieces = await ask(work, fromUs);
      target.begin();
      rowsOff = target.point.rowsOff;
      for await (const piece of pieces) {
        const out = sink.take(piece);
        await target.write(out);
        bytes += out.length;
        const share = ((sink.lastUs ?? fromUs) - askedUs) / Math.max(1, toUs - askedUs);
        bar.update(share, `${grouped(Math.max(0, sink.rows))} rows  ${bytesShown(bytes)}`);
      }
    } catch (error) {
      // the stream was cut (what came is in the file), or nothing answers
      if (!(error instanceof TypeError || error instanceof UnreachableError)) throw error;
      broken = error;
    }
    whole = broken === null;
    return { rows: Math.max(0, sink.rows) - rowsOff, bytes, fromUs, resumed, broken };
  } finally {
    target.close(whole);
  }
}

/** Parquet as a file: its end says where everything is, so that it is made once all has come, and is whole or not there. */
async function made(work: Work): Promise<Done> {
  const { out, resume, force } = work.options;
  const part = `${out}.part`;
  if (statSync(out, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`--out: ${out} is a folder`);
  if (existsSync(out) && !force && !existsSync(part)) {
    const why = resume ? 'is whole already' : 'is there already';
    throw new UsageError(`${out} ${why}`, '--force writes it anew');
  }
  const came = await fetched(work, part);
  const { batchesOf } = await import('../export/arrow-file.ts');
  const target = fileTarget(`${out}.new`, { force: true }, () => NOTHING);
  try {
    const done = await writeParquet(work, batchesOf(createReadStream(part)), target, 'made into Parquet');
    renameSync(`${out}.new`, out);
    rmSync(part);
    return { ...done, fromUs: came.fromUs, resumed: came.resumed };
  } finally {
    target.close(true);
    rmSync(`${out}.new`, { force: true });
  }
}

/** Parquet to stdout, as it comes. */
async function piped(work: Work): Promise<Done> {
  const { batchesOf } = await import('../export/arrow-file.ts');
  const done = await writeParquet(work, batchesOf(await ask(work, work.askedUs)), stdoutTarget, '');
  return { ...done, fromUs: work.askedUs, resumed: false };
}

async function writeParquet(
  { path, askedUs, toUs, bar, signal, unit }: Work,
  batches: ReturnType<typeof import('../export/arrow-file.ts').batchesOf>,
  target: Target,
  word: string,
): Promise<{ rows: number; bytes: number }> {
  const { parquetOf } = await import('../export/parquet-file.ts');
  let rows = 0;
  let bytes = 0;
  const counted = async function* () {
    for await (const batch of batches) {
      signal.throwIfAborted();
      rows += batch.numRows;
      yield batch;
      bar.update(null, `${grouped(rows)} rows ${word}  ${bytesShown(bytes)}`);
    }
  };
  const about = {
    ...{ signal: keyOf(path), from: formatUs(askedUs), to: formatUs(toUs) },
    ...(unit === null ? {} : { unit }),
  };
  target.begin();
  for await (const piece of parquetOf(counted(), about)) {
    await target.write(piece);
    bytes += piece.length;
  }
  return { rows, bytes };
}
