import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ApiError, type components, dataOf } from '@loadcycle/client';
import { LoadcycleError } from '@loadcycle/contract';
import type { Command } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { shown, table } from '../table.ts';
import { durationUs, numberOf } from '../times.ts';

type Operation = components['schemas']['Operation'];
type Change = components['schemas']['Configure']['changes'][number];

interface TargetOptions {
  readonly site?: string;
  readonly all?: boolean;
  readonly wait: boolean;
  readonly timeout: string;
}

interface ConfigureOptions extends TargetOptions {
  readonly signal?: string;
  readonly rate?: string;
  readonly batchSize?: string;
  readonly enable?: boolean;
  readonly disable?: boolean;
  readonly simulate?: string;
  readonly changes?: string;
}

export function addControl(program: Command): void {
  const start = targets(program.command('start').summary('start sampling on devices'), 'Starts sampling');
  start.action(action<TargetOptions>((c, o, devices) => run(c, 'start', o, devices)));
  examples(start, 'start plant1/motor1', 'start --site plant1', 'start --all --no-wait');

  const stop = targets(program.command('stop').summary('stop sampling on devices'), 'Stops sampling');
  stop.action(action<TargetOptions>((c, o, devices) => run(c, 'stop', o, devices)));
  examples(stop, 'stop plant1/motor1 plant1/motor2', 'stop --all --timeout 5m');

  const configure = targets(
    program.command('configure').summary('change what devices sample'),
    'Changes rate, batches, signals and simulation',
  )
    .option('--signal <name>', 'only this signal of the devices; default: all of theirs')
    .option('--rate <hz>', 'samples in a second')
    .option('--batch-size <n>', 'samples in one batch at most')
    .option('--enable', 'sample the signal')
    .option('--disable', 'do not sample the signal')
    .option('--simulate <json>', 'settings of the simulated waveform')
    .option('--changes <file>', 'a JSON array of changes, in place of the flags');
  configure.action(
    action<ConfigureOptions>((c, o, devices) => run(c, 'configure', o, devices, changesOf(o))),
  );
  examples(
    configure,
    'configure plant1/motor1 --signal motor-voltage --rate 2000',
    `configure --site plant1 --simulate '{"step":20}'`,
  );
}

function targets(command: Command, what: string): Command {
  return command
    .description(
      `${what} on the devices that are named, on a site's, or on all. Waits for each device's answer; one that is away ` +
        'gets the command when it returns, until the time is up.',
    )
    .argument('[devices...]', 'site/device')
    .option('--site <name>', 'all devices of the site')
    .option('--all', 'all devices that the client reaches')
    .option(
      '--no-wait',
      'do not wait for the answers: whether each device did it is told by operations show ID alone',
    )
    .option('--timeout <duration>', 'how long a device has to answer', '60s');
}

function changesOf(o: ConfigureOptions): Change[] {
  if (o.changes !== undefined) {
    const changes = json('--changes', read(o.changes));
    if (!Array.isArray(changes)) throw new UsageError('--changes: the file must hold a JSON array');
    return changes as Change[];
  }
  if (o.enable && o.disable) throw new UsageError('--enable and --disable contradict each other');
  const change: Record<string, unknown> = {};
  if (o.rate !== undefined) change['rateHz'] = numberOf('--rate', o.rate, 0.000_001, 1_000_000);
  if (o.batchSize !== undefined) {
    change['batchSize'] = numberOf('--batch-size', o.batchSize, 1, 100_000, true);
  }
  if (o.enable || o.disable) change['enabled'] = o.enable === true;
  if (o.simulate !== undefined) change['simulate'] = json('--simulate', o.simulate);
  if (Object.keys(change).length === 0) {
    throw new UsageError('say what to change', '--rate, --batch-size, --enable, --disable, --simulate');
  }
  return [{ ...(o.signal === undefined ? {} : { signal: o.signal }), ...change } as Change];
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--changes: ${(error as Error).message}`);
  }
}

function json(flag: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${flag}: ${(error as Error).message}`);
  }
}

async function run(
  context: Context,
  verb: Operation['action'],
  options: TargetOptions,
  devices: readonly string[],
  changes: Change[] = [],
): Promise<void> {
  const said = [devices.length > 0, options.site !== undefined, options.all === true].filter(Boolean).length;
  if (said !== 1) throw new UsageError('say which devices: site/device …, or --site, or --all');
  const expiresInS = durationUs('--timeout', options.timeout) / 1e6;
  const wanted = {
    ...(devices.length > 0 ? { devices: [...devices] } : {}),
    ...(options.site === undefined ? {} : { site: options.site }),
    expiresInS,
  };
  // sent again by the client where the API could not take it: one operation, however often
  const headers = { 'idempotency-key': randomUUID() };
  const { client } = context;
  const asked =
    verb === 'configure'
      ? client.POST('/v1/pipeline/configure', { body: { ...wanted, changes }, headers })
      : client.POST(`/v1/pipeline/${verb}`, { body: wanted, headers });
  let operation: Operation = dataOf(await asked.catch(asNotFound));
  if (options.wait) operation = await settled(context, operation);
  const later = `not waited for (--no-wait): loadcycle operations show ${operation.id}`;
  context.print(operation, () =>
    options.wait ? describeOperation(operation) : `${describeOperation(operation)}\n\n${later}`,
  );
  if (operation.state === 'failed') process.exitCode = EXIT.failure;
}

/** A device that is not there is 5 here, as everything else that is not there is; in the body of a request it is a 422. */
function asNotFound(error: unknown): never {
  const unknown =
    error instanceof ApiError && error.problem.errors?.some((e) => DEVICE.test(e.pointer ?? ''));
  if (!unknown || !/^there is no device /.test(error.message)) throw error;
  const { hint } = error.problem;
  throw new LoadcycleError('request.not-found', error.message, hint === undefined ? {} : { hint });
}

const DEVICE = /^\/devices\/\d+$/;
const POLL_MS = 200;

async function settled(context: Context, begun: Operation): Promise<Operation> {
  let operation = begun;
  while (operation.state === 'running') {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const path = { id: operation.id };
    operation = dataOf(await context.client.GET('/v1/operations/{id}', { params: { path } }));
  }
  return operation;
}

export function describeOperation(operation: Operation): string {
  const rows = operation.devices.map((d) => [
    `${d.site}/${d.device}`,
    d.state,
    d.answeredAt === null || d.sentAt === null
      ? null
      : `${shown(Date.parse(d.answeredAt) - Date.parse(d.sentAt))} ms`,
    [d.code, d.detail].filter(Boolean).join(': ') || null,
  ]);
  const head = `${operation.action}  ${operation.state}  (operation ${operation.id})`;
  return `${head}\n\n${table(['device', 'state', 'after', 'why'], rows)}`;
}
