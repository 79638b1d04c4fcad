import { readFileSync } from 'node:fs';
import { type components, dataOf } from '@loadcycle/client';
import { formatUs } from '@loadcycle/contract';
import { printableLine } from '@loadcycle/contract/printable';
import type { Command } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { stdoutTarget } from '../export/target.ts';
import { rangeOf, withRange } from '../range.ts';
import { table } from '../table.ts';
import { idOf, momentUs, numberOf } from '../times.ts';

type Letter = components['schemas']['DeadLetter'];

export function addDeadLetters(program: Command): void {
  const group = program
    .command('dead-letters')
    .summary('messages that did not pass: look, try again, remove')
    .description('The quarantine of messages that did not pass validation.');
  examples(group, 'dead-letters list --reason message.unit-mismatch', 'dead-letters replay 17');

  const list = withRange(
    group
      .command('list')
      .summary('which there are, and why')
      .description('Dead letters of the range, oldest first; the last 30 days where none is given.'),
  )
    .option('--reason <code>', 'only of this reason')
    .option('--state <state>', 'held, or replayed')
    .option('--limit <n>', 'at most', '100')
    .action(action(listAll));
  examples(list, 'dead-letters list', 'dead-letters list --from -1h --state held --json');

  const show = group
    .command('show')
    .summary('one of them, with its payload')
    .argument('<id>')
    .option('--payload', 'the payload alone, byte for byte: to a file, to be mended')
    .action(action(showOne));
  examples(show, 'dead-letters show 17', 'dead-letters show 17 --payload > letter.json');

  const validate = group
    .command('validate')
    .summary('what would happen to it now')
    .description('Exit code 1 where it would not pass now either.')
    .argument('<id>')
    .option('--payload <file>', 'with this payload in place of its own')
    .option('--topic <topic>', 'with this MQTT topic in place of its own')
    .action(action(validateOne));
  examples(validate, 'dead-letters validate 17', 'dead-letters validate 17 --payload letter.json');

  const replay = group
    .command('replay')
    .summary('send it into the log again; twice changes nothing')
    .argument('[id]')
    .option('--reason <code>', 'all that are held for this reason')
    .option('--payload <file>', 'this payload in place of its own; what came is kept as it is')
    .option('--topic <topic>', 'this MQTT topic in place of its own')
    .option('--limit <n>', 'at most', '10000')
    .action(action(replayThem));
  examples(
    replay,
    'dead-letters replay 17',
    'dead-letters replay --reason signal.unknown',
    'dead-letters replay 17 --payload letter.json',
  );

  const purge = group
    .command('purge')
    .summary('remove for good; the accounts keep the count')
    .argument('[id]')
    .option('--reason <code>', 'all of this reason')
    .option('--before <time>', 'all from before this time')
    .option('--yes', 'do not ask')
    .action(action(purgeThem));
  examples(purge, 'dead-letters purge 17 --yes', 'dead-letters purge --before -30d');
}

interface ListOptions {
  readonly from?: string;
  readonly to?: string;
  readonly reason?: string;
  readonly state?: string;
  readonly limit: string;
}

async function listAll(context: Context, o: ListOptions): Promise<void> {
  if (o.state !== undefined && o.state !== 'held' && o.state !== 'replayed') {
    throw new UsageError('--state: held or replayed');
  }
  const query = {
    ...rangeOf(o),
    limit: numberOf('--limit', o.limit, 1, 1000, true),
    ...(o.reason === undefined ? {} : { reason: o.reason }),
    ...(o.state === undefined ? {} : { state: o.state as Letter['state'] }),
  };
  const answer = dataOf(await context.client.GET('/v1/dead-letters', { params: { query } }));
  context.print(answer, () => {
    const rows = answer.deadLetters.map((d) => [
      String(d.id),
      d.at.slice(0, 23),
      d.reason,
      d.state,
      d.key,
      `${d.pointer ?? ''} ${d.detail}`.trim().slice(0, 80),
    ]);
    const counts = answer.counts.map((c) => [c.reason, c.held, c.replayed]);
    const more = answer.next === null ? [] : ['there is more: --limit'];
    const letters = table(['id', 'at (UTC)', 'reason', 'state', 'from', 'why'], rows);
    return [letters, table(['reason', 'held', 'replayed'], counts), ...more].join('\n\n');
  });
}

const fetchOne = async (context: Context, text: string) =>
  dataOf(await context.client.GET('/v1/dead-letters/{id}', { params: { path: { id: idOf(text) } } }));

async function showOne(context: Context, o: { payload?: boolean }, [text]: string[]): Promise<void> {
  const letter = await fetchOne(context, text!);
  if (o.payload === true) {
    await stdoutTarget.write(Buffer.from(letter.payload, 'base64'));
    return;
  }
  context.print(letter, () => {
    const { payload, text: words, origin, sent, ...fields } = letter;
    const rows = Object.entries(fields).map(([name, value]) => [name, String(value ?? '–')]);
    rows.push(['origin', `${origin.topic}/${origin.partition}@${origin.offset}`]);
    const body = words ?? `(base64) ${payload}`;
    const instead = sent === null ? '' : `\n\nsent in its place:\n${textOfEdit(sent)}`;
    return `${rows.map(([name, value]) => `${name!.padEnd(12)} ${printableLine(value!)}`).join('\n')}\n\n${body}${instead}`;
  });
}

async function validateOne(context: Context, o: EditOptions, [text]: string[]): Promise<void> {
  const letter = await fetchOne(context, text!);
  const { contentType, receivedAt } = letter;
  const mqttTopic = o.topic ?? letter.mqttTopic;
  const payload = o.payload === undefined ? letter.payload : read(o.payload).toString('base64');
  if (mqttTopic === null) throw new Error(`dead letter ${letter.id} did not come over MQTT`);
  const body = {
    topic: mqttTopic,
    payload,
    encoding: 'base64' as const,
    ...(contentType === null ? {} : { contentType }),
    ...(receivedAt === null ? {} : { receivedAt }),
  };
  const result = dataOf(await context.client.POST('/v1/validate', { body }));
  if (result.outcome === 'dead-lettered') process.exitCode = EXIT.failure;
  context.print(result, () => {
    if (result.outcome === 'dead-lettered') {
      return `it would not pass: ${result.reason} ${result.pointer ?? ''}\n${result.detail ?? ''}`.trim();
    }
    const rows = result.batches.map((b) => [b.signal, b.seq, b.count, b.good, b.uncertain, b.bad]);
    const batches = table(['signal', 'seq', 'samples', 'good', 'uncertain', 'bad'], rows);
    return `it would be ${result.outcome === 'landed' ? 'landed' : 'landed, its signal registered'}\n\n${batches}`;
  });
}

interface EditOptions {
  readonly payload?: string;
  readonly topic?: string;
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`--payload: ${(error as Error).message}`);
  }
}

const textOfEdit = ({
  payload,
  encoding,
  topic,
}: NonNullable<components['schemas']['DeadLetterEdit']>): string =>
  `${topic === undefined ? '' : `${topic}\n`}${Buffer.from(payload, encoding ?? 'utf8').toString('utf8')}`;

/** What is sent in the place of a letter; undefined: the letter as it came. */
async function editOf(context: Context, o: EditOptions, id: string) {
  if (o.payload === undefined && o.topic === undefined) return undefined;
  const payload =
    o.payload === undefined ? (await fetchOne(context, id)).payload : read(o.payload).toString('base64');
  return { payload, encoding: 'base64' as const, ...(o.topic === undefined ? {} : { topic: o.topic }) };
}

async function replayThem(
  context: Context,
  o: { reason?: string; limit: string } & EditOptions,
  [text]: string[],
): Promise<void> {
  const { client } = context;
  if ((text === undefined) === (o.reason === undefined)) throw new UsageError('say an id, or --reason');
  const limit = numberOf('--limit', o.limit, 1, 100_000, true);
  if (text === undefined && (o.payload ?? o.topic) !== undefined) {
    throw new UsageError('--payload and --topic are for one dead letter', 'say its id');
  }
  const body = text === undefined ? undefined : await editOf(context, o, text);
  const answer =
    text === undefined
      ? await client.POST('/v1/dead-letters/replay', { body: { reason: o.reason!, limit } })
      : await client.POST('/v1/dead-letters/{id}/replay', {
          params: { path: { id: idOf(text) } },
          ...(body === undefined ? {} : { body }),
        });
  const result = dataOf(answer);
  context.print(result, () => `${result.replayed} sent into the log again`);
}

async function purgeThem(
  context: Context,
  o: { reason?: string; before?: string; yes?: boolean },
  [text]: string[],
): Promise<void> {
  const { client } = context;
  const many = o.reason !== undefined || o.before !== undefined;
  if ((text === undefined) !== many) throw new UsageError('say an id, or --reason, or --before');
  const what = text === undefined ? [o.reason, o.before].filter(Boolean).join(', ') : `dead letter ${text}`;
  if (!(await context.confirm(`Remove ${what} for good?`, o.yes))) {
    process.exitCode = EXIT.failure;
    return context.print({ purged: 0 }, () => 'nothing was removed');
  }
  let purged = 1;
  if (text !== undefined) {
    await client.DELETE('/v1/dead-letters/{id}', { params: { path: { id: idOf(text) } } });
  } else {
    const query = {
      ...(o.reason === undefined ? {} : { reason: o.reason }),
      ...(o.before === undefined ? {} : { before: formatUs(momentUs('--before', o.before)) }),
    };
    purged = dataOf(await client.DELETE('/v1/dead-letters', { params: { query } })).purged;
  }
  context.print({ purged }, () => `${purged} removed`);
}
