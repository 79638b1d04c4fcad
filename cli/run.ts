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
