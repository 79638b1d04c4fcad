import { type components, dataOf } from '@loadcycle/client';
import type { Command } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { table } from '../table.ts';
import { idOf } from '../times.ts';

type LogReplacement = components['schemas']['LogReplacement'];

export function addLostLog(program: Command): void {
  const group = program
    .command('lost-log')
    .summary('event logs that were lost and made anew: look, acknowledge')
    .description('What was in a lost log only is missing; the completeness of a signal says which batches.');
  examples(group, 'lost-log list', 'lost-log acknowledge 3 --note "disk replaced"');

  const list = group
    .command('list')
    .summary('which there are')
    .option('--open', 'only those that nobody has acknowledged')
    .action(action(listAll));
  examples(list, 'lost-log list --open');

  const acknowledge = group
    .command('acknowledge')
    .summary('say that it is known: health and pipeline are well again')
    .argument('<id...>')
    .option('--note <text>', 'what happened')
    .action(action(acknowledgeThem));
  examples(acknowledge, 'lost-log acknowledge 1 2 3');
}

async function listAll(context: Context, o: { open?: boolean }): Promise<void> {
  const query = o.open === true ? { acknowledged: 'false' as const } : {};
  const answer = dataOf(await context.client.GET('/v1/log-replacements', { params: { query } }));
  context.print(answer, () => {
    const rows = answer.replacements.map((r) => [
      String(r.id),
      r.noticedAt.slice(0, 19),
      r.topic,
      r.kind,
      r.consumers.map((c) => `${c.consumer}/${c.partition} ${c.next} → ${c.goesOnAt}`).join(', '),
      r.acknowledgedBy,
    ]);
    return table(['id', 'noticed (UTC)', 'topic', 'what', 'consumers', 'acknowledged by'], rows);
  });
}

async function acknowledgeThem(context: Context, o: { note?: string }, texts: string[]): Promise<void> {
  const body = o.note === undefined ? {} : { body: { note: o.note } };
  const rows: LogReplacement[] = [];
  for (const text of texts) {
    const params = { path: { id: idOf(text) } };
    const answer = await context.client.POST('/v1/log-replacements/{id}/acknowledge', { params, ...body });
    rows.push(dataOf(answer));
  }
  context.print(rows, () =>
    rows
      .map((r) => `${r.topic}, noticed at ${r.noticedAt}, is acknowledged by ${r.acknowledgedBy}`)
      .join('\n'),
  );
}
