import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

const LIBRARY = '/usr/lib/postgresql';

export interface TestServer {
  readonly url: string;
  /** ends at once, connections cut, and starts again on the same data */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** A port of 127.0.0.1 beside the socket, and the certificate (PEM) that it shows there. */
interface TlsPort {
  readonly port: number;
  readonly key: string;
  readonly cert: string;
}

/** Debian's PostgreSQL in a temporary folder, on a Unix socket in it; a reason where it is not installed. */
export async function startPostgres(tls?: TlsPort, maxConnections = 30): Promise<TestServer | string> {
  const versions = existsSync(LIBRARY) ? readdirSync(LIBRARY).sort((a, b) => Number(b) - Number(a)) : [];
  const bin = versions.map((v) => join(LIBRARY, v, 'bin')).find((b) => existsSync(join(b, 'initdb')));
  if (bin === undefined) return 'PostgreSQL is not installed';
  const who = otherThanRoot();
  if (typeof who === 'string') return who;
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-pg-'));
  if (who !== null) chownSync(folder, who.uid, who.gid);
  const as = who ?? {};
  const data = join(folder, 'data');
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', '-E', 'UTF8'],
    {
      stdio: 'ignore',
      cwd: folder,
      ...as,
    },
  );
  const listen = tls === undefined ? ['-c', 'listen_addresses='] : ['-c', 'listen_addresses=127.0.0.1'];
  if (tls !== undefined) {
    listen.push('-p', String(tls.port), '-c', 'ssl=on');
    for (const [name, text] of [
      ['server.key', tls.key],
      ['server.crt', tls.cert],
    ] as const) {
      writeFileSync(join(data, name), text, { mode: 0o600 });
      if (who !== null) chownSync(join(data, name), who.uid, who.gid);
    }
  }
  const url = `postgres://postgres@${encodeURIComponent(folder)}/postgres${tls === undefined ? '' : `?port=${tls.port}`}`;
  const start = async () => {
    const args = [
      '-D',
      data,
      '-k',
      folder,
      ...listen,
      '-c',
      'fsync=off',
      '-c',
      `max_connections=${maxConnections}`,
    ];
    const server = spawn(join(bin, 'postgres'), args, { stdio: 'ignore', cwd: folder, ...as });
    const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
    await answers(url);
    return { server, ended };
  };
  let running = await start();
  const end = async (signal: NodeJS.Signals) => {
    running.server.kill(signal);
    await running.ended;
  };
  return {
    url,
    crash: async () => {
      await end('SIGQUIT');
      running = await start();
    },
    stop: async () => {
      await end('SIGINT');
      rmSync(folder, { recursive: true });
    },
  };
}

/** initdb refuses root: the user that the package made, where we are root. */
function otherThanRoot(): { uid: number; gid: number } | null | string {
  if (process.getuid?.() !== 0) return null;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // the next one
    }
  }
  return 'there is no user but root to run PostgreSQL as';
}

async function answers(url: string): Promise<void> {
  for (;;) {
    const client = new pg.Client(url);
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await client.end().catch(() => {});
      await delay(50);
    }
  }
}
