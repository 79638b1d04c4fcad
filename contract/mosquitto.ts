import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { identityOf } from './acl.ts';

/**
 * Rounds of PBKDF2 with SHA-512: Mosquitto's own default. The passwords are 192 random bits, which no number of rounds
 * makes harder to guess, and the broker's one thread pays for them at each connect, and for every connected client
 * when it reads the file anew (measured: docs/decisions/0086).
 */
const ROUNDS = 101;
const SALT_BYTES = 12;
const HASH_BYTES = 64;

/**
 * A line of Mosquitto's password file, as `mosquitto_passwd` writes it: `user:$7$rounds$salt$hash`.
 * `deploy/mosquitto/start.sh` takes a device's line in this shape only. Throws for a name that no identity has.
 */
export function passwordLine(username: string, password: string, salt = randomBytes(SALT_BYTES)): string {
  if (identityOf(username) === null) throw new Error(`"${username}" is neither a device nor a service`);
  const hash = pbkdf2Sync(password, salt, ROUNDS, HASH_BYTES, 'sha512');
  return `${username}:$7$${ROUNDS}$${salt.toString('base64')}$${hash.toString('base64')}`;
}
