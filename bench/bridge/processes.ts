import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const TICKS_PER_S = 100;

/** CPU that a process has used so far, in seconds (user and system; proc(5), fields 14 and 15). */
export function cpuS(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

/** Resident memory, MB. */
export function memoryMb(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) / 1024;
}

export interface Program {
  readonly child: ChildProcess;
  readonly pid: number;
  /** resolves with the first line for which the test is true */
  line(test: (line: string) => boolean): Promise<string>;
}

/** Starts a program, by Node unless another command is named; its lines of output are kept. */
export function startProgram(
  args: readonly string[],
  env: Record<string, string> = {},
  command = process.execPath,
): Program {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  const note = (line: string): void => {
    lines.push(line);
    for (const wake of waiting.splice(0)) wake();
  };
  for (const stream of [child.stdout!, child.stderr!]) createInterface({ input: stream }).on('line', note);
  child.once('exit', () => note('(exit)'));
  const killAtExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  child.once('exit', () => process.off('exit', killAtExit));
  return {
    child,
    pid: child.pid!,
    async line(test) {
      for (let i = 0; ; i++) {
        while (i >= lines.length) await new Promise<void>((resolve) => waiting.push(resolve));
        if (test(lines[i]!)) return lines[i]!;
        if (lines[i] === '(exit)') throw new Error(`the program ended:\n${lines.join('\n')}`);
      }
    },
  };
}
