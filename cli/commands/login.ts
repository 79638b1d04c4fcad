import { ApiError, TokenSource } from '@loadcycle/client';
import type { Command } from 'commander';
import { checkedUrl, connectionFromEnvironment } from '../connection.ts';
import { action, type Context, examples } from '../context.ts';
import { UsageError } from '../exit-codes.ts';
import { forgetLogins, loginFile, saveLogin } from '../saved-logins.ts';
import { ask } from '../shell/ask.ts';
import { secretFrom } from '../shell/secret-from.ts';

const DEFAULT_URL = 'http://127.0.0.1:8080';

export function addLogin(program: Command): void {
  const command = program
    .command('login')
    .summary('save the address of an API, and credentials for it')
    .description(
      'Asks for what is not given, tries it, and saves it (mode 0600). The secret may come on stdin. Several addresses ' +
        'may be saved: --url picks one, without it the latest login counts.',
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
  const url = checkedUrl(given.url ?? (await asked('Address of the API', DEFAULT_URL)));
  const clientId = given.clientId ?? (await asked('Client id', ''));
  if (clientId === '') throw new UsageError('--client-id: say who you are');
  const clientSecret =
    given.clientSecret ?? (await secretFrom('--secret-file', 'Secret: ', options.secretFile));
  if (clientSecret === '') throw new UsageError('the secret is empty');
  await tried(url, clientId, clientSecret);
  saveLogin({ url, clientId, clientSecret });
  const file = loginFile();
  context.print({ url, clientId, file }, () => `signed in at ${url} as ${clientId}; saved in ${file}`);
}

async function tried(url: string, clientId: string, clientSecret: string): Promise<void> {
  try {
    await new TokenSource(url, { clientId, clientSecret }).get();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    const hint =
      "an administrator makes clients by POST /v1/clients; of a system on this machine admin's secret is in " +
      'admin-client.json in its data folder';
    throw new ApiError(401, { ...error.problem, hint });
  }
}

async function asked(question: string, fallback: string): Promise<string> {
  if (!process.stdin.isTTY) return fallback;
  return (await ask(`${question}${fallback === '' ? '' : ` [${fallback}]`}: `)) || fallback;
}

export function addLogout(program: Command): void {
  const command = program
    .command('logout')
    .summary('forget what login saved')
    .description('Removes all saved addresses and credentials from this machine, or those of --url only.')
    .action(
      action((context) => {
        const { url } = context.options;
        const forgotten = forgetLogins(url === undefined ? undefined : checkedUrl(url));
        const file = loginFile();
        context.print({ file, forgotten }, () =>
          forgotten.length === 0 ? 'nothing was saved' : `forgotten: ${forgotten.join(', ')}`,
        );
      }),
    );
  examples(command, 'logout', 'logout --url https://loadcycle.example');
}
