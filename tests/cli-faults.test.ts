import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Ended, loadcycle } from './cli-support.ts';
import { NODE, ROOT, waitFor } from './support/local-process.ts';

/** What no healthy system does: an API that never comes to its end, breaks off, or is away for a while. */

const SIGNAL = 'plant1/motor1/motor-voltage';
const RANGE = ['--from', '2026-11-24T10:00:00Z', '--to', '2026-11-24T11:00:00Z'];
const HEAD = 't,value,quality,reason\n';
const row = (i: number): string =>
  `${new Date(Date.UTC(2026, 10, 24, 10, 0, i)).toISOString().slice(0, -1)}000Z,${i},good,\n`;

let folder: string;
let server: Server | null = null;
let url = '';
const file = (name: string): string => join(folder, name);

async function serve(answer: (path: URL, response: ServerResponse) => void, port = 0): Promise<void> {
  server = createServer((request, response) => {
    const path = new URL(request.url!, 'http://x');
    // `watch` asks whether there is such a signal
    if (path.pathname.endsWith(`/signals/${SIGNAL.split('/')[2]}`)) response.end('{}');
    else answer(path, response);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function away(): void {
  server?.closeAllConnections();
  server?.close();
  server = null;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadcycle-cli-faults-'));
});
afterEach(() => {
  away();
  rmSync(folder, { recursive: true, force: true });
});

const env = () => ({ XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder });
const cli = (...args: string[]): Promise<Ended> =>
  loadcycle([...args, '--url', url, '--token', 'x'], { env: env(), cwd: folder });

/** A command that a test looks at while it runs. */
function started(args: readonly string[], stdout: number | 'pipe' = 'pipe') {
  const child: ChildProcess = spawn(
    NODE,
    [join(ROOT, 'cli/main.ts'), ...args, '--url', url, '--token', 'x'],
    { cwd: folder, env: { ...process.env, ...env() }, stdio: ['ignore', stdout, 'pipe'] },
  );
  let out = '';
  let err = '';
  child.stdout?.on('data', (d) => (out += d));
  child.stderr!.on('data', (d) => (err += d));
  const gone = once(child, 'close').then(([code]) => code as number | null);
  return { child, gone, out: () => out, err: () => err };
}

const sizeOf = (name: string): number => statSync(file(name), { throwIfNoEntry: false })?.size ?? 0;

it.each(['SIGINT', 'SIGTERM'] as const)(
  'an export that %s stops says how it goes on; so it does',
  async (signal) => {
    await serve((path, response) => {
      response.setHeader('content-type', 'text/csv');
      if (path.searchParams.get('from') === '2026-11-24T10:00:00.000000Z')
        response.write(HEAD + row(0) + row(1));
      else response.end(HEAD + row(1) + row(2));
    });
    const running = started(['export', SIGNAL, ...RANGE, '--out', 'x.csv']);
    await waitFor('rows in the file', () => sizeOf('x.csv') > 0);
    running.child.kill(signal);
    expect(await running.gone).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(running.err()).toMatch(/^loadcycle: the export was stopped; .*--resume goes on\n$/);
    const resumed = await cli('export', SIGNAL, ...RANGE, '--out', 'x.csv', '--resume');
    expect(resumed).toMatchObject({ code: 0 });
    expect(readFileSync(file('x.csv'), 'utf8')).toBe(HEAD + row(0) + row(1) + row(2));
  },
);

it.each(['csv', 'ndjson'])('a %s export goes on by itself where the connection is lost', async (format) => {
  const line = (i: number): string =>
    format === 'csv' ? row(i) : `${JSON.stringify({ t: row(i).split(',')[0], value: i, quality: 'good' })}\n`;
  const head = format === 'csv' ? HEAD : '';
  const asked: string[] = [];
  await serve((path, response) => {
    asked.push(path.searchParams.get('from')!.slice(11, 19));
    const whole = head + line(0) + line(1) + line(1) + line(2);
    if (asked.length === 1)
      response.write(head + line(0) + line(1) + line(2).slice(0, 9), () => response.destroy());
    else if (asked.length === 2) response.destroy();
    else response.end(head + whole.slice(whole.indexOf(line(1))));
  });
  const { code, out, err } = await cli('export', SIGNAL, ...RANGE, '--out', 'x', '--format', format);
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/^4 rows/) });
  expect(err).toMatch(/lost .*goes on in 1 s\n.*lost .*goes on in 2 s\n/);
  expect(asked).toEqual(['10:00:00', '10:00:01', '10:00:01']);
  expect(readFileSync(file('x'), 'utf8')).toBe(head + line(0) + line(1) + line(1) + line(2));
});

it('an export whose API breaks off keeps what came, and says so', async () => {
  await serve((_, response) => {
    response.setHeader('content-type', 'text/csv');
    response.write(HEAD + row(0), () => response.destroy());
  });
  const once = ['--retries', '0', '--json'];
  const { code, err } = await cli('export', SIGNAL, ...RANGE, '--out', 'x.csv', ...once);
  expect(code).toBe(3);
  expect(JSON.parse(err)).toMatchObject({ error: { code: 'unreachable', exitCode: 3 } });
  expect(err).toContain('--resume goes on');
  expect(readFileSync(file('x.csv'), 'utf8')).toBe(HEAD + row(0));
});

it.each(['csv', 'ndjson', 'arrow', 'parquet'])(
  'a %s export that fails at once leaves no file',
  async (format) => {
    await serve((_, response) => {
      response.writeHead(404, { 'content-type': 'application/problem+json' });
      response.end('{"code":"request.not-found","status":404,"detail":"there is no signal"}');
    });
    expect(await cli('export', SIGNAL, ...RANGE, '--out', 'x', '--format', format)).toMatchObject({
      code: 5,
    });
    expect(readdirSync(folder).filter((name) => name.startsWith('x'))).toEqual([]);
  },
);

it('no hole: a file that ends before --from is not gone on with', async () => {
  await serve((_, response) => response.end(HEAD + row(3000)));
  writeFileSync(file('x.csv'), HEAD + row(0) + row(1));
  const late = ['--from', '2026-11-24T10:30:00Z', '--to', '2026-11-24T11:00:00Z'];
  const { code, err } = await cli('export', SIGNAL, ...late, '--out', 'x.csv', '--resume');
  expect(code).toBe(2);
  expect(err).toContain('there would be a hole');
  expect(readFileSync(file('x.csv'), 'utf8')).toContain(row(0));
});

it('an API that is away costs no row of a file, neither with --force nor with --resume', async () => {
  writeFileSync(file('x.csv'), HEAD + row(0) + row(1));
  url = 'http://127.0.0.1:1';
  for (const flag of ['--force', '--resume']) {
    const args = ['export', SIGNAL, ...RANGE, '--out', 'x.csv', '--retries', '0', flag];
    expect(await cli(...args)).toMatchObject({ code: 3 });
    expect(readFileSync(file('x.csv'), 'utf8')).toBe(HEAD + row(0) + row(1));
  }
});

it('a stdout that is full is one line and exit code 1, not a stack', async () => {
  await serve((_, response) => response.end(HEAD + row(0)));
  const full = openSync('/dev/full', 'w');
  const running = started(['export', SIGNAL, ...RANGE, '--out', '-'], full);
  const code = await running.gone;
  closeSync(full);
  expect(code).toBe(1);
  expect(running.err()).toMatch(/^loadcycle: .*ENOSPC.*\n$/);
});

it('a folder, or an address without http, is wrong usage', async () => {
  await serve((_, response) => response.end(HEAD));
  for (const format of ['csv', 'parquet']) {
    const { code, err } = await cli('export', SIGNAL, '--out', folder, '--format', format);
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('is a folder') });
  }
  const { code, err } = await loadcycle(['status', '--url', 'localhost:1', '--token', 'x'], { env: env() });
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('no http or https address') });
});

it('watch outlives an API that goes away, says so, and goes on from its last event', async () => {
  const resumed: (string | undefined)[] = [];
  const live = (id: number) => (_: URL, response: ServerResponse) => {
    resumed.push(response.req.headers['last-event-id'] as string | undefined);
    response.setHeader('content-type', 'text/event-stream');
    response.write(
      `event: status\nid: ${id}\ndata: {"site":"a","device":"b","status":{"state":"online"}}\n\n`,
    );
  };
  await serve(live(1));
  const port = Number(new URL(url).port);
  const running = started(['watch', SIGNAL, '--count', '2']);
  await waitFor('the first event', () => running.out().includes('online'));
  away();
  await waitFor('a word about it', () => /connection lost.*again in/.test(running.err()));
  await serve(live(2), port);
  expect(await running.gone).toBe(0);
  expect(resumed).toEqual([undefined, '1']);
  expect(running.err()).toContain('connected again');
  expect(running.out()).toBe('a/b  online\na/b  online\n');
});

it('says that an API asks for patience, and comes again', async () => {
  let calls = 0;
  await serve((_, response) => {
    if (++calls === 1) response.writeHead(503, { 'retry-after': '0' }).end();
    else response.end(HEAD + row(0));
  });
  const { code, err } = await cli('export', SIGNAL, ...RANGE, '--out', '-');
  expect(code).toBe(0);
  expect(err).toContain('the API asks for patience (503)');
});

it('what an API says does nothing to the terminal', async () => {
  await serve((_, response) => response.writeHead(409).end(JSON.stringify({ detail: 'a\u001b[2Jb\u0007' })));
  const { code, err } = await cli('status');
  expect(code).toBe(1);
  expect(err).toBe('loadcycle: a\\u001b[2Jb\\u0007\n');
});

it('Ctrl-C at a question ends with 130, and nothing is changed', async (ctx) => {
  try {
    execFileSync('script', ['--version'], { stdio: 'ignore' });
  } catch {
    ctx.skip('script (util-linux) is not installed');
  }
  const asked: string[] = [];
  await serve((path, response) => {
    asked.push(path.search);
    response.end(JSON.stringify({ applied: false, created: ['a/b/c'], changed: [], unchanged: [] }));
  });
  writeFileSync(file('signals.yaml'), 'sites: {}\n');
  const command = [NODE, join(ROOT, 'cli/main.ts'), 'apply', 'signals.yaml', '--url', url, '--token', 'x'];
  const child = spawn('script', ['-q', '-e', '-c', command.join(' '), '/dev/null'], {
    cwd: folder,
    env: { ...process.env, ...env() },
  });
  let out = '';
  child.stdout.on('data', (d) => (out += d));
  const gone = once(child, 'close');
  await waitFor('the question', () => out.includes('[y/N]'));
  child.stdin.write('\x03');
  expect((await gone)[0]).toBe(130);
  expect(out).toContain('loadcycle: stopped');
  expect(asked).toEqual(['?dryRun=true']);
});
