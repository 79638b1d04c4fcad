import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Credentials, type EmbeddedBroker, startEmbeddedBroker } from '@loadcycle/broker-bridge';
import { silentLogger } from '@loadcycle/contract';
import { serviceUsername } from '@loadcycle/contract/acl';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Authority, openAuthority } from '../deploy/authority.ts';
import { type EnrolSettings, enrol } from '../deploy/enrol.ts';
import { temporaryFolder, until } from './bridge-helpers.ts';
import { type CloudBroker, letsIn, startCloudBroker } from './cloud-broker.ts';

const ROOT = join(import.meta.dirname, '..');
const OWN = 'loadcycle/v1/hall/press';
const OTHER = 'loadcycle/v1/hall/lathe';

/** One deployment: an authority, a broker (Mosquitto as `deploy/` configures and starts it), two enrolled devices. */
type Deployment = Pick<CloudBroker, 'passwordUrl' | 'certificateUrl' | 'serviceUrl' | 'stop'>;

const BROKERS = ['aedes', 'mosquitto'] as const;

describe.each(BROKERS)('devices at %s', (kind) => {
  let folder: string;
  let remove: () => void;
  let authority: Authority;
  let deployment: Deployment | null = null;
  let ca: string;
  const clients: MqttClient[] = [];

  const settings = (device: string, more: Partial<EnrolSettings> = {}): EnrolSettings => ({
    site: 'hall',
    device,
    out: join(folder, device),
    mqttUrl: 'mqtts://127.0.0.1:8883',
    mqttsUrl: null,
    dataDir: folder,
    authority: join(folder, 'authority'),
    devicePasswordsDir: kind === 'mosquitto' ? join(folder, 'devices') : null,
    passwordFile: null,
    crlFile: kind === 'mosquitto' ? join(folder, 'ca.crl') : null,
    days: 30,
    revoke: false,
    renew: false,
    revokeOlder: false,
    ...more,
  });

  beforeAll(async () => {
    ({ folder, remove } = temporaryFolder());
    authority = openAuthority(join(folder, 'authority'));
    ca = authority.cert;
    await enrol(settings('press'));
    await enrol(settings('lathe'));
    if (kind === 'aedes') deployment = await deployAedes(folder, authority);
    else deployment = await startCloudBroker({ folder, authority, devices: join(folder, 'devices') });
  });
  beforeEach((context) => {
    if (deployment === null) context.skip('mosquitto is not installed');
  });
  afterAll(async () => {
    for (const client of clients) await client.endAsync(true);
    await deployment?.stop();
    remove();
  });

  const read = (device: string, file: string): string =>
    readFileSync(join(folder, device, file), 'utf8').trim();
  const login = (device: string): IClientOptions => ({
    username: read(device, 'username'),
    password: read(device, 'password'),
    ca,
  });
  const certificate = (device: string): IClientOptions => ({
    cert: read(device, 'client.crt'),
    key: read(device, 'client.key'),
    ca,
  });
  const connect = async (url: string, options: IClientOptions): Promise<MqttClient> => {
    const client = await mqtt.connectAsync(
      url,
      { reconnectPeriod: 0, connectTimeout: 30_000, ...options },
      false,
    );
    client.on('error', () => {});
    clients.push(client);
    return client;
  };
  const service = (role: 'observer' | 'api'): IClientOptions => ({
    username: serviceUsername(role),
    password: `${role}-secret`,
    ca,
  });

  /** What comes out on `filter` while `act` runs, up to a message that the API sends at the end. */
  const seen = async (filter: string, act: () => Promise<unknown>): Promise<string[]> => {
    const observer = await connect(deployment!.serviceUrl, service('observer'));
    const messages: string[] = [];
    observer.on('message', (topic, payload) => messages.push(`${topic} ${payload}`));
    await observer.subscribeAsync(filter, { qos: 1 });
    await act();
    const api = await connect(deployment!.serviceUrl, service('api'));
    await api.publishAsync(`${OWN}/commands`, 'end', { qos: 1 });
    await until('the end', () => messages.some((m) => m.endsWith(' end')));
    return messages.filter((m) => !m.endsWith(' end'));
  };
  /** MQTT 3.1.1 has no way to refuse a message but to hang up (aedes does) or to drop it (Mosquitto does). */
  const publishAnyway = async (client: MqttClient, topic: string): Promise<void> => {
    const gone = new Promise<void>((resolve) => client.once('close', () => resolve()));
    await Promise.race([client.publishAsync(topic, 'forged', { qos: 1 }).catch(() => {}), gone]);
  };

  test.each(['password', 'certificate'] as const)(
    'a device with its %s publishes its own and nothing else',
    async (way) => {
      const as = (): Promise<MqttClient> =>
        way === 'password'
          ? connect(deployment!.passwordUrl, login('press'))
          : connect(deployment!.certificateUrl, certificate('press'));
      const messages = await seen('loadcycle/#', async () => {
        const device = await as();
        await device.publishAsync(`${OWN}/samples/voltage`, 'mine', { qos: 1 });
        await device.publishAsync(`${OWN}/status`, 'mine', { qos: 1 });
        await device.endAsync();
        for (const topic of [
          `${OTHER}/samples/voltage`,
          `${OTHER}/status`,
          `${OWN}/receipts`,
          `${OWN}/commands`,
        ]) {
          const again = await as();
          await publishAnyway(again, topic);
          await again.endAsync(true);
        }
      });
      expect(messages).toEqual([`${OWN}/samples/voltage mine`, `${OWN}/status mine`]);
    },
  );

  test('a device hears its own commands, and neither another one’s nor anyone’s samples', async () => {
    const device = await connect(deployment!.passwordUrl, login('press'));
    const heard: string[] = [];
    device.on('message', (topic, payload) => heard.push(`${topic} ${payload}`));
    await device.subscribeAsync(`${OWN}/commands`, { qos: 1 });
    for (const filter of [`${OTHER}/commands`, 'loadcycle/#', '#', '$share/x/loadcycle/v1/+/+/samples/#']) {
      await device.subscribeAsync(filter, { qos: 1 }).catch(() => {});
    }
    const lathe = await connect(deployment!.passwordUrl, login('lathe'));
    const api = await connect(deployment!.serviceUrl, service('api'));
    await lathe.publishAsync(`${OTHER}/samples/voltage`, 'secret', { qos: 1 });
    await api.publishAsync(`${OTHER}/commands`, 'not for press', { qos: 1 });
    await api.publishAsync(`${OWN}/commands`, 'for press', { qos: 1 });
    await until('its command', () => heard.some((m) => m.endsWith(' for press')));
    expect(new Set(heard)).toEqual(new Set([`${OWN}/commands for press`]));
  });

  test('a wrong password, another one’s password, no user and an unknown one are refused', async () => {
    const right = login('press');
    for (const options of [
      { ...right, password: 'wrong' },
      { ...right, password: login('lathe').password! },
      { ...right, username: 'hall/nobody' },
      { ca },
    ]) {
      await expect(connect(deployment!.passwordUrl, options)).rejects.toThrow(
        /refused|not authorized|closed/i,
      );
    }
  });

  test('without TLS nobody gets in, nor does a client that trusts another authority', async () => {
    const plain = deployment!.passwordUrl.replace('mqtts:', 'mqtt:');
    await expect(connect(plain, login('press'))).rejects.toThrow();
    await expect(connect(deployment!.passwordUrl, { ...login('press'), ca: undefined })).rejects.toThrow(
      /certificate/,
    );
  });

  test('an expired certificate and one of another authority are refused', async () => {
    const long = (days: number): Date => new Date(Date.now() + days * 86_400_000);
    const expired = authority.issue({
      name: 'hall/press',
      usage: 'client',
      notBefore: long(-10),
      notAfter: long(-1),
    });
    const foreign = openAuthority(join(folder, 'foreign')).issue({
      name: 'hall/press',
      usage: 'client',
      notAfter: long(1),
    });
    for (const { key, cert } of [expired, foreign]) {
      await expect(connect(deployment!.certificateUrl, { ca, key, cert })).rejects.toThrow();
    }
  });

  test('nobody takes over another one’s session by its client id', async () => {
    const press = await connect(deployment!.passwordUrl, {
      ...login('press'),
      clientId: 'the-press',
      clean: false,
    });
    await press.subscribeAsync(`${OWN}/commands`, { qos: 1 });
    const lathe = await connect(deployment!.passwordUrl, {
      ...login('lathe'),
      clientId: 'the-press',
      clean: false,
    }).catch(() => null);
    // either refused, or let in under a session of its own
    expect(press.connected).toBe(true);
    const heard: string[] = [];
    lathe?.on('message', (_topic, payload) => heard.push(String(payload)));
    const got = new Promise<void>((resolve) => press.once('message', () => resolve()));
    const api = await connect(deployment!.serviceUrl, service('api'));
    await api.publishAsync(`${OWN}/commands`, 'for press', { qos: 1 });
    await got;
    expect(heard).toEqual([]);
  });

  test('the folder works as its README says', async () => {
    await enrol(settings('saw', { mqttUrl: deployment!.passwordUrl }));
    const observer = await connect(deployment!.serviceUrl, service('observer'));
    const topics = new Set<string>();
    observer.on('message', (topic) => topics.add(topic));
    await observer.subscribeAsync('loadcycle/v1/hall/saw/#', { qos: 1 });
    const [, line = ''] = /npm run agent -- (.+)/.exec(read('saw', 'README.md'))!;
    const agent = spawn(process.execPath, [join(ROOT, 'edge-agent/main.ts'), ...line.split(' ')], {
      cwd: join(folder, 'saw'),
      stdio: 'ignore',
    });
    await until('its samples and its status', () =>
      ['samples/motor-voltage', 'status'].every((t) => topics.has(`loadcycle/v1/hall/saw/${t}`)),
    );
    agent.kill('SIGTERM');
    await once(agent, 'exit');
  });

  test('a device that is enrolled later gets in, one that is taken out does not', async () => {
    await enrol(settings('drill'));
    const before = login('drill');
    await until('the broker knows it', () => letsIn(deployment!.passwordUrl, before));
    await enrol(settings('drill', { revoke: true }));
    await until('its password is refused', async () => !(await letsIn(deployment!.passwordUrl, before)));
    await until(
      'its certificate is refused',
      async () => !(await letsIn(deployment!.certificateUrl, certificate('drill'))),
    );
    await expect(connect(deployment!.passwordUrl, before)).rejects.toThrow(/refused|not authorized/i);
    await expect(connect(deployment!.certificateUrl, certificate('drill'))).rejects.toThrow();
    await (await connect(deployment!.certificateUrl, certificate('press'))).endAsync();
  });
});

async function deployAedes(folder: string, authority: Authority): Promise<Deployment> {
  const { key, cert } = authority.issue({
    name: 'broker',
    usage: 'server',
    altNames: ['DNS:localhost', 'IP:127.0.0.1'],
    notAfter: new Date(Date.now() + 86_400_000),
  });
  const broker: EmbeddedBroker = await startEmbeddedBroker({
    host: '127.0.0.1',
    port: 0,
    credentials: new Credentials(join(folder, 'mqtt-users.json')),
    users: new Map(['observer', 'api'].map((r) => [serviceUsername(r as 'api'), `${r}-secret`])),
    anonymous: 'refuse',
    tls: { ca: authority.cert, key, cert },
    log: silentLogger,
  });
  const { url } = broker;
  return {
    passwordUrl: url,
    certificateUrl: url,
    serviceUrl: url,
    stop: () => broker.close(),
  };
}
