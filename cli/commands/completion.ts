import { Argument, type Command } from 'commander';
import { action, examples } from '../context.ts';
import { completionScript, SHELLS, type Shell } from '../shell/completion.ts';

export function addCompletion(program: Command): void {
  const command = program
    .command('completion')
    .summary('a script that completes commands and flags')
    .description('Prints the script for a shell; it completes the name "loadcycle".')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action(
      action((context, _, [shell]) => {
        const script = completionScript(program, shell as Shell);
        context.print({ shell, script }, () => script);
      }),
    );
  examples(
    command,
    'completion bash > ~/.local/share/bash-completion/completions/loadcycle',
    'completion zsh > ~/.zfunc/_loadcycle',
    'completion fish > ~/.config/fish/completions/loadcycle.fish',
  );
}
