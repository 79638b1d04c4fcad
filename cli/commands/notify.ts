import { type components, dataOf } from '@loadcycle/client';
import { LoadcycleError } from '@loadcycle/contract';
import { type Command, Option } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { secretFrom } from '../shell/secret-from.ts';
import { table } from '../table.ts';
import { durationUs } from '../times.ts';

type Target = components['schemas']['NotifyTarget'];
type Input = components['schemas']['NotifyTargetInput'];

interface SettingOptions {
  readonly name?: string;
  readonly of?: string;
  readonly after?: string;
  readonly url?: string;
  readonly urlFile?: string;
  readonly signingSecretFile?: string;
  readonly to?: string;
  readonly gather?: string;
  readonly mqttVersion?: '5' | '3.1.1';
  readonly username?: string;
  readonly passwordFile?: string;
}

export function addNotify(program: Command): void {
  const group = program
    .command('notify')
    .summary('who is told of anomalies: look, add, change, try, remove')
    .description('Targets of anomalies: webhooks, MQTT brokers and e-mail. A change counts within seconds.');
  examples(group, 'notify list', 'notify add email night-shift --to shift@example.org', 'notify test 3');

  const list = group.command('list').summary('which there are, and how they are').action(action(listAll));
  examples(list, 'notify list', 'notify list --json');

  const add = settings(
    group
      .command('add')
      .summary('make one')
      .description('Makes a target. It is told of what comes from now on.')
      .argument('<kind>', 'webhook, mqtt or email')
      .argument('<name>', 'lower-case letters, digits, - and _'),
  ).action(action<SettingOptions>((c, o, [kind, name]) => addOne(c, o, kind!, name!)));
  examples(
    add,
    'notify add email night-shift --to shift@example.org,boss@example.org --of plant1',
    'notify add webhook ops --url-file url.txt --signing-secret-file key.txt',
    'notify add email on-call --to call@example.org --after 30m',
  );

  const change = settings(
    group
      .command('change')
      .summary('change one; what is not named stays')
      .argument('<target>', 'its id, or its name')
      .option('--name <name>', 'a new name'),
  ).action(action<SettingOptions>((c, o, [which]) => changeOne(c, o, which!)));
  examples(change, 'notify change 3 --after 15m', 'notify change night-shift --to shift@example.org');

  const test = group
    .command('test')
    .summary('send one a test message, and say what came of it')
    .description('Exit code 1 where it was not taken.')
    .argument('<target>', 'its id, or its name')
    .action(action(testOne));
  examples(test, 'notify test night-shift');

  const remove = group
    .command('remove')
    .summary('tell one no longer')
    .argument('<target>', 'its id, or its name')
    .option('--yes', 'do not ask')
    .action(action<{ yes?: boolean }>(removeOne));
  examples(remove, 'notify remove 3 --yes');
}

function settings(command: Command): Command {
  return command
    .option('--of <where>', 'sites and site/device that it is told of, separated by commas; default: *')
    .option('--after <duration>', 'only of what is still open and not acknowledged after so long')
    .option('--url <url>', 'webhook, mqtt: where; others of this machine can see it in a flag')
    .option('--url-file <file>', 'file that holds it; - for stdin')
    .option(
      '--signing-secret-file <file>',
      'webhook: file with the key that signs what is posted; - for stdin',
    )
    .option('--to <addresses>', 'email: recipients, separated by commas')
    .option('--gather <duration>', 'email: what comes within so long is one mail (10s)')
    .addOption(new Option('--mqtt-version <version>', 'mqtt').choices(['5', '3.1.1']))
    .option('--username <name>', 'mqtt: user name at the broker')
    .option('--password-file <file>', 'mqtt: file with its password; - for stdin');
}

const parts = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const seconds = (flag: string, text: string): number => Math.round(durationUs(flag, text) / 1e6);

/** What the flags say, over what is there. */
async function inputOf(
  o: SettingOptions,
  before: Partial<Omit<Target, 'kind'>> & { kind: string; name: string },
): Promise<Input> {
  const url =
    o.url ?? (o.urlFile === undefined ? undefined : await secretFrom('--url-file', 'URL: ', o.urlFile));
  const secret = async (flag: string, file: string | undefined): Promise<string | undefined> =>
    file === undefined ? undefined : secretFrom(flag, '', file);
  const common = {
    name: o.name ?? before.name,
    grants: o.of === undefined ? (before.grants ?? ['*']) : parts(o.of),
    afterS: o.after === undefined ? (before.afterS ?? 0) : seconds('--after', o.after),
  };
  const where = url === undefined ? {} : { url };
  if (before.kind === 'email') {
    const to = o.to === undefined ? (before.to ?? []) : parts(o.to);
    if (to.length === 0) throw new UsageError('--to: say who gets the mail');
    const gatherS = o.gather === undefined ? (before.gatherS ?? 10) : seconds('--gather', o.gather);
    return { kind: 'email', ...common, to, gatherS };
  }
  if (before.kind === 'webhook') {
    const signingSecret = await secret('--signing-secret-file', o.signingSecretFile);
    return {
      kind: 'webhook',
      ...common,
      ...where,
      ...(signingSecret === undefined ? {} : { signingSecret }),
    };
  }
  if (before.kind !== 'mqtt') throw new UsageError(`"${before.kind}" is no kind`, 'webhook, mqtt or email');
  const password = await secret('--password-file', o.passwordFile);
  return {
    kind: 'mqtt',
    ...common,
    ...where,
    mqttVersion: o.mqttVersion ?? before.mqttVersion ?? '5',
    username: o.username ?? before.username ?? null,
    ...(password === undefined ? {} : { password }),
  };
}

const targetsOf = async (context: Context): Promise<Target[]> =>
  dataOf(await context.client.GET('/v1/notify/targets')).targets;

/** By its id, or by a name that only one has. */
async function find(context: Context, which: string): Promise<Target & { id: number }> {
  const all = await targetsOf(context);
  const found = all.filter((t) => (/^\d+$/.test(which) ? t.id === Number(which) : t.name === which));
  const [one, another] = found;
  if (one === undefined) {
    const hint = 'loadcycle notify list shows them';
    throw new LoadcycleError('request.not-found', `there is no target ${which}`, { hint });
  }
  if (another !== undefined) throw new UsageError(`several targets are named ${which}`, 'say its id');
  const { id } = one;
  if (id === null) throw new UsageError(`${which} is of the settings of notify`, 'it is changed there');
  return { ...one, id };
}

const row = (t: Target) => [
  t.id === null ? '–' : String(t.id),
  t.name,
  t.kind,
  t.grants.join(','),
  t.afterS === 0 ? 'at once' : `after ${t.afterS} s`,
  t.state,
  t.delivered,
  t.failed,
  t.state === 'ok' || t.code === null ? null : `${t.code}: ${t.detail ?? ''}`,
];

const shown = (targets: readonly Target[]): string =>
  table(['id', 'name', 'kind', 'of', 'told', 'state', 'delivered', 'failed', 'why'], targets.map(row));

async function listAll(context: Context): Promise<void> {
  const targets = await targetsOf(context);
  context.print({ targets }, () => shown(targets));
}

async function addOne(context: Context, o: SettingOptions, kind: string, name: string): Promise<void> {
  const body = await inputOf(o, { kind, name });
  const target = dataOf(await context.client.POST('/v1/notify/targets', { body }));
  context.print(target, () => shown([target]));
}

async function changeOne(context: Context, o: SettingOptions, which: string): Promise<void> {
  const before = await find(context, which);
  const body = await inputOf(o, before);
  const params = { path: { id: before.id } };
  const target = dataOf(await context.client.PUT('/v1/notify/targets/{id}', { params, body }));
  context.print(target, () => shown([target]));
}

async function testOne(context: Context, _: object, [which]: string[]): Promise<void> {
  const { id, name } = await find(context, which!);
  const answer = dataOf(
    await context.client.POST('/v1/notify/targets/{id}/test', { params: { path: { id } } }),
  );
  if (!answer.taken) process.exitCode = EXIT.failure;
  context.print(answer, () =>
    answer.taken
      ? `${name} has taken it: ${answer.detail}`
      : `${name} has not taken it: ${answer.detail} (${answer.code})`,
  );
}

async function removeOne(context: Context, o: { yes?: boolean }, [which]: string[]): Promise<void> {
  const { id, name } = await find(context, which!);
  if (!(await context.confirm(`Tell ${name} no longer?`, o.yes))) {
    process.exitCode = EXIT.failure;
    return context.print({ removed: null }, () => 'nothing was removed');
  }
  await context.client.DELETE('/v1/notify/targets/{id}', { params: { path: { id } } });
  context.print({ removed: id }, () => `${name} is told no longer`);
}
