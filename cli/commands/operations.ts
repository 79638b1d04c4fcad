import { dataOf } from '@loadcycle/client';
import { type Command, Option } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { table } from '../table.ts';
import { numberOf } from '../times.ts';
import { describeOperation } from './control.ts';

export function addOperations(program: Command): void {
  const group = program
    .command('operations')
    .summary('commands that were sent to devices, and their answers')
    .description('What was asked of devices lately. Operations are kept for 30 days.');
  examples(group, 'operations list', 'operations show 0a6f7681-68eb-40d0-b3e3-8e3c3f810f3e');

  const list = group
    .command('list')
    .summary('the latest first')
    .addOption(new Option('--action <action>', 'only these').choices(['start', 'stop', 'configure']))
    .option('--limit <n>', 'at most', '20')
    .action(action(listAll));
  examples(list, 'operations list --action configure');

  const show = group
    .command('show')
    .summary("one of them, with each device's answer")
    .argument('<id>')
    .action(action(showOne));
  examples(show, 'operations show 0a6f7681-68eb-40d0-b3e3-8e3c3f810f3e');
}

interface ListOptions {
  readonly action?: 'start' | 'stop' | 'configure';
  readonly limit: string;
}

async function listAll(context: Context, o: ListOptions): Promise<void> {
  const query = {
    limit: numberOf('--limit', o.limit, 1, 1000, true),
    ...(o.action === undefined ? {} : { action: o.action }),
  };
  const answer = dataOf(await context.client.GET('/v1/operations', { params: { query } }));
  context.print(answer, () => {
    const rows = answer.operations.map(({ devices: d, ...op }) => [
      op.createdAt.slice(0, 19),
      op.action,
      op.state,
      op.clientId,
      d.done,
      d.failed + d.expired,
      d.pending + d.sent + d.accepted,
      op.id,
    ]);
    return table(['at (UTC)', 'action', 'state', 'by', 'done', 'failed', 'waiting', 'id'], rows);
  });
}

async function showOne(context: Context, _: object, [id]: string[]): Promise<void> {
  const params = { path: { id: id! } };
  const operation = dataOf(await context.client.GET('/v1/operations/{id}', { params }));
  context.print(operation, () => describeOperation(operation));
}
