import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT, waitFor } from '../support/local-process.ts';
import type { Block } from './blocks.ts';

/** The tree as a fresh clone has it, with what `npm install` put there. */
export function freshCopy(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-documents-'));
  const listed = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (listed.status === 0) {
    for (const name of listed.stdout.split('\0').filter((n) => n !== '' && existsSync(join(ROOT, n)))) {
      mkdirSync(join(folder, dirname(name)), { recursive: true });
      copyFileSync(join(ROOT, name), join(folder, name));
    }
  } else {
    // no clone: the files of an archive
    const left = ['node_modules', '.git', 'data', 'devices'].map((name) => join(ROOT, name));
    cpSync(ROOT, folder, { recursive: true, filter: (path) => !left.includes(path) });
  }
  const modules = [join(ROOT, 'node_modules'), `${folder}/`];
  if (spawnSync('cp', ['-al', ...modules]).status !== 0) spawnSync('cp', ['-a', ...modules]);
  // npm writes this one in place: the link would reach back
  const written = join('node_modules', '.package-lock.json');
  rmSync(join(folder, written), { force: true });
  if (existsSync(join(ROOT, written))) copyFileSync(join(ROOT, written), join(folder, written));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Before each block: aliases as at a prompt, an HTTP status from 400 on is a failure, the broker's port. */
const PREAMBLE = `
shopt -s expand_aliases
set -o pipefail
# a machine that does much else answers 503 once in a while, and says when to come again
curl() { command curl --fail-with-body --retry 5 -sS "$@"; }
mosquitto_sub() { command mosquitto_sub -p "$DOCUMENTS_MQTT_PORT" "$@"; }
`;

const FAILED = '::failed::';

export interface Ran {
  /** lines that failed; empty: all is well */
  readonly failed: string[];
  readonly output: string;
}

/** The shell of somebody who works through a document, block by block. */
export class ShellSession {
  readonly #folder: string;
  readonly #env: Record<string, string>;
  readonly #shell: ChildProcess;
  readonly #rewrite: (text: string) => string;
  #output = '';
  #count = 0;

  constructor(folder: string, env: Record<string, string>, rewrite: (text: string) => string) {
    this.#folder = folder;
    this.#env = env;
    this.#rewrite = rewrite;
    this.#shell = spawn('bash', ['--norc', '-s'], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#shell.stdout!.on('data', (d) => (this.#output += d));
    this.#shell.stderr!.on('data', (d) => (this.#output += d));
    this.#shell.stdin!.write(`${PREAMBLE}set -E\ntrap 'echo "${FAILED} $BASH_COMMAND"' ERR\n`);
  }

  /** Every line of a block, one after the other. */
  async run(block: Block): Promise<Ran> {
    const from = this.#output.length;
    const end = `::end-${++this.#count}::`;
    const script = join(this.#folder, `.block-${this.#count}.sh`);
    writeFileSync(script, `${this.#rewrite(block.text)}\n`);
    this.#shell.stdin!.write(`. ${script} </dev/null\necho '${end}'\n`);
    const seen = (): string => this.#output.slice(from);
    await waitFor(
      `the end of ${block.document}:${block.line}; so far: ${seen().slice(-2000)}`,
      () => {
        if (this.#shell.exitCode !== null) throw new Error(`the shell ended: ${seen()}`);
        return seen().includes(end);
      },
      150_000,
    );
    rmSync(script);
    const output = seen().replace(end, '');
    const failed = output.split('\n').filter((line) => line.startsWith(FAILED));
    return { failed: [...new Set(failed)], output };
  }

  /** A block that goes on until somebody ends it. */
  start(block: Block): LongRunning {
    return new LongRunning(this.#rewrite(block.text), this.#folder, this.#env);
  }

  async close(): Promise<void> {
    this.#shell.stdin!.end();
    if (this.#shell.exitCode === null) await once(this.#shell, 'close');
  }
}

/** A program in the foreground of a terminal of its own: Ctrl-C reaches all of its process group. */
export class LongRunning {
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  output = '';

  constructor(text: string, cwd: string, env: Record<string, string>) {
    this.#child = spawn('bash', ['--norc', '-c', `${PREAMBLE}${text}`], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout!.on('data', (d) => (this.output += d));
    this.#child.stderr!.on('data', (d) => (this.output += d));
    this.#gone = once(this.#child, 'close');
  }

  async prints(text: string): Promise<void> {
    await waitFor(
      `"${text}"`,
      () => {
        if (this.output.includes(text)) return true;
        if (this.#child.exitCode !== null)
          throw new Error(`it ended before it printed "${text}":\n${this.output}`);
        return false;
      },
      150_000,
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.output}`);
    });
  }

  /** Ctrl-C. The exit code: 0, or 130 of what leaves that to the shell. */
  async interrupt(): Promise<number | null> {
    if (this.#child.exitCode === null) process.kill(-this.#child.pid!, 'SIGINT');
    await this.#gone;
    return this.#child.signalCode === 'SIGINT' ? 130 : this.#child.exitCode;
  }

  kill(): void {
    try {
      process.kill(-this.#child.pid!, 'SIGKILL');
    } catch {
      // it has ended
    }
  }
}

export const installed = (program: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
