import { CommanderError } from 'commander';
import { EXIT, Interrupted, tell, tellLine } from './exit-codes.ts';
import { buildProgram } from './program.ts';

// `loadcycle samples … | head`: whoever reads has seen enough
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  process.stderr.write(tellLine(tell(error), process.argv.includes('--json')));
  process.exit(EXIT.failure);
});
// nobody reads what is said beside the answer: the answer is not lost for that
process.stderr.on('error', () => {});

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
    // what was stopped waits for nothing any more
    if (error instanceof Interrupted) process.exit();
  }
}
