import { type components, dataOf } from '@loadcycle/client';
import type { Command } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { SIGNAL, signalOf } from '../signal-argument.ts';
import { table } from '../table.ts';
import { idOf } from '../times.ts';

const PATH = '/v1/sites/{site}/devices/{device}/signals/{signal}/holds';

export function addHolds(program: Command): void {
  const group = program
    .command('holds')
    .summary('stretches of time that import --keep holds back from retention')
    .description('Where one ends, the next run of retention takes what is older than the store keeps.');
  examples(group, 'holds list plant1/press1/force', 'holds end plant1/press1/force 3');

  const list = group
    .command('list')
    .summary('those of a signal')
    .argument(...SIGNAL)
    .action(action((context, _: object, [signal]) => listOf(context, signal!)));
  examples(list, 'holds list plant1/press1/force --json');

  const ending = group
    .command('end')
    .summary('end one now')
    .argument(...SIGNAL)
    .argument('<id>', 'as list shows it')
    .action(action(endOne));
  examples(ending, 'holds end plant1/press1/force 3');
}

const shown = (holds: readonly components['schemas']['RetentionHold'][]): string =>
  table(
    ['id', 'from (UTC)', 'to', 'until', 'by'],
    holds.map((h) => [String(h.id), ...[h.from, h.to].map(short), end(h.until), h.createdBy]),
  );

const short = (time: string): string => time.slice(0, 19);
const end = (until: string | null): string => {
  if (until === null) return 'for ever';
  return Date.parse(until) <= Date.now() ? `ended ${short(until)}` : short(until);
};

async function listOf(context: Context, signal: string): Promise<void> {
  const answer = dataOf(await context.client.GET(PATH, { params: { path: { ...signalOf(signal) } } }));
  context.print(answer, () => shown(answer.holds));
}

async function endOne(context: Context, _: object, [signal, id]: string[]): Promise<void> {
  const params = { path: { ...signalOf(signal!), id: idOf(id!) } };
  await context.client.DELETE(`${PATH}/{id}`, { params });
  await listOf(context, signal!);
}
