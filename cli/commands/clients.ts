import { type components, dataOf } from '@loadcycle/client';
import type { Command } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { fieldLines, table } from '../table.ts';

type Client = components['schemas']['Client'];
type Scopes = components['schemas']['NewClient']['scopes'];

interface RightsOptions {
  readonly name?: string;
  readonly scope?: string[];
  readonly grant?: string[];
}

export function addClients(program: Command): void {
  const group = program
    .command('clients')
    .summary('who may use the API: make, change, withdraw')
    .description(
      'Clients of the API with their scopes and grants; needs the scope admin. See docs/security.md.',
    );
  examples(
    group,
    'clients create dashboard --scope samples:read cycles:read --grant plant1',
    'clients list',
    'clients rotate dashboard',
  );

  const list = group.command('list').summary('all of them').action(action(listAll));
  examples(list, 'clients list --json');
  const show = group.command('show').summary('one of them').argument('<id>').action(action(showOne));
  examples(show, 'clients show dashboard');

  const create = rights(group.command('create').summary('make one; prints its secret, this once'))
    .argument('<id>')
    .action(action(createOne));
  examples(create, 'clients create dashboard --scope samples:read cycles:read --grant plant1 plant2/motor7');

  const change = rights(
    group.command('change').summary('what it may do; its tokens so far are no longer valid'),
  )
    .argument('<id>')
    .option('--disable', 'it gets no more tokens')
    .option('--enable', 'it does again')
    .action(action(changeOne));
  examples(change, 'clients change dashboard --grant "*"', 'clients change dashboard --disable');

  const rotate = group
    .command('rotate')
    .summary('a new secret; the one before stays valid until the next change')
    .argument('<id>')
    .action(action(rotateOne));
  examples(rotate, 'clients rotate dashboard');
  const revoke = group
    .command('revoke')
    .summary('take all its tokens back; it can get new ones')
    .argument('<id>')
    .action(action(revokeOne));
  examples(revoke, 'clients revoke dashboard');
  const remove = group
    .command('delete')
    .summary('remove it for good')
    .argument('<id>')
    .option('--yes', 'do not ask')
    .action(action(deleteOne));
  examples(remove, 'clients delete dashboard --yes');
}

const rights = (command: Command): Command =>
  command
    .option('--name <text>', 'for people; default: the id')
    .option('--scope <scopes...>', 'what it may do: samples:read, cycles:read, signals:write, …')
    .option('--grant <grants...>', 'where: *, a site, or site/device');

const pathOf = (id: string) => ({ params: { path: { client: id } } });

async function listAll(context: Context): Promise<void> {
  const answer = dataOf(await context.client.GET('/v1/clients'));
  context.print(answer, () => {
    const rows = answer.clients.map((k) => [
      k.id,
      k.name,
      k.scopes.join(' '),
      k.grants.join(' '),
      k.disabled ? 'disabled' : 'enabled',
      k.createdAt.slice(0, 19),
    ]);
    return table(['id', 'name', 'scopes', 'grants', 'state', 'made at (UTC)'], rows);
  });
}

async function showOne(context: Context, _: object, [id]: string[]): Promise<void> {
  const client = dataOf(await context.client.GET('/v1/clients/{client}', pathOf(id!)));
  context.print(client, () => fieldLines(client));
}

async function createOne(context: Context, o: RightsOptions, [id]: string[]): Promise<void> {
  const { name = id!, scope, grant } = o;
  if (scope === undefined || grant === undefined) {
    throw new UsageError('say what it may do, and where', '--scope samples:read cycles:read --grant plant1');
  }
  // what is no scope the API refuses, with those that there are
  const body = { id: id!, name, scopes: scope as Scopes, grants: grant };
  const made = dataOf(await context.client.POST('/v1/clients', { body: body as never }));
  context.print(made, () => `client ${made.id}, with the secret ${made.secret}\nIt is shown this once.`);
}

async function changeOne(
  context: Context,
  o: RightsOptions & { disable?: boolean; enable?: boolean },
  [id]: string[],
): Promise<void> {
  if (o.disable && o.enable) throw new UsageError('--enable and --disable contradict each other');
  const body = {
    ...(o.name === undefined ? {} : { name: o.name }),
    ...(o.scope === undefined ? {} : { scopes: o.scope }),
    ...(o.grant === undefined ? {} : { grants: o.grant }),
    ...(o.disable || o.enable ? { disabled: o.disable === true } : {}),
  };
  if (Object.keys(body).length === 0) {
    throw new UsageError('say what to change', '--name, --scope, --grant, --disable, --enable');
  }
  const answer = await context.client.PATCH('/v1/clients/{client}', { ...pathOf(id!), body: body as never });
  const client: Client = dataOf(answer);
  context.print(client, () => fieldLines(client));
}

async function rotateOne(context: Context, _: object, [id]: string[]): Promise<void> {
  const made = dataOf(await context.client.POST('/v1/clients/{client}/secret', pathOf(id!)));
  context.print(made, () => `the new secret of ${made.id} is ${made.secret}\nIt is shown this once.`);
}

async function revokeOne(context: Context, _: object, [id]: string[]): Promise<void> {
  await context.client.POST('/v1/clients/{client}/revoke', pathOf(id!));
  context.print({ id, revoked: true }, () => `no token of ${id} that was issued until now is valid`);
}

async function deleteOne(context: Context, o: { yes?: boolean }, [id]: string[]): Promise<void> {
  if (!(await context.confirm(`Remove the client ${id} for good?`, o.yes))) {
    process.exitCode = EXIT.failure;
    return context.print({ id, deleted: false }, () => 'nothing was removed');
  }
  await context.client.DELETE('/v1/clients/{client}', pathOf(id!));
  context.print({ id, deleted: true }, () => `${id} is removed`);
}
