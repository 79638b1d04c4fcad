import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { printableJson, printableLine } from '@loadcycle/contract/printable';
import { Command } from 'commander';
import { addAnomalies } from './commands/anomalies.ts';
import { addApply } from './commands/apply.ts';
import { addClients } from './commands/clients.ts';
import { addCompleteness } from './commands/completeness.ts';
import { addCompletion } from './commands/completion.ts';
import { addControl } from './commands/control.ts';
import { addCycles } from './commands/cycles.ts';
import { addDeadLetters } from './commands/dead-letters.ts';
import { addEnrol } from './commands/enrol.ts';
import { addExport } from './commands/export.ts';
import { addHolds } from './commands/holds.ts';
import { addImport } from './commands/import.ts';
import { addLogin, addLogout } from './commands/login.ts';
import { addLostLog } from './commands/lost-log.ts';
import { addNotify } from './commands/notify.ts';
import { addOperations } from './commands/operations.ts';
import { addReprocess } from './commands/reprocess.ts';
import { addSamples } from './commands/samples.ts';
import { addSignals } from './commands/signals.ts';
import { addSilence } from './commands/silence.ts';
import { addStatus } from './commands/status.ts';
import { addToken } from './commands/token.ts';
import { addWatch } from './commands/watch.ts';

const EXIT_CODES = `
Exit codes: 0 well, 1 failed, 2 wrong usage, 3 not reachable, 4 refused (credentials), 5 not found.
Times: RFC 3339 (2026-11-24T10:00:00Z), a date (2026-11-24: its first instant, UTC), now, or a duration before now (-15m).
`;

/** All commands; what is wrong with a command line is told in one line. */
export function buildProgram(): Command {
  const program = new Command('loadcycle')
    .description('Measurements of machines: control, retrieval, export, import.')
    .version(version())
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (text, write) => write(usageLine(text)) })
    .option('--json', 'machine-readable output, and nothing else, on stdout')
    .option('--url <url>', 'address of the API (LOADCYCLE_URL)')
    .option('--client-id <id>', 'client to sign in as (LOADCYCLE_CLIENT_ID)')
    .option(
      '--client-secret <secret>',
      'its secret; better in LOADCYCLE_CLIENT_SECRET, or by loadcycle login',
    )
    .option('--token <token>', 'a token in place of a client (LOADCYCLE_TOKEN)')
    .option('--data-dir <folder>', 'data folder of a system on this machine (LOADCYCLE_DATA_DIR)')
    .addHelpText('after', EXIT_CODES);
  for (const add of COMMANDS) add(program);
  return program;
}

const COMMANDS = [
  addLogin,
  addLogout,
  addStatus,
  addWatch,
  addSamples,
  addSignals,
  addCycles,
  addAnomalies,
  addCompleteness,
  addExport,
  addImport,
  addHolds,
  addControl,
  addOperations,
  addReprocess,
  addApply,
  addEnrol,
  addDeadLetters,
  addLostLog,
  addClients,
  addNotify,
  addSilence,
  addToken,
  addCompletion,
];

function version(): string {
  const text = readFileSync(join(import.meta.dirname, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function usageLine(text: string): string {
  const message = text
    .replace(/^error: /, '')
    .trim()
    .replaceAll('\n', ' ');
  if (!process.argv.includes('--json')) return `loadcycle: ${printableLine(message)} (--help shows how)\n`;
  return `${printableJson({ error: { code: 'usage', message, exitCode: 2 } })}\n`;
}
