import { type components, dataOf } from '@loadcycle/client';
import type { Command } from 'commander';
import { action, type Context, examples } from '../context.ts';
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

async function showOne(context: Context, _: object, [text]: string[]): Promise<void> {
  const path = signalOf(text!);
  const route = '/v1/sites/{site}/devices/{device}/signals/{signal}';
  const signal = dataOf(await context.client.GET(route, { params: { path: { ...path } } }));
  const { versions } = dataOf(
    await context.client.GET(`${route}/versions`, { params: { path: { ...path } } }),
  );
  context.print({ ...signal, versions }, () => {
    const { definition, ...rest } = signal;
    const rows = versions.map((v) => [v.version, v.changedAt.slice(0, 19), v.changedBy, v.definition.unit]);
    return [
      fieldLines(rest),
      fieldLines(definition),
      table(['version', 'at (UTC)', 'by', 'unit'], rows),
    ].join('\n\n');
  });
}
