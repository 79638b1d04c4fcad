/**
 * `npm run device:enrol -- --site S --device D`: makes what a device needs, in one folder, and makes the broker
 * know it. Run it where the deployment's authority is; give the folder to the device, and to nobody else.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Credentials } from '@loadcycle/broker-bridge/credentials';
import { DevicePasswords } from '@loadcycle/cloud-api/device-passwords';
import {
  isName,
  LoadcycleError,
  readSettings,
  type Settings,
  setting,
  settingsHelp,
} from '@loadcycle/contract';
import { deviceUsername } from '@loadcycle/contract/acl';
import { newSecret, openAuthority } from './authority.ts';
import { writeDeviceFolder } from './device-folder.ts';
import { setPassword } from './mosquitto-files.ts';

const enrolSettings = {
  site: setting.text('site of the device', '', 'NAME'),
  device: setting.text('name of the device', '', 'NAME'),
  out: setting.text(
    'folder to make; "-" writes a tar archive to the output; default ./devices/SITE.DEVICE',
    '',
  ),
  mqttUrl: setting.text('how the device reaches the broker', 'mqtt://127.0.0.1:1883', 'URL'),
  mqttsUrl: setting.optional('the same, with a certificate in place of the password', 'URL'),
  dataDir: setting.text('folder of the local deployment', './data', 'FOLDER'),
  authority: setting.optional('folder of the authority; default DATA_DIR/authority', 'FOLDER'),
  devicePasswordsDir: setting.optional(
    "the API's folder of devices' passwords; default: the embedded broker's file in DATA_DIR",
    'FOLDER',
  ),
  passwordFile: setting.optional("in its place the password file of a Mosquitto of one's own", 'FILE'),
  crlFile: setting.optional('where the broker reads the list of withdrawn certificates', 'FILE'),
  days: setting.integer('how long the certificate is good for, days', 1_825, 1, 7_300),
  revoke: setting.flag(
    'take the device out: its password and its certificates are refused from now on',
    false,
  ),
};
export type EnrolSettings = Settings<typeof enrolSettings>;

const ABOUT = 'Makes what a device needs to reach the broker: credentials, certificate, settings.';
const DAY_MS = 86_400_000;

/** Returns the folder that was made; null where a device was taken out. */
export async function enrol(settings: EnrolSettings): Promise<string | null> {
  const { site, device } = settings;
  for (const [flag, name] of [
    ['--site', site],
    ['--device', device],
  ] as const) {
    if (isName(name)) continue;
    throw new LoadcycleError('settings.invalid', `${flag}: "${name}" is not a name`, {
      hint: 'lower-case letters, digits, - and _, 1 to 64 characters',
    });
  }
  if (settings.passwordFile !== null && settings.devicePasswordsDir !== null) {
    throw new LoadcycleError(
      'settings.invalid',
      '--password-file and --device-passwords-dir: one of the two',
    );
  }
  const username = deviceUsername({ site, device });
  const authority = openAuthority(settings.authority ?? join(settings.dataDir, 'authority'));
  const password = settings.revoke ? null : newSecret();
  if (settings.passwordFile !== null) setPassword(settings.passwordFile, username, password);
  else {
    const credentials =
      settings.devicePasswordsDir === null
        ? new Credentials(join(settings.dataDir, 'mqtt-users.json'))
        : await DevicePasswords.open(settings.devicePasswordsDir);
    if (password === null) await credentials.remove(username);
    else await credentials.set(username, password);
  }
  if (password === null) {
    authority.revoke(username);
    if (settings.crlFile !== null) authority.copyCrl(settings.crlFile);
    return null;
  }
  const notAfter = new Date(Date.now() + settings.days * DAY_MS);
  const { key, cert } = authority.issue({ name: username, usage: 'client', notAfter });
  const out = settings.out === '' ? join('devices', `${site}.${device}`) : settings.out;
  const folder = out === '-' ? mkdtempSync(join(tmpdir(), 'loadcycle-device-')) : out;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeDeviceFolder(folder, {
    site,
    device,
    username,
    password,
    key,
    cert,
    ca: authority.cert,
    mqttUrl: settings.mqttUrl,
    mqttsUrl: settings.mqttsUrl,
    notAfter,
  });
  return folder;
}

async function main(): Promise<void> {
  const settings = readSettings(enrolSettings, process.argv.slice(2), process.env);
  if (settings === null) {
    process.stdout.write(settingsHelp('npm run device:enrol -- --site S --device D', ABOUT, enrolSettings));
    return;
  }
  const folder = await enrol(settings);
  const name = `${settings.site}/${settings.device}`;
  if (folder === null) process.stderr.write(`${name} is taken out\n`);
  else if (settings.out === '-') {
    execFileSync('tar', ['-c', '-C', folder, '.'], { stdio: ['ignore', 'inherit', 'inherit'] });
    rmSync(folder, { recursive: true });
  } else process.stderr.write(`${name}: everything it needs is in ${folder}\n`);
}

if (import.meta.main) {
  main().catch((error: Error) => {
    const hint = error instanceof LoadcycleError && error.hint !== undefined ? ` (${error.hint})` : '';
    process.stderr.write(`device:enrol: ${error.message}${hint}\n`);
    process.exitCode = 2;
  });
}
