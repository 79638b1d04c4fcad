/**
 * `loadcycle`: the command line of the API. `npm run -s loadcycle -- COMMAND …`; docs/cli.md says it all.
 *
 * Each command stands in `commands/`; what it answers goes to stdout, every other word to stderr. A failure is one line
 * and an exit code (`exit-codes.ts`). It keeps nothing but the login that `loadcycle login` was told to keep.
 */
import { CommanderError } from 'commander';
import { EXIT, tell, tellLine } from './exit-codes.ts';
import { buildProgram } from './program.ts';

// `loadcycle samples … | head`: whoever reads has seen enough
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

try {
  await buildProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    const asked = error.exitCode === 0;
    process.exitCode = asked ? EXIT.ok : EXIT.usage;
  } else {
    const told = tell(error);
    process.stderr.write(tellLine(told, process.argv.includes('--json')));
    process.exitCode = told.exitCode;
  }
}
