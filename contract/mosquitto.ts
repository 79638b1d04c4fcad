import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { identityOf } from './acl.ts';

/** PBKDF2 with SHA-512. The passwords are 192 random bits: more rounds would only slow the broker's one thread. */
const ROUNDS = 1_000;
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
