import type { LoadcycleClient } from '@loadcycle/client';
import { printable, printableJson, printableLine } from '@loadcycle/contract/printable';
import type { Command } from 'commander';
import { type ConnectionSettings, connect } from './connection.ts';
import { UsageError } from './exit-codes.ts';
import { ask } from './shell/ask.ts';

export interface GlobalOptions extends ConnectionSettings {
  readonly json?: boolean;
}

/**
 * What every command has: how to reach the API, and where its words go. Nothing that came over a wire or out of a file
 * does anything to the terminal: it is spelt out here, whatever the command prints.
 */
export class Context {
  readonly options: GlobalOptions;
  readonly json: boolean;
  #client: LoadcycleClient | null = null;

  constructor(options: GlobalOptions) {
    this.options = options;
    this.json = options.json === true;
  }

  get client(): LoadcycleClient {
    const { url, token, clientId, clientSecret, dataDir } = this.options;
    this.#client ??= connect({ url, token, clientId, clientSecret, dataDir }, (waitS, status) =>
      this.note(`the API asks for patience (${status}): again in ${Math.ceil(waitS)} s`),
    );
    return this.#client;
  }

  /** The command's result on stdout: as JSON where that was asked for, else for people. */
  print(value: unknown, human: () => string): void {
    process.stdout.write(this.json ? `${printableJson(value)}\n` : ended(printable(human())));
  }

  /** A word to people, on stderr. */
  note(text: string): void {
    if (!this.json) process.stderr.write(ended(printable(text)));
  }

  /** Asks a person; refuses where there is none and `--yes` was not given. */
  async confirm(question: string, yes: boolean | undefined): Promise<boolean> {
    if (yes === true) return true;
    if (!process.stdin.isTTY) throw new UsageError('nobody is here to be asked', 'say --yes');
    return /^y(es)?$/i.test(await ask(`${printableLine(question)} [y/N] `));
  }
}

const ended = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);

/** An action of commander that has a {@link Context}, and the options and arguments of its command. */
export function action<O extends object>(
  run: (context: Context, options: O, args: string[]) => Promise<void> | void,
): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command;
    const args = command.processedArgs.flat().filter((a): a is string => typeof a === 'string');
    await run(new Context(command.optsWithGlobals<GlobalOptions>()), command.opts<O>(), args);
  };
}

/** Examples below a command's help. */
export function examples(command: Command, ...lines: string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map((l) => `  $ loadcycle ${l}`).join('\n')}\n`);
}
