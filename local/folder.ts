import { accessSync, constants, realpathSync } from 'node:fs';
import { LoadcycleError } from '@loadcycle/contract';
import { takePrivate } from '@loadcycle/service';

/** what the system and its tools put there, and what was set aside */
const OWN = /^(log|store|agent|outbox|authority)(\.|$)|^(admin-client|mqtt-users|running)\.json|\.log(\.|$)/;

/** Makes the data folder and returns its full path. Throws `folder.unwritable` with one clear line. */
export function prepareFolder(path: string): string {
  try {
    takePrivate(path, OWN);
    accessSync(path, constants.W_OK | constants.R_OK | constants.X_OK);
    return realpathSync(path);
  } catch (cause) {
    throw new LoadcycleError('folder.unwritable', `the data folder ${path} cannot be written`, {
      cause,
      hint: 'choose another one with --data-dir, or mend its rights',
    });
  }
}
