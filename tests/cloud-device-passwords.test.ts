import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DevicePasswords } from '@loadcycle/cloud-api/device-passwords';
import { type Api, startApi } from '@loadcycle/cloud-api/server';
import { silentLogger } from '@loadcycle/contract';
import { serviceUsername } from '@loadcycle/contract/acl';
import { passwordLine } from '@loadcycle/contract/mosquitto';
import { Health } from '@loadcycle/service';
import mqtt, { type IClientOptions } from 'mqtt';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Authority, openAuthority } from '../deploy/authority.ts';
import { type EnrolSettings, enrol } from '../deploy/enrol.ts';
import { asRole, openTestApi, type TestApi } from './api-support.ts';
import { temporaryFolder, until } from './bridge-helpers.ts';
import { type CloudBroker, letsIn, startCloudBroker } from './cloud-broker.ts';
import { ROOT } from './cloud-compose.ts';

/** Two instances of the API, `enrol` and the compose file's Mosquitto share one folder of devices' passwords. */
const run = promisify(execFile);
let folder: string;
let devices: string;
let remove: () => void;
let authority: Authority;
let broker: CloudBroker | null = null;
let first: TestApi;
let second: Api;

const path = (device: string): string => `/v1/sites/hall/devices/${device}/credentials`;
const file = (device: string): string => join(devices, `hall.${device}`);
interface Login {
  username: string;
  password: string;
}
const ask = async (method: 'PUT' | 'DELETE', device: string, url = first.url): Promise<Response> =>
  await fetch(`${url}${path(device)}`, { method, headers: { authorization: `Bearer ${first.admin}` } });
const put = async (device: string, url?: string): Promise<Login> => {
  const answer = await ask('PUT', device, url);
  expect(answer.status, await answer.clone().text()).toBe(200);
  return (await answer.json()) as Login;
};
const tls = (login: Login): IClientOptions => ({ ...login, ca: authority.cert });
const accepted = (login: Login): Promise<boolean> => letsIn(broker!.passwordUrl, tls(login));
const known = (login: Login): Promise<void> => until(`${login.username} is known`, () => accepted(login));
const refused = (login: Login): Promise<void> =>
  until(`${login.username} is refused`, async () => !(await accepted(login)));
const settings = (device: string, more: Partial<EnrolSettings> = {}): EnrolSettings => ({
  site: 'hall',
  device,
  out: join(folder, device),
  mqttUrl: 'mqtts://127.0.0.1:8883',
  mqttsUrl: null,
  dataDir: folder,
  authority: join(folder, 'authority'),
  devicePasswordsDir: devices,
  passwordFile: null,
  crlFile: join(folder, 'ca.crl'),
  days: 30,
  revoke: false,
  renew: false,
  revokeOlder: false,
  ...more,
});
const enrolled = async (device: string): Promise<Login> => {
  await enrol(settings(device));
  const read = (name: string): string => readFileSync(join(folder, device, name), 'utf8').trim();
  return { username: read('username'), password: read('password') };
};

beforeAll(async () => {
  ({ folder, remove } = temporaryFolder());
  devices = join(folder, 'devices');
  authority = openAuthority(join(folder, 'authority'));
  first = await openTestApi({ deviceCredentials: await DevicePasswords.open(devices) });
  second = await startApi({
    reader: asRole(first.db, 'reader'),
    control: asRole(first.db, 'control'),
    eventLog: first.eventLog,
    mqtt: null,
    http: { host: '127.0.0.1', port: 0 },
    log: silentLogger,
    health: new Health(),
    deviceCredentials: await DevicePasswords.open(devices),
  });
  broker = await startCloudBroker({ folder, authority, devices, services: ['bridge', 'observer'] });
});
beforeEach((context) => {
  if (broker === null) context.skip('mosquitto is not installed');
});
afterAll(async () => {
  await broker?.stop();
  await second?.close();
  await first?.close();
  remove();
});

test('a device gets in with what the API gave it, publishes its own and nothing else', async () => {
  const login = await put('press');
  expect(login.username).toBe('hall/press');
  await known(login);
  const observer = await mqtt.connectAsync(broker!.serviceUrl, {
    ...tls({ username: serviceUsername('observer'), password: 'observer-secret' }),
    reconnectPeriod: 0,
  });
  const heard: string[] = [];
  observer.on('message', (topic) => heard.push(topic));
  await observer.subscribeAsync('loadcycle/#', { qos: 1 });
  const device = await mqtt.connectAsync(broker!.passwordUrl, { ...tls(login), reconnectPeriod: 0 });
  await device.publishAsync('loadcycle/v1/hall/lathe/samples/voltage', 'forged', { qos: 1 });
  await device.publishAsync('loadcycle/v1/hall/press/samples/voltage', 'own', { qos: 1 });
  await until('its own', () => heard.length > 0);
  expect(heard).toEqual(['loadcycle/v1/hall/press/samples/voltage']);
  await device.endAsync();
  await observer.endAsync();
});

test('a password that was replaced and one that was withdrawn are refused, and who uses it is sent away', async () => {
  const before = await put('saw');
  await known(before);
  const after = await put('saw', second.url);
  await known(after);
  expect(await accepted(before)).toBe(false);
  const client = await mqtt.connectAsync(broker!.passwordUrl, { ...tls(after), reconnectPeriod: 0 });
  const gone = new Promise<void>((resolve) => client.once('close', () => resolve()));
  expect((await ask('DELETE', 'saw')).status).toBe(204);
  expect((await ask('DELETE', 'saw', second.url)).status).toBe(404);
  await refused(after);
  await gone;
  await client.endAsync(true);
});

test('`enrol` and the API know of each other’s passwords', async () => {
  const byHand = await enrolled('mill');
  await known(byHand);
  expect((await ask('DELETE', 'mill')).status).toBe(204);
  await refused(byHand);
  const byApi = await put('mill');
  await known(byApi);
  await enrol(settings('mill', { revoke: true }));
  await refused(byApi);
  expect((await ask('DELETE', 'mill')).status).toBe(404);
});

test('writers at the same time lose nothing of each other', async () => {
  const urls = [first.url, second.url];
  const names = Array.from({ length: 40 }, (_, i) => `robot${i}`);
  const logins = await Promise.all([
    ...names.map((name, i) => put(name, urls[i % 2])),
    ...['lathe1', 'lathe2', 'lathe3'].map(enrolled),
  ]);
  // one device, asked for everywhere at once: one of the answers holds
  const rivals = await Promise.all(Array.from({ length: 10 }, (_, i) => put('rival', urls[i % 2])));
  for (const login of logins) await known(login);
  await until('the broker knows the rival', async () => {
    const now = await Promise.all(rivals.map(accepted));
    return now.filter((yes) => yes).length === 1;
  });
  const gone = await Promise.all(names.map((name, i) => ask('DELETE', name, urls[(i + 1) % 2])));
  expect(new Set(gone.map((answer) => answer.status))).toEqual(new Set([204]));
  for (const login of logins.slice(0, names.length)) await refused(login);
  for (const login of logins.slice(names.length)) expect(await accepted(login)).toBe(true);
  expect(readdirSync(devices).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('whoever may write where the API writes can not change a service’s password, nor stop the broker', async () => {
  const bridge = serviceUsername('bridge');
  const stolen = passwordLine(bridge, 'stolen');
  writeFileSync(join(devices, bridge), `${stolen}\n`);
  writeFileSync(file('evil'), `${stolen}\n${stolen}`);
  writeFileSync(join(devices, 'x\ny'), `\n${stolen}\n`);
  writeFileSync(file('slow'), `${passwordLine('hall/slow', 'slow').replace('$101$', '$99999999$')}\n`);
  writeFileSync(file('broken'), 'hall/broken:$7$101$no\nhall/broken\n:\n\0\n');
  writeFileSync(file('large'), `${passwordLine('hall/large', 'large')}\n`.repeat(100_000));
  writeFileSync(join(folder, 'outside'), `${passwordLine('hall/linked', 'linked')}\n`);
  symlinkSync(join(folder, 'outside'), file('linked'));
  symlinkSync(join(folder, 'broker.key'), file('key'));
  await run('mkfifo', [file('pipe')]);
  // what it has read by then, it has read all of
  const honest = await put('honest');
  await known(honest);
  const service = (password: string): Promise<boolean> =>
    letsIn(broker!.serviceUrl, tls({ username: bridge, password }));
  expect(await service('stolen')).toBe(false);
  expect(await service('bridge-secret')).toBe(true);
  for (const name of ['slow', 'large', 'linked']) {
    expect(await accepted({ username: `hall/${name}`, password: name })).toBe(false);
  }
  const lines = readFileSync(broker!.passwordFile, 'utf8').trim().split('\n');
  const users = lines.map((line) => line.split(':')[0]!);
  expect(users.filter((user) => !user.includes('/'))).toEqual([bridge, serviceUsername('observer')]);
  for (const line of lines) expect(line).toMatch(/^([a-z-]+|hall\/[a-z0-9]+):\$7\$101\$/);
});

test('where the folder can not be written the API says so, and it goes on when it can', async () => {
  const away = `${devices}.away`;
  const before = await put('pump');
  await known(before);
  renameSync(devices, away);
  writeFileSync(devices, '');
  for (const method of ['PUT', 'DELETE'] as const) {
    const answer = await ask(method, 'pump');
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(await answer.json()).toMatchObject({ code: 'folder.unwritable' });
  }
  await expect(DevicePasswords.open(devices)).rejects.toMatchObject({ code: 'folder.unwritable' });
  await until('the broker’s script says so', () => broker!.log().includes('the passwords stay as they were'));
  expect(await accepted(before)).toBe(true);
  rmSync(devices);
  renameSync(away, devices);
  await known(await put('pump'));
});

test('`init` moves what an earlier version kept elsewhere, and takes back nothing that was withdrawn since', async () => {
  const secrets = join(folder, 'secrets');
  const init = (): Promise<unknown> =>
    run(process.execPath, [join(ROOT, 'deploy/init.ts'), '--secrets-dir', secrets]);
  await init();
  const passwd = join(secrets, 'broker/passwd');
  const services = readFileSync(passwd, 'utf8');
  expect(services).not.toMatch(/^[^:]*\//m);
  const kept = join(secrets, 'devices/plant1.motor1');
  const line = readFileSync(kept, 'utf8');
  const old = (name: string): string => passwordLine(`hall/${name}`, 'old');
  rmSync(kept);
  writeFileSync(passwd, `${services}${line}${old('press')}\n${old('saw')}\n`);
  writeFileSync(join(secrets, 'devices/hall.saw'), 'newer\n');
  await init();
  expect(readFileSync(passwd, 'utf8')).toBe(services);
  expect(readFileSync(kept, 'utf8')).toBe(line);
  expect(readFileSync(join(secrets, 'devices/hall.press'), 'utf8')).toMatch(/^hall\/press:\$7\$/);
  expect(readFileSync(join(secrets, 'devices/hall.saw'), 'utf8')).toBe('newer\n');
  rmSync(kept);
  await init();
  expect(readdirSync(join(secrets, 'devices')).sort()).toEqual(['hall.press', 'hall.saw']);
});

test('`enrol` takes one place for the password, not two', async () => {
  await expect(enrol(settings('e', { passwordFile: join(folder, 'own-passwd') }))).rejects.toMatchObject({
    code: 'settings.invalid',
  });
});
