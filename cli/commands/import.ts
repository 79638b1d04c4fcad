import { statSync } from 'node:fs';
import { signalKey } from '@loadcycle/contract';
import { printableLine } from '@loadcycle/contract/printable';
import type { CsvFile, CsvRow } from '@loadcycle/csv/file';
import { TIME_FORMATS } from '@loadcycle/csv/time';
import { type Command, Option } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { firstBatches, holdFor, keepUntil, refuseOld, refuseRefused } from '../import/before.ts';
import { FileBatches, importSession } from '../import/file-batches.ts';
import { type Accounts, accountsOf, difference, onceThere, waitForLanding } from '../import/landed.ts';
import { brokerOf, deviceOf, type ImportOptions, importFile } from '../import/options.ts';
import { interruptible } from '../interrupt.ts';
import { Progress } from '../progress.ts';
import { grouped, table } from '../table.ts';
import { durationUs } from '../times.ts';

export function addImport(program: Command): void {
  const command = program
    .command('import')
    .summary('a CSV file through the pipeline, as a device would send it')
    .description(
      'Publishes the rows of a file over MQTT and waits until they have landed. The same file again changes nothing, ' +
        'so that an import that was cut is simply started again.',
    )
    .argument('<file>', 'CSV with a line of column names')
    .requiredOption('--device <site/device>', 'the device that they are of')
    .requiredOption('--columns <list>', 'COLUMN=SIGNAL:UNIT,… (COLUMN:UNIT where both names are the same)')
    .option('--time-column <name>', 'column with the time', 'time')
    .addOption(
      new Option('--time-format <format>', 'how it is written').choices(TIME_FORMATS).default('auto'),
    )
    .option('--tz <zone>', 'time zone of times without an offset, such as Europe/Berlin; default UTC')
    .option('--delimiter <character>', 'between columns; default: told from the first line')
    .option('--decimal-comma', 'numbers are written 1,5')
    .option('--mqtt-url <url>', 'the broker (LOADCYCLE_MQTT_URL); default: the one that runs here')
    .option('--credentials <folder>', "the device's folder that enrol made; default devices/SITE.DEVICE")
    .option('--mqtt-username <name>', 'name at the broker; default: site/device')
    .option('--mqtt-password-file <file>', 'file with the password')
    .option('--mqtt-ca-file <file>', "authority that signed the broker's certificate (PEM)")
    .option(
      '--keep [duration]',
      'keep the stretch of the file from retention: for so long (20y), or for ever',
    )
    .option('--anyway', 'send rows too that are older than what the store keeps: they are dropped again')
    .option(
      '--no-wait',
      'end when the event log has everything: nothing is looked at before (retention, refusals), and what landed is not counted',
    )
    .option('--timeout <duration>', 'give up when nothing moves for so long', '60s')
    .action(action(run));
  examples(
    command,
    'enrol plant1/press2',
    'import recording.csv --device plant1/press2 --columns voltage=motor-voltage:V',
    "import old.csv --device plant1/press2 --columns U=voltage:V,I=current:A --delimiter ';' --decimal-comma",
  );
}

async function run(context: Context, o: ImportOptions, args: string[]): Promise<void> {
  const words = (): string => 'the import was stopped; the same command goes on, and nothing is doubled';
  const bar = new Progress(args[0]!, context.json);
  const result = await interruptible(words, (signal) => {
    const work = imported(context, o, args[0]!, bar, signal);
    // the signal ends it wherever it waits
    return Promise.race([work, aborted(signal)]).finally(() => bar.end());
  });
  context.print(result, () => describe(result));
  if (result.signals.some((s) => s.newSamples + s.alreadyThere < s.samples)) process.exitCode = EXIT.failure;
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

async function imported(
  context: Context,
  o: ImportOptions,
  file: string,
  bar: Progress,
  signal: AbortSignal,
): Promise<Result> {
  const device = deviceOf(o.device);
  const settings = importFile(o, file);
  const patienceMs = durationUs('--timeout', o.timeout) / 1000;
  const broker = brokerOf(context, o, device);
  const { size } = openable(file);
  const sinceUs = Date.now() * 1000;
  // the first words are with the API and the broker: without the one there would be no telling what landed, and
  // nobody waits for a long file to be read to hear that the other is away
  if (!o.wait && o.keep !== undefined) throw new UsageError('--keep asks the API, which --no-wait does not');
  const client = o.wait ? context.client : null;
  if (client !== null) await client.token(signal);
  const { CsvFile } = await import('@loadcycle/csv/file');
  const csv = new CsvFile(settings.csv);
  const session = await importSession(device.site, device.device, settings);
  // the MQTT client is only loaded where it is needed
  const { ImportDelivery } = await import('../import/delivery.ts');
  const delivery = await ImportDelivery.open(broker, device, session, patienceMs);
  const batches = new FileBatches(session, settings.columns);
  const counts = { rows: 0, bad: 0, batches: 0 };
  const patience = { patienceMs, away: () => bar.update(1, 'the API is away: waiting for it') };
  const bad = (line: number, why: string): void => {
    if (++counts.bad > 10) return;
    bar.end();
    context.note(printableLine(`line ${line} left out: ${why}`));
  };
  try {
    const looking = (row: CsvRow, rows: number): void => {
      signal.throwIfAborted();
      if (rows % 1000 === 0) bar.update(row.bytes / size, `${grouped(rows)} rows looked at`);
    };
    const wanted = { ...(await rangeOf(csv, looking)), sinceUs };
    if (client !== null) {
      if (o.anyway !== true && o.keep === undefined) await refuseOld(client, wanted, file);
      await refuseRefused(client, device, await firstBatches(csv, session, settings.columns));
    }
    const paths = settings.columns.map(({ signal: name }) => ({ ...device, signal: name }));
    if (client !== null && o.keep !== undefined)
      await holdFor(client, paths, wanted, keepUntil(o.keep, sinceUs));
    const accounts = (): Promise<Accounts[]> =>
      Promise.all(
        client === null ? [] : paths.map((p) => onceThere(patience, () => accountsOf(client, p, wanted))),
      );
    const before = await accounts();
    for await (const row of csv.rows(bad)) {
      signal.throwIfAborted();
      counts.rows++;
      for (const batch of batches.add(row)) {
        counts.batches++;
        await delivery.send(batch);
      }
      if (counts.rows % 1000 === 0) bar.update(row.bytes / size, `${grouped(counts.rows)} rows sent`);
    }
    for (const batch of batches.take()) {
      counts.batches++;
      await delivery.send(batch);
    }
    await delivery.settled();
    if (client !== null) {
      const left = (n: number): void => bar.update(1, `landing: ${grouped(n)} records left`);
      const received = async (): Promise<number> =>
        (await accounts()).reduce((sum, a, i) => sum + a.received - before[i]!.received, 0);
      await waitForLanding(client, patience, left, { sent: counts.batches, received });
    }
    const after = await accounts();
    return {
      file,
      device: o.device,
      session,
      ...counts,
      resent: delivery.resent,
      landed: client !== null,
      signals: after.map((a, i) =>
        signalResult(signalKey(paths[i]!), counts.rows, difference(a, before[i]!)),
      ),
    };
  } finally {
    await delivery.close();
  }
}

interface Result {
  readonly file: string;
  readonly device: string;
  readonly session: string;
  readonly rows: number;
  /** lines left out */
  readonly bad: number;
  readonly batches: number;
  readonly resent: number;
  readonly landed: boolean;
  readonly signals: readonly SignalResult[];
}

interface SignalResult {
  readonly signal: string;
  readonly samples: number;
  readonly newSamples: number;
  readonly alreadyThere: number;
  readonly deadLetteredBatches: number;
}

function signalResult(signal: string, samples: number, delta: Accounts): SignalResult {
  // batches that the ledger knew: from an import of the same file before this one
  const known = delta.deadLettered === 0 && delta.duplicates > 0 ? samples - delta.samples : 0;
  return {
    signal,
    samples,
    newSamples: delta.samples,
    alreadyThere: Math.max(0, known),
    deadLetteredBatches: delta.deadLettered,
  };
}

function describe(r: Result): string {
  const left = r.bad === 0 ? '' : `, ${grouped(r.bad)} lines left out`;
  const head = `${grouped(r.rows)} rows in ${grouped(r.batches)} batches${left}: the event log has them`;
  if (!r.landed) {
    const skipped =
      'not looked at (--no-wait): whether the store keeps rows so old, whether it takes them, and what landed: loadcycle completeness SIGNAL';
    return [head, skipped].join('\n');
  }
  const rows = r.signals.map((s) => [
    s.signal,
    s.samples,
    s.newSamples,
    s.alreadyThere,
    s.deadLetteredBatches,
  ]);
  const missing = r.signals.some((s) => s.newSamples + s.alreadyThere < s.samples);
  const hint = missing ? ['not all of it landed: loadcycle dead-letters list says why'] : [];
  const columns = ['signal', 'samples', 'new', 'were there', 'batches dead-lettered'];
  return [head, table(columns, rows), ...hint].join('\n\n');
}

function openable(file: string): { size: number } {
  if (file === '-') throw new UsageError('an import is read more than once', 'write stdin to a file first');
  try {
    const stat = statSync(file);
    // it is read more than once: for its session, for its range, and to be sent
    if (!stat.isFile()) throw new Error(`${file} is no regular file`);
    return { size: Math.max(1, stat.size) };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** First to last time of the file: what the accounts are asked for. Throws `source.unavailable` where no row makes sense. */
async function rangeOf(
  csv: CsvFile,
  progress: (row: CsvRow, rows: number) => void,
): Promise<{ fromUs: number; toUs: number }> {
  let fromUs = Infinity;
  let toUs = -Infinity;
  let rows = 0;
  for await (const row of csv.rows(() => {})) {
    progress(row, ++rows);
    fromUs = Math.min(fromUs, row.timeUs);
    toUs = Math.max(toUs, row.timeUs + 1);
  }
  return { fromUs, toUs };
}
