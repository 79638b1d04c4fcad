import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { LoadcycleError } from '@loadcycle/contract';
import { identityOf } from '@loadcycle/contract/acl';
import { withFileLock } from '@loadcycle/service/file-lock';
import { PRIVATE_FOLDER, replaceFile } from '@loadcycle/service/files';

/** scrypt (RFC 7914) with what OWASP asks of it at least. */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 } as const;
const KEY_BYTES = 32;

/**
 * User names and scrypt hashes for the embedded broker, in one JSON file with mode 0600: `{"site/device": "…"}`.
 * The file is read again when it has changed, so that enrolling a device needs no restart. Writers (this process and
 * any number of `device:enrol`) wait for each other, so that no change is lost.
 */
export class Credentials {
  readonly #file: string;
  #hashes = new Map<string, string>();
  #readAt = '';

  constructor(file: string) {
    this.#file = file;
  }

  /** Adds a user or changes its password. Throws `request.invalid` for a name that no identity has. */
  async set(username: string, password: string): Promise<void> {
    if (identityOf(username) === null) {
      throw new LoadcycleError('request.invalid', `"${username}" is not site/device`);
    }
    const hash = await hashPassword(password);
    this.#change((hashes) => hashes.set(username, hash));
  }

  /** Returns false where there was no such user. */
  remove(username: string): boolean {
    // where there is nothing to change, nothing is written
    return this.has(username) && this.#change((hashes) => hashes.delete(username));
  }

  has(username: string): boolean {
    this.#refresh();
    return this.#hashes.has(username);
  }

  async verify(username: string, password: string): Promise<boolean> {
    this.#refresh();
    const hash = this.#hashes.get(username);
    if (hash !== undefined) return await verifyPassword(password, hash);
    // takes as long as for a user that exists
    await hashPassword(password);
    return false;
  }

  #refresh(): void {
    if (!existsSync(this.#file)) {
      this.#hashes = new Map();
      return;
    }
    const { mtimeNs, size, ino } = statSync(this.#file, { bigint: true });
    const version = `${ino}/${mtimeNs}/${size}`;
    if (version === this.#readAt) return;
    try {
      this.#hashes = new Map(Object.entries(JSON.parse(readFileSync(this.#file, 'utf8'))));
    } catch (cause) {
      throw new LoadcycleError('settings.invalid', `${this.#file}: not a file of credentials`, { cause });
    }
    this.#readAt = version;
  }

  #change<T>(change: (hashes: Map<string, string>) => T): T {
    mkdirSync(dirname(this.#file), { recursive: true, mode: PRIVATE_FOLDER });
    return withFileLock(`${this.#file}.lock`, () => {
      this.#refresh();
      const result = change(this.#hashes);
      replaceFile(this.#file, `${JSON.stringify(Object.fromEntries([...this.#hashes].sort()), null, 2)}\n`);
      return result;
    });
  }
}

async function derive(password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, cost, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

/** `scrypt$N$r$p$salt$key`, the last two in base64. */
async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), key.toString('base64')].join('$');
}

async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const [kind, n, r, p, salt = '', key = ''] = hash.split('$');
  if (kind !== 'scrypt') return false;
  const cost = { ...COST, N: Number(n), r: Number(r), p: Number(p) } as typeof COST;
  const expected = Buffer.from(key, 'base64');
  const actual = await derive(password, Buffer.from(salt, 'base64'), cost);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}
