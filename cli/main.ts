/**
 * `loadcycle`: the command line of the API. `npm run -s loadcycle -- COMMAND …`; docs/cli.md says it all.
 *
 * Each command stands in `commands/`; what it answers goes to stdout, every other word to stderr. A failure is one line
 * and an exit code (`exit-codes.ts`). It keeps nothing but the login that `loadcycle login` was told to keep.
 */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// what was compiled once is there at the next command; most of a short command's time is that
enableCompileCache(join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'loadcycle', 'node'));
await import('./run.ts');
