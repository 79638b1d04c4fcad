import { type components, dataOf } from '@loadcycle/client';
import type { Command } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { UsageError } from '../exit-codes.ts';
import { keyOf, SIGNAL, signalOf } from '../signal-argument.ts';
import { fieldLines, table } from '../table.ts';

type Signal = components['schemas']['Signal'];

export function addSignals(program: Command): void {
  const group = program
    .command('signals')
    .summary('which there are, and what they are defined as')
    .description('The catalogue of signals. `loadcycle apply` changes it by a file.');
  examples(group, 'signals list', 'signals list plant1/motor1', 'signals show plant1/motor1/motor-voltage');

  const list = group
    .command('list')
    .summary('all that the client reaches, or those of a site or a device')
    .argument('[where]', 'site, or site/device')
    .action(action(listAll));
  examples(list, 'signals list', 'signals list plant1 --json');

  const show = group
    .command('show')
    .summary('one of them, with its definition and its versions')
    .argument(...SIGNAL)
    .action(action(showOne));
  examples(show, 'signals show plant1/motor1/motor-voltage');

  const unit = group
    .command('unit')
    .summary('gives a signal that has data another unit')
    .description(
      'No stored number is touched, and the definition has a new version. --relabel: the unit was written wrongly and the ' +
        'numbers are right (C where Cel was meant); the sender must say the new one from now on, or --sender-stays. ' +
        '--convert: all that is there is shown in the new unit, limits are converted, and the sender may go on in either.',
    )
    .argument(...SIGNAL)
    .argument('<unit>', 'a UCUM code')
    .option('--relabel', 'the numbers stay')
    .option('--convert', 'the numbers are converted')
    .option('--sender-stays', 'with --relabel: take batches in the unit before as they were')
    .option('--quantity <name>', 'what it measures; default: as before, where the unit fits')
    .action(action(correctUnit));
  examples(
    unit,
    'signals unit plant1/oven/inside Cel --relabel --quantity temperature',
    'signals unit plant1/motor1/motor-voltage V --convert',
  );
}

/** Signals of a site, of a device (`site/device`), or of everything that the client reaches. */
async function signalsAt({ client }: Context, where: string | undefined): Promise<Signal[]> {
  const [wantedSite, wantedDevice] = where?.split('/') ?? [];
  const sites =
    wantedSite === undefined ? dataOf(await client.GET('/v1/sites')).sites.map((s) => s.site) : [wantedSite];
  const found: Signal[] = [];
  for (const site of sites) {
    const devices =
      wantedDevice === undefined
        ? dataOf(await client.GET('/v1/sites/{site}/devices', { params: { path: { site } } })).devices.map(
            (d) => d.device,
          )
        : [wantedDevice];
    for (const device of devices) {
      const params = { path: { site, device } };
      const answer = await client.GET('/v1/sites/{site}/devices/{device}/signals', { params });
      found.push(...dataOf(answer).signals);
    }
  }
  return found;
}

async function listAll(context: Context, _: object, [where]: string[]): Promise<void> {
  const signals = await signalsAt(context, where);
  context.print({ signals }, () => {
    const rows = signals.map((s) => [
      keyOf(s),
      s.unit,
      s.definition.quantity,
      s.cycleState,
      s.version,
      s.automatic ? 'by its first message' : 'by definition',
      s.changedAt.slice(0, 19),
    ]);
    return table(['signal', 'unit', 'quantity', 'cycles', 'version', 'registered', 'changed at (UTC)'], rows);
  });
}

interface UnitOptions {
  readonly relabel?: boolean;
  readonly convert?: boolean;
  readonly senderStays?: boolean;
  readonly quantity?: string;
}

async function correctUnit(context: Context, o: UnitOptions, [text, unit]: string[]): Promise<void> {
  const path = signalOf(text!);
  if ((o.relabel === true) === (o.convert === true)) {
    throw new UsageError(
      'say --relabel (the numbers stay) or --convert (they are converted), one of the two',
    );
  }
  if (o.convert && o.senderStays) throw new UsageError('--sender-stays belongs to --relabel');
  const route = '/v1/sites/{site}/devices/{device}/signals/{signal}';
  const before = dataOf(await context.client.GET(route, { params: { path: { ...path } } }));
  const answer = await context.client.POST(`${route}/unit`, {
    params: { path: { ...path } },
    body: {
      unit: unit!,
      how: o.convert ? 'convert' : 'relabel',
      ...(o.quantity === undefined ? {} : { quantity: o.quantity }),
      ...(o.senderStays === undefined ? {} : { senderStays: o.senderStays }),
    },
  });
  const signal = dataOf(answer);
  const sender =
    o.convert || o.senderStays
      ? `batches in ${before.unit} are taken as before`
      : `batches in ${before.unit} are refused from now on (message.unit-mismatch): let the sender say ${signal.unit}`;
  context.print(signal, () =>
    [
      `${keyOf(path)} is in ${signal.unit} (it was in ${before.unit}), version ${signal.version}`,
      o.convert
        ? 'all that is stored is shown in it, and limits are converted'
        : 'every number stays as it is',
      sender,
    ].join('\n'),
  );
}

async function showOne(context: Context, _: object, [text]: string[]): Promise<void> {
  const path = signalOf(text!);
  const route = '/v1/sites/{site}/devices/{device}/signals/{signal}';
  const signal = dataOf(await context.client.GET(route, { params: { path: { ...path } } }));
  const { versions } = dataOf(
    await context.client.GET(`${route}/versions`, { params: { path: { ...path } } }),
  );
  context.print({ ...signal, versions }, () => {
    const { definition, ...rest } = signal;
    const rows = versions.map((v) => [
      ...[v.version, v.changedAt.slice(0, 19), v.changedBy, v.definition.unit],
      v.correction ?? '',
    ]);
    return [
      fieldLines(rest),
      fieldLines(definition),
      table(['version', 'at (UTC)', 'by', 'unit', 'corrected'], rows),
    ].join('\n\n');
  });
}
