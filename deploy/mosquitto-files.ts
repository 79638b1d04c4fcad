import { existsSync, readFileSync } from 'node:fs';
import {
  identityOf,
  MQTT_RIGHTS,
  type MqttRights,
  type MqttRole,
  serviceUsername,
} from '@loadcycle/contract/acl';
import { passwordLine } from '@loadcycle/contract/mosquitto';
import { withFileLock } from '@loadcycle/service/file-lock';
import { replaceFile } from '@loadcycle/service/files';

/**
 * What Mosquitto 2 reads: its ACL file from the one list of rights, and its password file. A pattern knows a user name as a
 * whole only; rights that need its halves stand as `#device` lines, of which `mosquitto/start.sh` makes each device's.
 */
export function aclFile(): string {
  const lines = ['# made from contract/acl.ts', '', '# devices: the user name is site/device'];
  for (const rule of rules('pattern', MQTT_RIGHTS.device)) {
    lines.push(rule.includes('%u') ? rule : rule.replace('pattern', '#device topic'));
  }
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

/** the broker reads it by its group */
const MODE = 0o640;

/** Adds a user to the password file or changes its password; null takes the user out. */
export function setPassword(file: string, username: string, password: string | null): void {
  if (identityOf(username) === null) throw new Error(`"${username}" is neither a device nor a service`);
  changeLines(file, (lines) => {
    const others = lines.filter((line) => !line.startsWith(`${username}:`));
    return password === null ? others : [...others, passwordLine(username, password)];
  });
}

/**
 * Puts in place of the lines of a password file what `change` makes of them, in one step. Writers wait for each other,
 * so that no change is lost.
 */
export function changeLines(file: string, change: (lines: string[]) => string[]): void {
  withFileLock(`${file}.lock`, () => {
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    const changed = change(lines.filter((line) => line !== ''));
    replaceFile(file, changed.map((line) => `${line}\n`).join(''), MODE);
  });
}
