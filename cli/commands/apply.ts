import { readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { ApiError, type components } from '@loadcycle/client';
import type { Command } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { EXIT, UsageError } from '../exit-codes.ts';

type Diff = components['schemas']['CatalogueDiff'];

interface Options {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

export function addApply(program: Command): void {
  const command = program
    .command('apply')
    .summary('define signals by a YAML file; again it changes nothing')
    .description('Shows what the file would change, asks, and applies it. Problems name their line.')
    .argument('<file>', 'the catalogue, YAML; - for stdin')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show the difference only')
    .action(action(apply));
  examples(
    command,
    'apply signals.yaml',
    'apply signals.yaml --dry-run --json',
    'apply --yes - < signals.yaml',
  );
}

async function apply(context: Context, o: Options, [file]: string[]): Promise<void> {
  const yaml = await read(file!);
  const diff = await send(context, file!, yaml, true);
  const changes = diff.created.length + diff.changed.length;
  if (o.dryRun || changes === 0) return context.print(diff, () => describe(diff));
  context.note(describe(diff));
  if (!(await context.confirm('Apply this?', o.yes))) {
    context.print(diff, () => 'nothing was changed');
    process.exitCode = EXIT.failure;
    return;
  }
  const applied = await send(context, file!, yaml, false);
  context.print(applied, () => `applied: ${applied.created.length} new, ${applied.changed.length} changed`);
}

async function read(file: string): Promise<string> {
  try {
    return file === '-' ? await readAll(process.stdin) : readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function send(context: Context, file: string, yaml: string, dryRun: boolean): Promise<Diff> {
  try {
    const response = await context.client.request(`/v1/catalogue?dryRun=${dryRun}`, {
      method: 'POST',
      headers: { 'content-type': 'application/yaml' },
      body: yaml,
    });
    return (await response.json()) as Diff;
  } catch (error) {
    if (!ApiError.is(error, 'request.unprocessable')) throw error;
    const detail = `${file === '-' ? 'stdin' : file}, ${error.message}`;
    throw new ApiError(error.status, { ...error.problem, detail });
  }
}

const shownValue = (value: unknown): string => (value === undefined ? '–' : JSON.stringify(value));

/** `+ new`, `~ changed` with each field before and after. */
export function describe(diff: Diff): string {
  const lines = diff.created.map((signal) => `+ ${signal}`);
  for (const { signal, fields } of diff.changed) {
    lines.push(`~ ${signal}`);
    for (const f of fields) lines.push(`    ${f.field}: ${shownValue(f.before)} → ${shownValue(f.after)}`);
  }
  // an API of before does not say it
  for (const { signal, rule, looksAt } of diff.unknown ?? []) {
    lines.push(
      `! ${signal}: ${rule} looks at ${looksAt}, which is not there, and judges nothing before it is`,
    );
  }
  const { length } = diff.unchanged;
  lines.push(`${diff.created.length} new, ${diff.changed.length} changed, ${length} as they are`);
  return lines.join('\n');
}
