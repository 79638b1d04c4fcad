import { type components, dataOf } from '@loadcycle/client';
import { formatUs } from '@loadcycle/contract';
import type { Command } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { UsageError } from '../exit-codes.ts';
import { table } from '../table.ts';
import { durationUs, idOf, momentUs } from '../times.ts';

type Silence = components['schemas']['Silence'];

interface EndOptions {
  readonly for?: string;
  readonly until?: string;
  readonly note?: string;
}

interface AddOptions extends EndOptions {
  readonly kind?: string;
  readonly all?: boolean;
}

export function addSilence(program: Command): void {
  const group = program
    .command('silence')
    .summary('tell nobody of anomalies for a while: look, add, end')
    .description(
      'What is silenced is recorded and shown as ever. When the silence ends, what is still open then is told.',
    );
  examples(
    group,
    'silence add plant1/motor1 --for 2h --note "bearing is changed"',
    'silence list',
    'silence end 4',
  );

  const list = group
    .command('list')
    .summary('which there are, shelved anomalies among them')
    .option('--ended', 'those that have ended, too')
    .action(action(listAll));
  examples(list, 'silence list', 'silence list --ended --json');

  const add = withEnd(
    group
      .command('add')
      .summary('begin one')
      .argument('[where]', 'site, site/device or site/device/signal')
      .option('--all', 'everything that there is')
      .option('--kind <kind>', 'only anomalies of this kind, such as no-data'),
  ).action(action<AddOptions>((c, o, [where]) => addOne(c, o, where)));
  examples(
    add,
    'silence add plant1 --for 8h',
    'silence add --all --kind no-data --until 2026-11-30T06:00:00Z',
  );

  const end = group.command('end').summary('end one now').argument('<id>').action(action(endOne));
  examples(end, 'silence end 4');
}

/** A command of `anomalies`. */
export function addShelve(group: Command): void {
  const shelve = withEnd(
    group
      .command('shelve')
      .summary('tell nobody of one anomaly until a time')
      .description('Where it is still open then, it is told.')
      .argument('<anomaly>', 'its id'),
  ).action(action<EndOptions>((c, o, [id]) => shelveOne(c, o, id!)));
  examples(shelve, 'anomalies shelve 17 --for 1d --note "spare part is ordered"');
}

const withEnd = (command: Command): Command =>
  command
    .option('--for <duration>', 'how long: 30m, 8h, 2d')
    .option('--until <time>', 'or its end: 2026-11-30T06:00:00Z')
    .option('--note <text>', 'why');

function endOf(o: EndOptions): { until: string; note?: string } {
  if ((o.for === undefined) === (o.until === undefined))
    throw new UsageError('say how long: --for, or --until');
  const us =
    o.for === undefined ? momentUs('--until', o.until!) : Date.now() * 1000 + durationUs('--for', o.for);
  return { until: formatUs(us), ...(o.note === undefined ? {} : { note: o.note }) };
}

const shown = (silences: readonly Silence[]): string =>
  table(
    ['id', 'of', 'kind', 'until (UTC)', 'by', 'note'],
    silences.map((s) => [
      String(s.id),
      s.site === null ? '*' : [s.site, s.device, s.signal].filter((part) => part !== null).join('/'),
      s.anomaly === null ? s.kind : `anomaly ${s.anomaly}`,
      s.active ? s.until.slice(0, 19) : `ended ${(s.endedAt ?? s.until).slice(0, 19)}`,
      s.createdBy,
      s.note,
    ]),
  );

async function listAll(context: Context, o: { ended?: boolean }): Promise<void> {
  const query = o.ended === true ? { all: 'true' as const } : {};
  const answer = dataOf(await context.client.GET('/v1/notify/silences', { params: { query } }));
  context.print(answer, () => shown(answer.silences));
}

async function addOne(context: Context, o: AddOptions, where: string | undefined): Promise<void> {
  if ((where === undefined) !== (o.all === true)) throw new UsageError('say of what: site/device, or --all');
  const [site, device, signal, ...rest] = where?.split('/') ?? [];
  if (rest.length > 0) throw new UsageError(`"${where}" is no site, site/device or site/device/signal`);
  const body = {
    ...(site === undefined ? {} : { site }),
    ...(device === undefined ? {} : { device }),
    ...(signal === undefined ? {} : { signal }),
    ...(o.kind === undefined ? {} : { kind: o.kind }),
    ...endOf(o),
  };
  const silence = dataOf(await context.client.POST('/v1/notify/silences', { body }));
  context.print(silence, () => shown([silence]));
}

async function endOne(context: Context, _: object, [id]: string[]): Promise<void> {
  const params = { path: { id: idOf(id!) } };
  const silence = dataOf(await context.client.POST('/v1/notify/silences/{id}/end', { params }));
  context.print(silence, () => shown([silence]));
}

async function shelveOne(context: Context, o: EndOptions, id: string): Promise<void> {
  const params = { path: { id: idOf(id, 'anomaly') } };
  const silence = dataOf(await context.client.POST('/v1/anomalies/{id}/shelve', { params, body: endOf(o) }));
  context.print(silence, () => shown([silence]));
}
