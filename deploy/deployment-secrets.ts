import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DevicePasswords } from '@loadcycle/cloud-api/device-passwords';
import { deviceUsername, identityOf, serviceUsername } from '@loadcycle/contract/acl';
import { replaceFile } from '@loadcycle/service/files';
import { newSecret, openAuthority } from './authority.ts';
import { writeDeviceFolder } from './device-folder.ts';
import { aclFile, changeLines, setPassword } from './mosquitto-files.ts';

export interface DeploymentOptions {
  /** one folder for each volume of the compose file */
  readonly folder: string;
  /** names and addresses by which clients reach the broker: `DNS:…`, `IP:…` */
  readonly brokerNames: readonly string[];
  /** the simulator's, as site/device */
  readonly simulator: { readonly site: string; readonly device: string };
  /** where the simulator finds the broker */
  readonly mqttUrl: string;
}

const DAY_MS = 86_400_000;
const BROKER_DAYS = 825;
const DEVICE_DAYS = 1_825;
const RENEW_DAYS = 30;
/** readable for the group that the images of others are given */
const GROUP = 0o640;
const READABLE = 0o644;

/** Who signs in to a Kafka that asks for it (not the compose file's). */
const LOG_LOGINS = ['bridge', 'landing', 'cycles', 'notify', 'api'] as const;

/** Who signs in to the store, by the folder that holds the password. */
const STORE_LOGINS = ['landing', 'cycles', 'notify', 'maintenance', 'api', 'grafana'] as const;

/**
 * Makes every secret of a deployment that is not there yet, and leaves those that are: run at each start. Each
 * folder is a volume that only those mount who use it. Returns what was made.
 */
export async function makeDeploymentSecrets(options: DeploymentOptions): Promise<string[]> {
  const made: string[] = [];
  const at = (...path: string[]): string => join(options.folder, ...path);
  const once = (path: string, make: () => string, mode = 0o600): string => {
    const file = at(path);
    if (existsSync(file)) return readFileSync(file, 'utf8').trim();
    mkdirSync(join(file, '..'), { recursive: true, mode: 0o750 });
    const text = make();
    replaceFile(file, `${text}\n`, mode);
    made.push(path);
    return text;
  };

  const authority = openAuthority(at('authority'));
  for (const folder of ['broker', 'bridge', 'landing', 'notify', 'api', 'simulator']) {
    mkdirSync(at(folder), { recursive: true, mode: 0o750 });
    replaceFile(at(folder, 'ca.crt'), authority.cert, READABLE);
  }

  // the broker: its certificate, its rights, its users
  if (!existsSync(at('broker/ca.crl'))) authority.copyCrl(at('broker/ca.crl'));
  replaceFile(at('broker/acl'), aclFile(), GROUP);
  if (mustIssue(at('broker/broker.crt'), options.brokerNames)) {
    const { key, cert } = authority.issue({
      name: 'broker',
      usage: 'server',
      altNames: options.brokerNames,
      notAfter: new Date(Date.now() + BROKER_DAYS * DAY_MS),
    });
    replaceFile(at('broker/broker.key'), key, GROUP);
    replaceFile(at('broker/broker.crt'), cert, READABLE);
    made.push('broker/broker.crt');
  }
  // by which the broker's own health check signs in
  if (mustIssue(at('broker/health.crt'), []) || !isOf(at('broker/health.crt'), serviceUsername('health'))) {
    const { key, cert } = authority.issue({
      name: serviceUsername('health'),
      usage: 'client',
      notAfter: new Date(Date.now() + BROKER_DAYS * DAY_MS),
    });
    replaceFile(at('broker/health.key'), key, GROUP);
    replaceFile(at('broker/health.crt'), cert, READABLE);
  }
  const passwords = at('broker/passwd');
  const lost = !existsSync(passwords);
  for (const [folder, role] of [
    ['bridge', 'bridge'],
    ['api', 'api'],
    ['landing', 'sparkplug'],
    ['notify', 'notify'],
  ] as const) {
    const fresh = !existsSync(at(folder, 'mqtt-password'));
    const password = once(`${folder}/mqtt-password`, newSecret);
    if (fresh || lost) setPassword(passwords, serviceUsername(role), password);
  }
  // by which a person looks on (docs/operations.md)
  const fresh = !existsSync(at('broker/observer-password'));
  const observer = once('broker/observer-password', newSecret, GROUP);
  if (fresh || lost) setPassword(passwords, serviceUsername('observer'), observer);
  // what nobody else may know of: docs/decisions/0181
  once('bridge/mqtt-share', newSecret);
  const devices = await DevicePasswords.open(at('devices'));
  await moveDevices(passwords, devices);

  // the store: one login for each service
  once('store/superuser-password', newSecret, GROUP);
  for (const name of STORE_LOGINS)
    once(`${name}/database-password`, newSecret, name === 'grafana' ? GROUP : 0o600);

  // what webhooks know our requests by
  once('notify/webhook-secret', newSecret);
  for (const name of LOG_LOGINS) once(`${name}/kafka-password`, newSecret);

  // the API: what seals its signing keys in the store, and the administrator's client
  once('api/key-secret', newSecret);
  // what seals the secrets of targets of anomalies, which the API makes and notify opens
  const notifyKey = once('api/notify-key-secret', newSecret);
  once('notify/notify-key-secret', () => notifyKey);
  // notify's login at a mail server: nobody but its owner knows it (docs/operations.md)
  once('notify/smtp-password', () => '');
  const admin = (): string => JSON.stringify({ clientId: 'admin', clientSecret: newSecret() }, null, 2);
  once('admin/admin-client.json', admin);
  once('grafana/admin-password', newSecret, GROUP);

  // the simulator is a device like any other
  if (!existsSync(at('simulator/password'))) {
    const { site, device } = options.simulator;
    const username = deviceUsername(options.simulator);
    const password = newSecret();
    const notAfter = new Date(Date.now() + DEVICE_DAYS * DAY_MS);
    const issued = authority.issue({ name: username, usage: 'client', notAfter });
    await devices.set(username, password);
    const { mqttUrl } = options;
    const access = {
      site,
      device,
      username,
      password,
      ...issued,
      ca: authority.cert,
      mqttUrl,
      mqttsUrl: null,
      at: null,
    };
    writeDeviceFolder(at('simulator'), { ...access, notAfter });
    made.push('simulator/');
  }
  return made;
}

/** Earlier versions kept the devices' passwords in the file of the services, which is now written here alone. */
async function moveDevices(passwords: string, devices: DevicePasswords): Promise<void> {
  const userOf = (line: string): string => line.slice(0, line.indexOf(':'));
  const isDevice = (line: string): boolean => identityOf(userOf(line))?.role === 'device';
  const lines = readFileSync(passwords, 'utf8').split('\n').filter(isDevice);
  if (lines.length === 0) return;
  // one that has a file was given a new password since
  for (const line of lines) {
    if (!(await devices.has(userOf(line)))) await devices.setLine(userOf(line), line);
  }
  changeLines(passwords, (all) => all.filter((line) => !isDevice(line)));
}

const isOf = (file: string, name: string): boolean =>
  new X509Certificate(readFileSync(file)).subject.split('\n').includes(`CN=${name}`);

/** Whether a certificate is missing, soon at its end, or says other names than it should. */
function mustIssue(file: string, names: readonly string[]): boolean {
  if (!existsSync(file)) return true;
  const certificate = new X509Certificate(readFileSync(file));
  const left = new Date(certificate.validTo).getTime() - Date.now();
  const said = new Set((certificate.subjectAltName ?? '').split(', '));
  // an address has several spellings
  const says = (name: string): boolean =>
    name.startsWith('IP:') ? certificate.checkIP(name.slice(3)) !== undefined : said.has(name);
  return left < RENEW_DAYS * DAY_MS || !names.every(says);
}
