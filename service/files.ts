import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** read and written by its owner alone */
export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;

/** what others than the owner may do */
const OTHERS = 0o077;

/**
 * Makes `folder` where it is not there, and takes from everybody but the owner what an earlier version (or a copy) left
 * them: of the folder's entries whose name `own` matches, with all that is in them, and of the folder itself. A folder that
 * holds anything else too was not made for this alone and keeps its rights, as does what belongs to another user.
 */
export function takePrivate(folder: string, own: RegExp): void {
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const entries = readdirSync(folder);
  for (const entry of entries) if (own.test(entry)) tighten(join(folder, entry));
  if (entries.every((entry) => own.test(entry))) tightenOne(folder);
}

function tighten(path: string): void {
  if (tightenOne(path)?.isDirectory() !== true) return;
  for (const entry of readdirSync(path)) tighten(join(path, entry));
}

function tightenOne(path: string): Stats | null {
  try {
    const stats = lstatSync(path);
    // a link has no rights of its own; another user's can not be changed, and what root finds of others is theirs
    if (stats.isSymbolicLink() || stats.uid !== process.getuid?.()) return null;
    if ((stats.mode & OTHERS) !== 0) chmodSync(path, stats.mode & 0o7777 & ~OTHERS);
    return stats;
  } catch (error) {
    // gone since it was listed
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

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
