import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { text as readAll } from 'node:stream/consumers';
import { TokenSource } from '@loadcycle/client';
import type { Command } from 'commander';
import { connectionFromEnvironment, loginFile, type SavedLogin } from '../connection.ts';
import { action, type Context, examples } from '../context.ts';
import { UsageError } from '../exit-codes.ts';
import { askSecret } from '../shell/ask-secret.ts';

const DEFAULT_URL = 'http://127.0.0.1:8080';

export function addLogin(program: Command): void {
  const command = program
    .command('login')
    .summary('save the address of an API, and credentials for it')
    .description(
      'Asks for what is not given, tries it, and saves it (mode 0600). The secret may come on stdin.',
    )
    .option('--secret-file <file>', 'file that holds the secret; - for stdin')
    .action(action(login));
  examples(
    command,
    'login',
    'login --url https://loadcycle.example --client-id reporting --secret-file secret.txt',
    'login --url http://127.0.0.1:8080 --client-id admin < secret.txt',
  );
}

async function login(context: Context, options: { secretFile?: string }): Promise<void> {
  const given = { ...connectionFromEnvironment(), ...context.options };
  const url = checkedUrl(given.url ?? (await ask('Address of the API', DEFAULT_URL)));
  const clientId = given.clientId ?? (await ask('Client id', ''));
  if (clientId === '') throw new UsageError('--client-id: say who you are');
  const clientSecret = given.clientSecret ?? (await secret(options.secretFile));
  if (clientSecret === '') throw new UsageError('the secret is empty');
  await new TokenSource(url, { clientId, clientSecret }).get();
  const file = loginFile();
  const saved: SavedLogin = { url, clientId, clientSecret };
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${JSON.stringify(saved, null, 2)}\n`, { mode: 0o600 });
  // one that was there keeps its mode otherwise
  chmodSync(file, 0o600);
  context.print({ url, clientId, file }, () => `signed in at ${url} as ${clientId}; saved in ${file}`);
}

function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return text.replace(/\/+$/, '');
  throw new UsageError(`--url: "${text}" is no http or https address`);
}

async function secret(file: string | undefined): Promise<string> {
  if (file === undefined && process.stdin.isTTY) return askSecret('Secret: ');
  if (file === undefined || file === '-') return (await readAll(process.stdin)).trim();
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new UsageError(`--secret-file: ${(error as Error).message}`);
  }
}

async function ask(question: string, fallback: string): Promise<string> {
  if (!process.stdin.isTTY) return fallback;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const shown = fallback === '' ? '' : ` [${fallback}]`;
    return (await lines.question(`${question}${shown}: `)).trim() || fallback;
  } finally {
    lines.close();
  }
}

export function addLogout(program: Command): void {
  const command = program
    .command('logout')
    .summary('forget what login saved')
    .description('Removes the saved address and credentials from this machine.')
    .action(
      action((context) => {
        const file = loginFile();
        rmSync(file, { force: true });
        context.print({ file }, () => `nothing is saved in ${file} any more`);
      }),
    );
  examples(command, 'logout');
}
