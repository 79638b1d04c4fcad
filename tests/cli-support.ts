import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { NODE, ROOT } from './support/local-process.ts';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Cli {
  /** `loadcycle …` as a child process */
  (...args: string[]): Promise<Ended>;
  /** with --json: what it printed; fails where it did not end well */
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, which each test looks at
  json<T = any>(...args: string[]): Promise<T>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
}

/** The command line program, with nothing of this shell's own settings. */
export async function loadcycle(args: readonly string[], o: RunOptions = {}): Promise<Ended> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('LOADCYCLE_')),
  );
  const child = spawn(NODE, [join(ROOT, 'cli/main.ts'), ...args], {
    cwd: o.cwd ?? ROOT,
    env: { ...env, ...o.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(o.stdin ?? '');
  let out = '';
  let err = '';
  child.stdout.on('data', (d) => (out += d));
  child.stderr.on('data', (d) => (err += d));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

export function cliWith(o: RunOptions): Cli {
  const run = (...args: string[]): Promise<Ended> => loadcycle(args, o);
  return Object.assign(run, {
    json: async (...args: string[]) => {
      const { code, out, err } = await run(...args, '--json');
      if (code !== 0) throw new Error(`loadcycle ${args.join(' ')} ended with ${code}: ${err}${out}`);
      return JSON.parse(out);
    },
  });
}
