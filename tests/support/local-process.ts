import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { placeTestStore } from './database.ts';

export const ROOT = join(import.meta.dirname, '..', '..');
/** Node 24, whatever runs the tests. */
export const NODE = join(ROOT, 'node_modules', '.bin', 'node');

export interface LocalProcess {
  readonly child: ChildProcess;
  readonly httpUrl: string;
  readonly mqttPort: number;
  /** the link that signs the page in */
  readonly pageUrl: string;
  /** everything that it has printed so far */
  output(): string;
  /** SIGKILL, and wait until it is gone */
  kill(): Promise<void>;
  /** SIGINT as Ctrl-C does, and wait; the exit code */
  stop(): Promise<number | null>;
  /** a bearer token, as `npm run -s token` prints it */
  token(): Promise<string>;
}

/**
 * Starts the whole system as `npm start` does, on free ports, and waits until it says where it runs. An empty data
 * folder gets an empty store that is made already: making one takes seconds. (The tests of the documents' commands and of
 * the start begin with nothing.)
 */
export async function startLocal(dataDir: string, args: readonly string[] = []): Promise<LocalProcess> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (readdirSync(dataDir).length === 0) await placeTestStore(join(dataDir, 'store'));
  const child = spawn(
    NODE,
    ['local/main.ts', '--data-dir', dataDir, '--http-port', '0', '--mqtt-port', '0', ...args],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  const gone = once(child, 'exit');
  const ready = new Promise<void>((resolve, reject) => {
    const take = (piece: Buffer): void => {
      output += piece.toString();
      if (/^\s+Ask .*$/m.test(output)) resolve();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    void gone.then(() => reject(new Error(`it ended before it was ready:\n${output}`)));
  });
  await ready;
  const find = (pattern: RegExp): string => pattern.exec(output)?.[1] ?? '';
  const exit = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await gone;
    return child.exitCode;
  };
  return {
    child,
    httpUrl: find(/API\s+(http:\S+)\/v1/),
    mqttPort: Number(find(/MQTT\s+\S+:(\d+)/)),
    pageUrl: find(/Page\s+(\S+)/),
    output: () => output,
    kill: async () => void (await exit('SIGKILL')),
    stop: () => exit('SIGINT'),
    token: () => printedToken(dataDir),
  };
}

async function printedToken(dataDir: string): Promise<string> {
  const child = spawn(NODE, ['local/token.ts', '--data-dir', dataDir], { cwd: ROOT });
  let out = '';
  let err = '';
  child.stdout.on('data', (d) => (out += d));
  child.stderr.on('data', (d) => (err += d));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(err);
  return out.trim();
}

/** Waits until `ready` says so; looks again every 50 ms. Fails with `what` after `limitMs`. */
export async function waitFor<T>(
  what: string,
  ready: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  limitMs = 60_000,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await ready();
    if (found) return found;
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
