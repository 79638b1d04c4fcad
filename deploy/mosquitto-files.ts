import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import {
  identityOf,
  MQTT_RIGHTS,
  type MqttRights,
  type MqttRole,
  serviceUsername,
} from '@loadcycle/contract/acl';

/** What Mosquitto 2 reads: its ACL file from the one list of rights, and its password file. */
export function aclFile(): string {
  const lines = ['# made from contract/acl.ts', '', '# devices: the user name is site/device'];
  lines.push(...rules('pattern', MQTT_RIGHTS.device));
  for (const role of Object.keys(MQTT_RIGHTS) as MqttRole[]) {
    if (role === 'device') continue;
    lines.push('', `user ${serviceUsername(role)}`, ...rules('topic', MQTT_RIGHTS[role]));
  }
  return `${lines.join('\n')}\n`;
}

function rules(keyword: 'pattern' | 'topic', rights: MqttRights): string[] {
  return [
    ...rights.publish.map((filter) => `${keyword} write ${filter}`),
    ...rights.subscribe.map((filter) => `${keyword} read ${filter}`),
  ];
}

/** PBKDF2 with SHA-512. The passwords are 192 random bits: more rounds would only slow the broker's one thread. */
const ROUNDS = 1_000;
const SALT_BYTES = 12;
const HASH_BYTES = 64;

/** A line of Mosquitto's password file, as `mosquitto_passwd` writes it: `user:$7$rounds$salt$hash`. */
export function passwordLine(username: string, password: string): string {
  const salt = randomBytes(SALT_BYTES);
  const hash = pbkdf2Sync(password, salt, ROUNDS, HASH_BYTES, 'sha512');
  return `${username}:$7$${ROUNDS}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/** Adds a user to the file or changes its password; null takes the user out. The file changes in one step. */
export function setPassword(file: string, username: string, password: string | null): void {
  if (identityOf(username) === null) throw new Error(`"${username}" is neither a device nor a service`);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const others = lines.filter((line) => line !== '' && !line.startsWith(`${username}:`));
  if (password !== null) others.push(passwordLine(username, password));
  writeFileSync(`${file}.new`, `${others.join('\n')}\n`, { mode: 0o640 });
  renameSync(`${file}.new`, file);
}
