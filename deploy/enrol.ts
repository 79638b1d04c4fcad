/**
 * `npm run device:enrol -- --site S --device D`: makes what a device needs, in one folder, and makes the broker
 * know it. Run it where the deployment's authority is; give the folder to the device, and to nobody else.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
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
import { PRIVATE_FOLDER } from '@loadcycle/service/files';
import { runningSystem } from '@loadcycle/service/running-system';
import { newSecret, openAuthority } from './authority.ts';
import { writeCertificate, writeDeviceFolder } from './device-folder.ts';
import { setPassword } from './mosquitto-files.ts';

const enrolSettings = {
  site: setting.text('site of the device', '', 'NAME', { shown: 'needed' }),
  device: setting.text('name of the device', '', 'NAME', { shown: 'needed' }),
  out: setting.text('folder to make; "-" writes a tar archive to the output', '', 'FOLDER', {
    shown: './devices/SITE.DEVICE',
  }),
  mqttUrl: setting.optional('how the device reaches the broker', 'URL', {
    shown: 'the one that runs on DATA_DIR, else mqtt://127.0.0.1:1883',
  }),
  mqttsUrl: setting.optional('the same, with a certificate in place of the password', 'URL'),
  dataDir: setting.text('folder of the local deployment', './data', 'FOLDER'),
  authority: setting.optional('folder of the authority', 'FOLDER', { shown: 'DATA_DIR/authority' }),
  devicePasswordsDir: setting.optional("the API's folder of devices' passwords", 'FOLDER', {
    shown: "the embedded broker's file in DATA_DIR",
  }),
  passwordFile: setting.optional("in its place the password file of a Mosquitto of one's own", 'FILE'),
  crlFile: setting.optional('where the broker reads the list of withdrawn certificates', 'FILE'),
  days: setting.integer('how long the certificate is good for, days', 1_825, 1, 7_300),
  revoke: setting.flag(
    'take the device out: its password and its certificates are refused from now on',
    false,
  ),
  renew: setting.flag(
    'a new certificate and key for an enrolled device; its password and the certificate before stay good',
    false,
  ),
  revokeOlder: setting.flag('withdraw all certificates of the device but the newest', false),
};
export type EnrolSettings = Settings<typeof enrolSettings>;

const ABOUT = 'Makes what a device needs to reach the broker: credentials, certificate, settings.';
const DAY_MS = 86_400_000;

/** Returns the folder that was written; null where something was withdrawn. Throws `settings.invalid`, `request.invalid`. */
export async function enrol(settings: EnrolSettings): Promise<string | null> {
  check(settings);
  const { site, device } = settings;
  const username = deviceUsername({ site, device });
  const authority = openAuthority(settings.authority ?? join(settings.dataDir, 'authority'));
  if (settings.revoke || settings.revokeOlder) {
    if (settings.revoke) await setDevicePassword(settings, username, null);
    authority.revoke(username, settings.revoke ? 'all' : 'older');
    if (settings.crlFile !== null) authority.copyCrl(settings.crlFile);
    return null;
  }
  if (settings.renew && authority.standing(username) === 0) {
    throw new LoadcycleError('request.invalid', `${username} has no certificate that could be renewed`, {
      hint: 'without --renew it is enrolled, with a new password',
    });
  }
  const notAfter = new Date(Date.now() + settings.days * DAY_MS);
  const issued = authority.issue({ name: username, usage: 'client', notAfter });
  const out = settings.out === '' ? join('devices', `${site}.${device}`) : settings.out;
  const folder = out === '-' ? mkdtempSync(join(tmpdir(), 'loadcycle-device-')) : out;
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  if (settings.renew) {
    writeCertificate(folder, { ...issued, ca: authority.cert, notAfter });
    return folder;
  }
  const password = newSecret();
  await setDevicePassword(settings, username, password);
  const { mqttsUrl } = settings;
  const here = runningSystem(settings.dataDir);
  const mqttUrl = settings.mqttUrl ?? `mqtt://127.0.0.1:${here?.mqttPort ?? 1883}`;
  const at = settings.out === '-' ? null : resolve(out);
  const access = { site, device, username, password, ...issued, ca: authority.cert, mqttUrl, mqttsUrl, at };
  writeDeviceFolder(folder, { ...access, notAfter });
  return folder;
}

function check({ site, device, ...s }: EnrolSettings): void {
  for (const [flag, name] of [
    ['--site', site],
    ['--device', device],
  ] as const) {
    if (isName(name)) continue;
    throw new LoadcycleError('settings.invalid', `${flag}: "${name}" is not a name`, {
      hint: 'lower-case letters, digits, - and _, 1 to 64 characters',
    });
  }
  if (s.passwordFile !== null && s.devicePasswordsDir !== null) {
    throw new LoadcycleError(
      'settings.invalid',
      '--password-file and --device-passwords-dir: one of the two',
    );
  }
  if ([s.revoke, s.renew, s.revokeOlder].filter(Boolean).length > 1) {
    throw new LoadcycleError(
      'settings.invalid',
      '--revoke, --renew and --revoke-older: one of them at a time',
      {
        hint: 'renew, give the device its new certificate, and withdraw the older ones when it uses that',
      },
    );
  }
}

/** null takes the device out. */
async function setDevicePassword(s: EnrolSettings, username: string, password: string | null): Promise<void> {
  if (s.passwordFile !== null) {
    setPassword(s.passwordFile, username, password);
    return;
  }
  const credentials =
    s.devicePasswordsDir === null
      ? new Credentials(join(s.dataDir, 'mqtt-users.json'))
      : await DevicePasswords.open(s.devicePasswordsDir);
  if (password === null) await credentials.remove(username);
  else await credentials.set(username, password);
}

async function main(): Promise<void> {
  const settings = readSettings(enrolSettings, process.argv.slice(2), process.env);
  if (settings === null) {
    process.stdout.write(settingsHelp('npm run device:enrol -- --site S --device D', ABOUT, enrolSettings));
    return;
  }
  const folder = await enrol(settings);
  const name = `${settings.site}/${settings.device}`;
  const said = settings.revoke ? 'is taken out' : 'has its newest certificate only';
  if (folder === null) process.stderr.write(`${name} ${said}\n`);
  else if (settings.out === '-') {
    execFileSync('tar', ['-c', '-C', folder, '.'], { stdio: ['ignore', 'inherit', 'inherit'] });
    rmSync(folder, { recursive: true });
  } else if (settings.renew) {
    const next = 'give it these, and withdraw the ones before with --revoke-older when it uses them';
    process.stderr.write(`${name}: a new client.crt and client.key are in ${folder}; ${next}\n`);
  } else process.stderr.write(`${name}: everything it needs is in ${folder}\n`);
}

if (import.meta.main) {
  main().catch((error: Error) => {
    const hint = error instanceof LoadcycleError && error.hint !== undefined ? ` (${error.hint})` : '';
    process.stderr.write(`device:enrol: ${error.message}${hint}\n`);
    process.exitCode = 2;
  });
}
