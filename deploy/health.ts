/**
 * The health check of a container: asks the program's own `/readyz` and prints what is not ready, so that
 * `docker inspect` says what it waits for.
 */
import { readSettings, settingsHelp } from '@loadcycle/contract';
import { commonSettings } from '@loadcycle/service';

const spec = { healthPort: commonSettings.healthPort };
const settings = readSettings(spec, process.argv.slice(2), process.env);
if (settings === null) {
  process.stdout.write(settingsHelp('node deploy/health.ts', 'Asks a service whether it is ready.', spec));
  process.exit();
}
const { healthPort } = settings;

interface Part {
  readonly state: string;
  readonly code?: string;
  readonly detail?: string;
}

try {
  const answer = await fetch(`http://127.0.0.1:${healthPort}/readyz`, { signal: AbortSignal.timeout(4_000) });
  const { parts } = (await answer.json()) as { parts: Record<string, Part> };
  const waiting = Object.entries(parts).filter(([, part]) => part.state !== 'ok');
  for (const [name, { state, code, detail }] of waiting) {
    console.log(`${name}: ${state} [${code ?? 'internal'}] ${detail ?? ''}`);
  }
  // what is not well and decides nothing was said above
  if (answer.ok) console.log('ready');
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.log(`not answering: ${(error as Error).message}`);
  process.exitCode = 1;
}
