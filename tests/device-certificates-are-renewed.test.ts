import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceUsername } from '@loadcycle/contract/acl';
import type { IClientOptions, MqttClient } from 'mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAuthority } from '../deploy/authority.ts';
import { type EnrolSettings, enrol } from '../deploy/enrol.ts';
import { connectClient, temporaryFolder, until } from './bridge-helpers.ts';
import { type CloudBroker, letsIn, startCloudBroker } from './cloud-broker.ts';
import { ROOT } from './cloud-compose.ts';

/** The compose file's Mosquitto, and the edge agent as a program that signs in with its certificate. */
let folder: string;
let remove: () => void;
let ca: string;
let broker: CloudBroker;
let observer: MqttClient | undefined;
let agent: ChildProcess | undefined;

const at = (...path: string[]): string => join(folder, ...path);
const settings = (more: Partial<EnrolSettings> = {}): EnrolSettings => ({
  site: 'hall',
  device: 'press',
  out: at('press'),
  mqttUrl: 'mqtts://127.0.0.1:8883',
  mqttsUrl: null,
  dataDir: folder,
  authority: at('authority'),
  devicePasswordsDir: at('devices'),
  passwordFile: null,
  crlFile: at('ca.crl'),
  days: 30,
  revoke: false,
  renew: false,
  revokeOlder: false,
  ...more,
});
const read = (file: string): string => readFileSync(at('press', file), 'utf8');
const certificate = (): IClientOptions => ({ ca, cert: read('client.crt'), key: read('client.key') });
const accepted = (login: IClientOptions): Promise<boolean> => letsIn(broker.certificateUrl, login);

beforeEach(async (context) => {
  ({ folder, remove } = temporaryFolder());
  const authority = openAuthority(at('authority'));
  ca = authority.cert;
  await enrol(settings());
  const started = await startCloudBroker({ folder, authority, devices: at('devices') });
  if (started === null) return context.skip('mosquitto is not installed');
  broker = started;
});
afterEach(async () => {
  await observer?.endAsync(true);
  if (agent?.exitCode === null && agent.signalCode === null) {
    agent.kill('SIGKILL');
    await once(agent, 'exit');
  }
  await broker?.stop();
  remove();
  observer = undefined;
  agent = undefined;
});

test('a device gets a new certificate while the old one is good, and then the old one is not', async () => {
  const [old, password] = [certificate(), read('password')];
  await enrol(settings({ renew: true, days: 400 }));
  const renewed = certificate();
  expect(renewed.cert).not.toBe(old.cert);
  expect(read('password')).toBe(password);
  const end = new Date(new X509Certificate(renewed.cert as string).validTo).toISOString().slice(0, 10);
  expect(read('README.md')).toContain(`good until ${end}`);
  expect([await accepted(old), await accepted(renewed)]).toEqual([true, true]);

  await enrol(settings({ revokeOlder: true }));
  await until('the old one is refused', async () => !(await accepted(old)));
  expect(await accepted(renewed)).toBe(true);
  expect(await letsIn(broker.passwordUrl, { ca, username: 'hall/press', password: password.trim() })).toBe(
    true,
  );
  // again, with nothing older to withdraw
  await enrol(settings({ revokeOlder: true }));
  expect(await accepted(renewed)).toBe(true);
});

test('what was taken out or never enrolled is not renewed, and one thing is done at a time', async () => {
  await expect(enrol(settings({ device: 'nobody', renew: true }))).rejects.toMatchObject({
    code: 'request.invalid',
  });
  await enrol(settings({ revoke: true }));
  await expect(enrol(settings({ renew: true }))).rejects.toMatchObject({ code: 'request.invalid' });
  await expect(enrol(settings({ renew: true, revokeOlder: true }))).rejects.toMatchObject({
    code: 'settings.invalid',
  });
});

test('the running agent takes the new certificate at a signal; nothing that it samples is missing', async () => {
  const seen = new Map<string, Set<number>>();
  observer = await connectClient(broker.serviceUrl, {
    username: serviceUsername('observer'),
    password: 'observer-secret',
    ca,
  });
  observer.on('message', (_topic, payload) => {
    const { session, seq } = JSON.parse(String(payload)) as { session: string; seq: number };
    seen.set(session, (seen.get(session) ?? new Set()).add(seq));
  });
  await observer.subscribeAsync('loadcycle/v1/hall/press/samples/#', { qos: 1 });

  const flags = ['--mqtt-url', broker.certificateUrl, '--mqtt-ca-file', at('press/ca.crt')];
  for (const [flag, file] of [
    ['--mqtt-cert-file', 'client.crt'],
    ['--mqtt-key-file', 'client.key'],
  ] as const)
    flags.push(flag, at('press', file));
  flags.push(
    '--site',
    'hall',
    '--device',
    'press',
    '--outbox-dir',
    at('outbox'),
    '--confirm-timeout',
    '500ms',
  );
  agent = spawn(process.execPath, [join(ROOT, 'edge-agent/main.ts'), 'simulate', ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  agent.stderr!.on('data', (piece) => (output += piece));
  const sessionOf = (): Set<number> => [...seen.values()][0] ?? new Set();
  const more = async (what: string): Promise<void> => {
    const before = Math.max(-1, ...sessionOf());
    await until(what, () => sessionOf().has(before + 3));
  };
  const connections = (): number => output.split('"connected"').length - 1;
  const signIn = async (): Promise<void> => {
    const before = connections();
    agent!.kill('SIGHUP');
    await until('it has signed in anew', () => connections() > before);
  };
  await more('the first batches');
  expect(output).toContain('the certificate of this device ends soon');

  // half of a renewal: the key does not belong to the certificate, and what was good before stays
  const old = certificate();
  await enrol(settings({ renew: true, days: 400, out: at('new') }));
  const fresh = (file: string): string => readFileSync(at('new', file), 'utf8');
  writeFileSync(at('press/client.key'), fresh('client.key'));
  await signIn();
  expect(output).toContain('going on with what was read before');
  await more('batches by the old certificate');

  // the other half; the old one may go once the new one is in use
  writeFileSync(at('press/client.crt'), fresh('client.crt'));
  await signIn();
  await enrol(settings({ revokeOlder: true }));
  await until('the old one is refused', async () => !(await accepted(old)));
  await signIn();
  await more('batches by the new certificate');

  // one session, without a hole
  expect(seen.size).toBe(1);
  const last = Math.max(...sessionOf());
  await until('none is missing', () => sessionOf().size === Math.max(...sessionOf()) + 1);
  expect(last).toBeGreaterThan(5);
  agent.kill('SIGTERM');
  expect(await once(agent, 'exit')).toEqual([0, null]);
  rmSync(at('new'), { recursive: true });
});
