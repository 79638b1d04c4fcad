import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  failureKind,
  LoadcycleError,
  type Logger,
  readSettings,
  type Settings,
  type SettingsSpec,
  secretFiles,
  setting,
  settingsHelp,
} from '@loadcycle/contract';
import { Backoff } from './backoff.ts';
import { Health } from './health.ts';
import { LOG_LEVELS, makeLogger } from './log.ts';
import { clearRegistry, makeRegistry, type Registry } from './metrics.ts';

/** Settings that every program has. */
export const commonSettings = {
  logLevel: setting.choice('how much to log', LOG_LEVELS, 'info'),
  healthPort: setting.port('port for /healthz, /readyz and /metrics; 0 takes a free one', 9464),
  healthHost: setting.text('address for the health port', '127.0.0.1', 'HOST'),
};

export interface ProgramContext<S extends SettingsSpec> {
  readonly settings: Settings<S> & Settings<typeof commonSettings>;
  readonly log: Logger;
  readonly health: Health;
  readonly registry: Registry;
  /** where /healthz, /readyz and /metrics are; null where the program serves them itself */
  readonly healthUrl: string | null;
  /** the arguments that are no flags, for a program with `positionals` */
  readonly positionals: readonly string[];
  /** aborted when the program is asked to stop */
  readonly signal: AbortSignal;
  /** Registers something to close; closed in reverse order at the end, also when the start fails half-way. */
  onStop(name: string, close: () => Promise<void> | void): void;
}

export interface Program<S extends SettingsSpec> {
  readonly name: string;
  readonly usage: string;
  readonly about: string;
  readonly settings: S;
  /** true for a program that takes arguments beside its flags (a sub-command, a file) */
  readonly positionals?: boolean;
  /** where the program logs; default: JSON lines on stderr */
  readonly log?: (settings: Settings<S> & Settings<typeof commonSettings>) => Logger;
  /** false for a program that answers /healthz and /readyz on a port of its own */
  readonly healthServer?: boolean;
  /** Starts the work. A returned promise's value that is a promise under `done` ends the program when it settles. */
  readonly start: (context: ProgramContext<S>) => Promise<{ done?: Promise<unknown> } | undefined>;
}

/** Environment with `X_FILE` resolved to `X` for the secrets in `spec`. Throws `settings.invalid`. */
function environmentWithSecrets(spec: SettingsSpec, env = process.env): Record<string, string | undefined> {
  const resolved = { ...env };
  for (const { variable, fileVariable } of secretFiles(spec)) {
    const file = env[fileVariable];
    if (file === undefined || env[variable] !== undefined) continue;
    try {
      resolved[variable] = readFileSync(file, 'utf8').trimEnd();
    } catch (cause) {
      throw new LoadcycleError('settings.invalid', `${fileVariable}: cannot read ${file}`, { cause });
    }
  }
  return resolved;
}

const STOP_LIMIT_MS = 30_000;

/** Runs a program to its end and sets the exit code: 0 after an orderly stop, 1 after a failure, 2 for bad settings. */
export async function runProgram<S extends SettingsSpec>(program: Program<S>): Promise<void> {
  // whatever a program or a library of its writes is its user's alone, unless it says otherwise for a file
  process.umask(0o077);
  // a program may have another default for a common setting
  const spec = { ...commonSettings, ...program.settings };
  const positionals: string[] = [];
  let settings: Settings<typeof spec> | null;
  try {
    settings = readSettings(
      spec,
      process.argv.slice(2),
      environmentWithSecrets(spec),
      program.positionals ? positionals : null,
    );
  } catch (error) {
    complain(program.name, error);
    process.exitCode = 2;
    return;
  }
  if (settings === null) {
    process.stdout.write(settingsHelp(program.usage, program.about, spec));
    return;
  }
  const common = settings as Settings<typeof commonSettings>;
  let log: Logger;
  try {
    log = program.log?.(settings as never) ?? makeLogger(program.name, common.logLevel);
  } catch (error) {
    complain(program.name, error);
    process.exitCode = 1;
    return;
  }
  const health = new Health();
  const registry = makeRegistry(program.name);
  const stop = new AbortController();
  const closers: Closer[] = [];
  const asked = new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.once(name, () => {
        log.info({ signal: name }, 'stopping');
        // asked a second time: at once
        for (const again of ['SIGINT', 'SIGTERM'] as const) process.on(again, () => process.exit(130));
        resolve();
      });
    }
  });
  let healthUrl: string | null = null;
  const begin = () =>
    program.start({
      settings: settings as never,
      log,
      health,
      registry,
      positionals,
      healthUrl,
      signal: stop.signal,
      onStop: (name, close) => closers.push({ name, close }),
    });

  /** An engine that is away at the start is waited for, as it is later: what was opened is closed, and all begins anew. */
  async function startPatiently(): Promise<Awaited<ReturnType<typeof begin>>> {
    const backoff = new Backoff(500, 10_000);
    const opened = closers.length;
    const waiting = new AbortController();
    void asked.then(() => waiting.abort());
    for (;;) {
      health.set('start', 'waiting');
      try {
        const running = await begin();
        health.set('start', 'ok');
        return running;
      } catch (error) {
        if (failureKind(error) !== 'transient') throw error;
        const { code, message } = error as LoadcycleError;
        health.set('start', 'waiting', code, message);
        log.warn({ code, err: error }, `cannot start yet: ${message}; trying again`);
        await closeAll(closers.splice(opened), log);
        clearRegistry(registry);
        await backoff.wait(waiting.signal);
        if (waiting.signal.aborted) return undefined;
      }
    }
  }

  try {
    if (program.healthServer !== false) {
      const server = await serveHealth(common.healthHost, common.healthPort, health, registry);
      closers.push({ name: 'health', close: () => void server.close() });
      const { port } = server.address() as AddressInfo;
      healthUrl = `http://${common.healthHost}:${port}`;
      log.info({ port }, 'health and metrics');
    }
    const running = await startPatiently();
    await Promise.race([asked, running?.done ?? asked]);
  } catch (error) {
    complain(program.name, error);
    log.debug({ err: error }, 'start failed');
    process.exitCode = error instanceof LoadcycleError && error.code === 'settings.invalid' ? 2 : 1;
  }
  stop.abort();
  // what hangs while closing shall not hold the program for ever
  setTimeout(() => process.exit(process.exitCode ?? 1), STOP_LIMIT_MS).unref();
  if (!(await closeAll(closers, log))) process.exitCode = 1;
}

interface Closer {
  readonly name: string;
  readonly close: () => Promise<void> | void;
}

/** Closes in reverse order; false where one did not close in order. */
async function closeAll(closers: readonly Closer[], log: Logger): Promise<boolean> {
  let orderly = true;
  for (const { name, close } of [...closers].reverse()) {
    try {
      await close();
    } catch (error) {
      log.warn({ err: error, part: name }, 'did not close in order');
      orderly = false;
    }
  }
  return orderly;
}

function complain(name: string, error: unknown): void {
  const hint = error instanceof LoadcycleError && error.hint ? ` (${error.hint})` : '';
  const code = error instanceof LoadcycleError ? ` [${error.code}]` : '';
  process.stderr.write(`${name}: ${(error as Error)?.message ?? error}${hint}${code}\n`);
}

async function serveHealth(host: string, port: number, health: Health, registry: Registry): Promise<Server> {
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/metrics') {
      response.setHeader('content-type', registry.contentType).end(await registry.metrics());
      return;
    }
    if (path !== '/healthz' && path !== '/readyz') {
      response.writeHead(404).end();
      return;
    }
    const ok = path === '/healthz' || health.ready;
    response.writeHead(ok ? 200 : 503, { 'content-type': 'application/json' });
    const status = path === '/healthz' ? 'ok' : health.status;
    response.end(JSON.stringify({ status, parts: health.snapshot() }));
  });
  await listen(server, host, port);
  return server;
}

/** Listens, or throws `port.in-use` with one clear line. */
export async function listen(
  server: Pick<Server, 'listen' | 'once' | 'off'>,
  host: string,
  port: number,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => {
      const message = cause.code === 'EADDRINUSE' ? `port ${port} on ${host} is in use` : cause.message;
      reject(
        new LoadcycleError('port.in-use', message, {
          cause,
          hint: 'choose another port, or 0 for any free one',
        }),
      );
    };
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve();
    });
  });
}
