import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './ports.ts';

/** Debian puts it in /usr/sbin, which a user's PATH may lack. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`;

export interface MosquittoOptions {
  /** an existing or new folder of the test: configuration, persistence and log go there */
  folder: string;
  /**
   * More lines of mosquitto.conf, or what makes them from the port. Where they have a `listener` of their own,
   * the plain one on 127.0.0.1 that lets everyone in is left out.
   */
  config?: string | ((port: number) => string);
  /** Default: a free one. */
  port?: number;
  /** Starts it by this shell script, which is given the configuration and then these arguments. */
  script?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

export interface RunningMosquitto {
  /** `mqtt://127.0.0.1:PORT`; the same after {@link restart} */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Everything that the broker wrote so far. */
  log(): string;
  /** Sends the signal; waits until the process is gone, except for SIGSTOP, SIGCONT and SIGHUP. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port with the same configuration; ends it first (SIGTERM) where it runs. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Whether a broker can be started here. */
function hasMosquitto(): boolean {
  return spawnSync('mosquitto', ['-h'], { env: { ...process.env, PATH } }).error === undefined;
}

/** Starts Debian's Mosquitto on a free port, ready for clients; null where it is not installed. */
export async function startMosquitto(options: MosquittoOptions): Promise<RunningMosquitto | null> {
  if (!hasMosquitto()) return null;
  const { folder } = options;
  mkdirSync(folder, { recursive: true });
  const port = options.port ?? (await freePort());
  const file = join(folder, 'mosquitto.conf');
  const logFile = join(folder, 'mosquitto.log');
  const extra = typeof options.config === 'function' ? options.config(port) : (options.config ?? '');
  const own = (name: string): boolean => new RegExp(`^\\s*${name}\\s`, 'm').test(extra);
  const lines: [string, string][] = [
    // started as root it would become the user "mosquitto", who cannot write into the test's folder
    ['user', userInfo().username],
    ['persistence', 'true'],
    ['persistence_location', `${folder}/`],
    ['autosave_interval', '2'],
    ['log_type', 'all'],
  ];
  const base = lines.filter(([name]) => !own(name)).map((l) => l.join(' '));
  if (!own('listener')) base.push(`listener ${port} 127.0.0.1`, 'allow_anonymous true');
  writeFileSync(file, `${base.join('\n')}\n${extra}\n`);

  let child: ChildProcess | null = null;
  const running = (): boolean => child !== null && child.exitCode === null && child.signalCode === null;
  const log = (): string => readFileSync(logFile, 'utf8');
  const killAtExit = (): void => {
    if (options.script === undefined) child?.kill('SIGKILL');
    else if (running()) process.kill(-child!.pid!, 'SIGKILL');
  };
  process.once('exit', killAtExit);

  async function start(): Promise<void> {
    const out = openSync(logFile, 'a');
    const [script, ...args] = options.script ?? [];
    const [program, ...command] =
      script === undefined ? ['mosquitto', '-c', file] : ['sh', script, file, ...args];
    child = spawn(program!, command, {
      env: { ...process.env, PATH, ...options.env },
      stdio: ['ignore', out, out],
      // a group of its own: killed at exit, the script takes its broker along
      detached: script !== undefined,
    });
    closeSync(out);
    while (!(await accepts(port))) {
      if (!running()) throw new Error(`mosquitto did not start:\n${log()}`);
      await delay(20);
    }
  }

  async function kill(signal: NodeJS.Signals): Promise<void> {
    if (!running()) return;
    const gone = once(child!, 'exit');
    if (signal === 'SIGKILL') killAtExit();
    else child!.kill(signal);
    if (!['SIGSTOP', 'SIGCONT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'].includes(signal)) await gone;
  }

  await start();
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    get pid() {
      return child!.pid!;
    },
    log,
    kill,
    async restart() {
      await kill('SIGTERM');
      await start();
    },
    async stop() {
      process.off('exit', killAtExit);
      if (running()) child!.kill('SIGCONT');
      await kill('SIGTERM');
    },
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
