import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { UsageError } from '../exit-codes.ts';
import type { ResumePoint } from './text-file.ts';

/** Where an export is written. */
export interface Target {
  /** how far an earlier export of the same had come */
  readonly point: ResumePoint;
  /** Takes out what is not kept: once there is an answer to put in its place, so that no failure costs a row. */
  begin(): void;
  write(bytes: Uint8Array): Promise<void>;
  /** A file that was made here and holds nothing of an answer goes again, unless nothing is what was asked for (`whole`). */
  close(whole: boolean): void;
}

export interface TargetOptions {
  readonly resume?: boolean | undefined;
  readonly force?: boolean | undefined;
}

export const NOTHING: ResumePoint = { keepBytes: 0, fromUs: null, rowsOff: 0 };

export const stdoutTarget: Target = {
  point: NOTHING,
  begin: () => {},
  write: (bytes) =>
    new Promise((resolve) => {
      process.stdout.write(bytes, () => resolve());
    }),
  close: () => {},
};

/**
 * Opens a file: anew, to go on after what it holds (`resume`), or over it (`force`). What is no regular file (a named
 * pipe, /dev/stdout, a shell's >(…)) is written from its start to its end.
 */
export function fileTarget(
  file: string,
  { resume, force }: TargetOptions,
  resumePoint: (file: string) => ResumePoint,
): Target {
  const there = statSync(file, { throwIfNoEntry: false });
  if (there?.isDirectory()) throw new UsageError(`--out: ${file} is a folder`);
  const held = there?.isFile() === true && there.size > 0;
  if (held && !resume && !force) {
    throw new UsageError(`${file} is there already`, '--resume goes on, --force writes over it');
  }
  const point = held && resume ? resumePoint(file) : NOTHING;
  const fd = open(file, there);
  const regular = fstatSync(fd).isFile();
  let at = point.keepBytes;
  return {
    point,
    begin: () => {
      if (regular) ftruncateSync(fd, point.keepBytes);
    },
    write: async (bytes) => {
      for (let done = 0; done < bytes.length; )
        done += writeSync(fd, bytes, done, bytes.length - done, regular ? at + done : null);
      at += bytes.length;
    },
    close: (whole) => {
      closeSync(fd);
      if (there === undefined && at === 0 && !whole) rmSync(file, { force: true });
    },
  };
}

function open(file: string, there: Stats | undefined): number {
  try {
    return openSync(file, there?.isFile() ? 'r+' : 'w');
  } catch (error) {
    throw new UsageError(`--out: ${(error as Error).message}`);
  }
}
