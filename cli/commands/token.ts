import { TokenSource } from '@loadcycle/client';
import type { Command } from 'commander';
import { connection } from '../connection.ts';
import { action, type Context, examples } from '../context.ts';

export function addToken(program: Command): void {
  const command = program
    .command('token')
    .summary('print a bearer token')
    .description('Prints a token for the API, and nothing else.')
    .option('--scope <scopes>', 'space-separated; default: all that the client has')
    .action(action(token));
  examples(command, 'token', 'token --scope "samples:read cycles:read"', 'token --json | jq -r .token');
}

async function token(context: Context, { scope }: { scope?: string }): Promise<void> {
  const { url, credentials } = connection(context.options);
  const wanted = 'token' in credentials || scope === undefined ? credentials : { ...credentials, scope };
  const taken = await new TokenSource(url, wanted).get();
  context.print({ token: taken, url }, () => taken);
}
