import { randomUUID } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** read and written by its owner alone */
export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;

/**
 * Puts `text` in place of what `file` holds, in one step: who reads it meanwhile sees the one or the other, and it is on
 * the disk when this returns. The mode is what is asked for, whatever the umask is and whatever it was before.
 */
export function replaceFile(file: string, text: string | Uint8Array, mode = PRIVATE_FILE): void {
  const fresh = `${file}.${randomUUID()}.new`;
  try {
    writeFileSync(fresh, text, { mode, flag: 'wx', flush: true });
    chmodSync(fresh, mode);
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
