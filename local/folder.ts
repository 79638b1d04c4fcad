import { accessSync, constants, mkdirSync, realpathSync } from 'node:fs';
import { LoadcycleError } from '@loadcycle/contract';

/** Makes the data folder and returns its full path. Throws `folder.unwritable` with one clear line. */
export function prepareFolder(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.W_OK | constants.R_OK | constants.X_OK);
    return realpathSync(path);
  } catch (cause) {
    throw new LoadcycleError('folder.unwritable', `the data folder ${path} cannot be written`, {
      cause,
      hint: 'choose another one with --data-dir, or mend its rights',
    });
  }
}
