import { type components, dataOf } from '@loadcycle/client';
import { type Command, Option } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { rangeOf, withRange } from '../range.ts';
import { signalOf } from '../signal-argument.ts';
import { fieldLines, shown, table } from '../table.ts';
import { idOf, numberOf } from '../times.ts';
import { addShelve } from './silence.ts';

type Anomaly = components['schemas']['Anomaly'];

export function addAnomalies(program: Command): void {
  const group = program
    .command('anomalies')
    .summary('what is unusual: look, acknowledge, accept, shelve')
    .description('Anomalies of signals, and who has acknowledged them.');
  examples(group, 'anomalies list --state open', 'anomalies acknowledge 17 --note "belt changed"');

  const list = withRange(
    group
      .command('list')
      .summary('which there are, the latest first')
      .description('Anomalies that touch the range; the last day where none is given.')
      .argument('[signal]', 'only of this one: site/device/signal'),
  )
    .addOption(new Option('--state <state>', 'only these').choices(['open', 'closed', 'withdrawn']))
    .option('--kind <kind>', 'only of this kind')
    .option('--unacknowledged', 'only those that nobody has acknowledged')
    .option('--limit <n>', 'at most', '100')
    .action(action(listAll));
  examples(
    list,
    'anomalies list --state open',
    'anomalies list plant1/motor1/motor-voltage --from -7d --json',
  );

  const show = group
    .command('show')
    .summary('one of them, with all that is known')
    .argument('<id>')
    .action(action(showOne));
  examples(show, 'anomalies show 17');

  const acknowledge = group
    .command('acknowledge')
    .summary('say that it is known')
    .argument('<id...>')
    .option('--note <text>', 'what it was, or what was done')
    .action(action(acknowledgeThem));
  examples(acknowledge, 'anomalies acknowledge 17 18 --note "belt changed"');

  const accept = group
    .command('accept')
    .summary('say that it is the new normal: it is over, and what is usual is learnt anew')
    .description(
      'An open anomaly is closed within some seconds. A limit is changed in the definition instead.',
    )
    .argument('<id...>')
    .option('--note <text>', 'what was changed')
    .action(action(acceptThem));
  examples(accept, 'anomalies accept 17 --note "new tool"');

  addShelve(group);
}

interface ListOptions {
  readonly from?: string;
  readonly to?: string;
  readonly state?: Anomaly['state'];
  readonly kind?: string;
  readonly unacknowledged?: boolean;
  readonly limit: string;
}

async function listAll(context: Context, o: ListOptions, [text]: string[]): Promise<void> {
  const query = {
    ...rangeOf(o),
    ...(text === undefined ? {} : signalOf(text)),
    limit: numberOf('--limit', o.limit, 1, 1000, true),
    ...(o.state === undefined ? {} : { state: o.state }),
    // what is no kind the API refuses, with those that there are
    ...(o.kind === undefined ? {} : { kind: o.kind as Anomaly['kind'] }),
    ...(o.unacknowledged === true ? { acknowledged: 'false' as const } : {}),
  };
  const answer = dataOf(await context.client.GET('/v1/anomalies', { params: { query } }));
  context.print(answer, () => {
    const rows = answer.anomalies.map((a) => [
      String(a.id),
      a.since.slice(0, 19),
      a.until?.slice(0, 19) ?? null,
      `${a.site}/${a.device}/${a.signal}`,
      a.metric === null || a.metric === a.kind ? a.kind : `${a.kind} ${a.metric}`,
      a.closedReason === null ? a.state : `${a.state}: ${a.closedReason}`,
      shown(a.value),
      shown(a.expected),
      a.acknowledgedBy,
    ]);
    const head = [
      'id',
      'since (UTC)',
      'until',
      'signal',
      'what',
      'state',
      'value',
      'expected',
      'acknowledged by',
    ];
    const more = answer.next === null ? [] : ['there is more: --limit'];
    return [table(head, rows), ...more].join('\n\n');
  });
}

async function showOne(context: Context, _: object, [text]: string[]): Promise<void> {
  const params = { path: { id: idOf(text!) } };
  const anomaly = dataOf(await context.client.GET('/v1/anomalies/{id}', { params }));
  context.print(anomaly, () => fieldLines(anomaly));
}

/** Says the same word of each of them, with the note; the anomalies as they are then. */
async function sayOf(
  context: Context,
  word: 'acknowledge' | 'accept',
  o: { note?: string },
  texts: string[],
): Promise<Anomaly[]> {
  const body = o.note === undefined ? {} : { body: { note: o.note } };
  const said: Anomaly[] = [];
  for (const text of texts) {
    const params = { path: { id: idOf(text) } };
    said.push(dataOf(await context.client.POST(`/v1/anomalies/{id}/${word}`, { params, ...body })));
  }
  return said;
}

async function acknowledgeThem(context: Context, o: { note?: string }, texts: string[]): Promise<void> {
  const said = await sayOf(context, 'acknowledge', o, texts);
  context.print(said, () =>
    said.map((a) => `anomaly ${a.id} (${a.kind}) is acknowledged by ${a.acknowledgedBy}`).join('\n'),
  );
}

async function acceptThem(context: Context, o: { note?: string }, texts: string[]): Promise<void> {
  const said = await sayOf(context, 'accept', o, texts);
  context.print(said, () =>
    said
      .map((a) => `anomaly ${a.id} (${a.kind}) is accepted by ${a.acceptedBy}, and is closed soon`)
      .join('\n'),
  );
}
