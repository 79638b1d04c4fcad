import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { LoadcycleError } from '@loadcycle/contract';
import { identityOf } from '@loadcycle/contract/acl';
import { passwordLine } from '@loadcycle/contract/mosquitto';
import type { DeviceCredentials } from './routes/credentials.ts';

/** the broker reads them by its group */
const MODE = 0o640;
const FOLDER_MODE = 0o750;
/** no writer takes so long: what is older was left by one that was killed */
const LEFT_BEHIND_MS = 3_600_000;

/**
 * Devices' passwords at Mosquitto: a folder with one file for each device, `SITE.DEVICE`, that holds its line of the
 * password file (a salted hash). `deploy/mosquitto/start.sh` gathers them for the broker (docs/decisions/0086).
 *
 * A file appears, changes and goes in one step, and is on the disk before a promise is kept. So any number of writers
 * (instances of the API, `deploy/enrol.ts`) may share the folder, and none of them can lose another one's change.
 */
export class DevicePasswords implements DeviceCredentials {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the folder where it is not there. Throws `folder.unwritable`. */
  static async open(folder: string): Promise<DevicePasswords> {
    await writing(folder, async () => {
      const made = await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
      // whatever the umask is: the broker's group looks into it
      if (made !== undefined) await chmod(folder, FOLDER_MODE);
      const probe = join(folder, `.${randomUUID()}`);
      await (await open(probe, 'wx', MODE)).close();
      await unlink(probe);
      for (const name of await readdir(folder)) {
        if (name.startsWith('.')) await removeOld(join(folder, name));
      }
    });
    return new DevicePasswords(folder);
  }

  /** Gives the device a password, in place of the one before. */
  async set(username: string, password: string): Promise<void> {
    this.#fileOf(username);
    await this.setLine(username, passwordLine(username, password));
  }

  /** The same with a line that was made before. */
  async setLine(username: string, line: string): Promise<void> {
    const file = this.#fileOf(username);
    await writing(this.#folder, async () => {
      // a leading dot: the broker's script does not look at it
      const fresh = join(this.#folder, `.${randomUUID()}`);
      try {
        const handle = await open(fresh, 'wx', MODE);
        try {
          // whatever the umask is
          await handle.chmod(MODE);
          await handle.writeFile(`${line}\n`);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(fresh, file);
      } catch (error) {
        await rm(fresh, { force: true }).catch(() => {});
        throw error;
      }
      await sync(this.#folder);
    });
  }

  /** Returns false where there was no such device. */
  async remove(username: string): Promise<boolean> {
    const file = this.#fileOf(username);
    return await writing(this.#folder, async () => {
      try {
        await unlink(file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
        throw error;
      }
      await sync(this.#folder);
      return true;
    });
  }

  async has(username: string): Promise<boolean> {
    return await stat(this.#fileOf(username)).then(
      () => true,
      () => false,
    );
  }

  #fileOf(username: string): string {
    const identity = identityOf(username);
    if (identity?.role !== 'device') {
      throw new LoadcycleError('request.invalid', `"${username}" is not site/device`);
    }
    // no name has a dot
    return join(this.#folder, `${identity.site}.${identity.device}`);
  }
}

/** A folder that was renamed in or removed from is durable once it is synced itself. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeOld(file: string): Promise<void> {
  try {
    if (Date.now() - (await stat(file)).mtimeMs > LEFT_BEHIND_MS) await unlink(file);
  } catch {
    // gone by now: its writer has finished
  }
}

async function writing<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const hint = 'give a folder that can be written (--device-passwords-dir)';
    throw new LoadcycleError('folder.unwritable', `${folder}: ${(cause as Error).message}`, { cause, hint });
  }
}
