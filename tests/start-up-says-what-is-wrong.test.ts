import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NODE, ROOT } from './support/local-process.ts';

let folder: string;
let taken: Server;
let port: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loadcycle-start-'));
  taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  port = String((taken.address() as { port: number }).port);
});
afterAll(async () => {
  taken.close();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

function run(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env: { ...process.env, ...env } };
    execFile(NODE, ['local/main.ts', ...args], options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

const free = ['--http-port', '0', '--mqtt-port', '0'];

describe('npm start', () => {
  it('lists every setting with --help', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    for (const name of ['HTTP_PORT', 'MQTT_PORT', 'DATA_DIR', 'RATE_HZ', 'RAW_RETENTION', 'LOG_LEVEL']) {
      expect(stdout).toContain(`LOADCYCLE_${name}`);
    }
  });

  it.each([
    ['a nonsense flag', ['--http-port', 'eighty'], {}, 2, '--http-port: "eighty" must be a port'],
    ['a nonsense variable', [], { LOADCYCLE_RATE_HZ: '-3' }, 2, 'LOADCYCLE_RATE_HZ: "-3" must be a number'],
    ['an unknown flag', ['--no-such-thing'], {}, 2, "Unknown option '--no-such-thing'"],
  ])('refuses %s in one line', async (_what, args, env, wanted, line) => {
    const { code, stdout, stderr } = await run(args, env);
    expect(code).toBe(wanted);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(line);
    expect(stdout).toBe('');
  });

  it('says that the data folder cannot be written', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    const { code, stderr } = await run([...free, '--data-dir', join(file, 'data')]);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/cannot be written .*--data-dir.*\[folder\.unwritable\]/);
  });

  it.each(['--mqtt-port', '--http-port'])(
    'says that the port of %s is in use, and ends',
    async (flag) => {
      const others = free.slice(flag === '--mqtt-port' ? 0 : 2, flag === '--mqtt-port' ? 2 : 4);
      const data = join(folder, flag.slice(2));
      const { code, stderr } = await run([...others, flag, port, '--data-dir', data]);
      expect(code).toBe(1);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(stderr).toMatch(new RegExp(`port ${port} on 127\\.0\\.0\\.1 is in use .*\\[port\\.in-use\\]`));
    },
    90_000,
  );
});
