import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { until } from './bridge-helpers.ts';

export const ROOT = join(import.meta.dirname, '..');

export interface ComposeService {
  readonly image: string;
  readonly build?: object;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly mem_limit?: string;
}

/** The services of docker-compose.yml, `${NAME:-default}` replaced by its default. */
export function composeServices(): Record<string, ComposeService> {
  const { services } = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
    services: Record<string, ComposeService>;
  };
  return JSON.parse(JSON.stringify(services).replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1'));
}

export interface RunningService {
  readonly child: ChildProcess;
  output(): string;
  /** where /readyz and /metrics are */
  healthUrl(): string | null;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/**
 * Runs a service's own command with its own environment as a process of this machine. Only what differs here is put in place:
 * `replace` maps the names of the compose network and the containers' folders.
 */
export function runService(
  service: ComposeService,
  replace: readonly (readonly [from: string, to: string])[],
  more: { readonly env?: Record<string, string>; readonly args?: readonly string[] } = {},
): RunningService {
  const here = (text: string): string => replace.reduce((t, [from, to]) => t.replaceAll(from, to), text);
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(service.environment ?? {})) env[name] = here(value);
  // one machine for all: each takes a free port where its container has its own
  if ('LOADCYCLE_HEALTH_PORT' in env) env['LOADCYCLE_HEALTH_PORT'] = '0';
  if ('LOADCYCLE_HEALTH_HOST' in env) env['LOADCYCLE_HEALTH_HOST'] = '127.0.0.1';
  const [program, ...command] = [...(service.entrypoint ?? []), ...(more.args ?? service.command ?? [])];
  if (program !== 'node') throw new Error(`${program} is not a program of this project`);
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([k]) => !k.startsWith('LOADCYCLE_')),
  );
  const child = spawn(process.execPath, command.map(here), {
    cwd: ROOT,
    env: { ...inherited, ...env, ...more.env } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (data) => {
      output += data;
    });
  }
  const killAtExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  child.once('exit', () => process.off('exit', killAtExit));
  return {
    child,
    output: () => output,
    healthUrl: () => {
      const port = /"port":(\d+),"msg":"health and metrics"/.exec(output)?.[1];
      return port === undefined ? null : `http://127.0.0.1:${port}`;
    },
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await once(child, 'exit');
      }
      return child.exitCode;
    },
  };
}

/** Waits for the end of a one-shot; throws with its output where it failed. */
export async function finished(name: string, service: RunningService): Promise<string> {
  if (service.child.exitCode === null) await once(service.child, 'close');
  if (service.child.exitCode !== 0) throw new Error(`${name} failed:\n${service.output()}`);
  return service.output();
}

/** Waits until /readyz says yes. */
export async function ready(name: string, service: RunningService): Promise<void> {
  await until(`${name} is ready`, async () => {
    if (service.child.exitCode !== null) throw new Error(`${name} ended:\n${service.output()}`);
    const url = service.healthUrl();
    if (url === null) return false;
    return await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
  });
}

/** A folder for each volume, as the image has them. */
export function makeVolumes(folder: string): void {
  for (const name of ['agent', 'bridges']) mkdirSync(join(folder, 'lib', name), { recursive: true });
}
