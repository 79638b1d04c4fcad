import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { serviceUsername } from '@loadcycle/contract/acl';
import mqtt, { type IClientOptions } from 'mqtt';
import type { Authority } from '../deploy/authority.ts';
import { aclFile, setPassword } from '../deploy/mosquitto-files.ts';
import { until } from './bridge-helpers.ts';
import { composeServices, ROOT } from './cloud-compose.ts';
import { type RunningMosquitto, startMosquitto } from './support/mosquitto.ts';
import { freePort } from './support/ports.ts';

/** The compose file's Mosquitto: its configuration, its start script, and the files that `init` makes for it. */
export interface CloudBroker {
  readonly passwordUrl: string;
  readonly certificateUrl: string;
  readonly serviceUrl: string;
  /** what the broker reads, made by the script */
  readonly passwordFile: string;
  log(): string;
  stop(): Promise<void>;
}

export interface CloudBrokerOptions {
  /** takes the broker's files; `ca.crl` and `passwd` of the services among them */
  readonly folder: string;
  readonly authority: Authority;
  /** the folder of the devices' passwords */
  readonly devices: string;
  /** their passwords are `ROLE-secret` */
  readonly services?: readonly ('observer' | 'api' | 'bridge')[];
}

/** Starts it on free ports; null where Mosquitto is not installed. */
export async function startCloudBroker(o: CloudBrokerOptions): Promise<CloudBroker | null> {
  const { folder, authority } = o;
  const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  const { key, cert } = authority.issue({
    name: 'broker',
    usage: 'server',
    altNames: ['DNS:localhost', 'IP:127.0.0.1'],
    notAfter: new Date(Date.now() + 86_400_000),
  });
  put('ca.crt', authority.cert);
  put('broker.crt', cert);
  put('broker.key', key);
  put('acl', aclFile());
  authority.copyCrl(join(folder, 'ca.crl'));
  for (const role of o.services ?? ['observer', 'api']) {
    setPassword(join(folder, 'passwd'), serviceUsername(role), `${role}-secret`);
  }
  const running = await startComposeMosquitto({
    folder: join(folder, 'mosquitto'),
    here: (text) =>
      text.replaceAll('/run/loadcycle/broker/', `${folder}/`).replaceAll('/run/loadcycle/devices', o.devices),
  });
  if (running === null) return null;
  const { mosquitto, certificates, services, passwordFile } = running;
  return {
    passwordUrl: `mqtts://127.0.0.1:${mosquitto.port}`,
    certificateUrl: `mqtts://127.0.0.1:${certificates}`,
    serviceUrl: `mqtts://127.0.0.1:${services}`,
    passwordFile,
    log: mosquitto.log,
    stop: mosquitto.stop,
  };
}

export interface ComposeMosquitto {
  /** its port is the one of devices with a password */
  readonly mosquitto: RunningMosquitto;
  /** the ports of devices with a certificate, and of services */
  readonly certificates: number;
  readonly services: number;
  readonly passwordFile: string;
}

/** The compose file's Mosquitto as it stands, but for its paths and ports; and it looks at its passwords more often. */
export async function startComposeMosquitto(o: {
  readonly folder: string;
  /** puts folders of this machine in place of those in `/run/loadcycle` */
  readonly here: (text: string) => string;
}): Promise<ComposeMosquitto | null> {
  const [certificates, services] = [await freePort(), await freePort()];
  const passwordFile = join(o.folder, 'passwords');
  const here = (text: string): string =>
    o
      .here(text)
      .replaceAll('/tmp/passwd', passwordFile)
      .replaceAll('/tmp/acl', join(o.folder, 'acl'))
      .replaceAll('/mosquitto/data/', `${o.folder}/`)
      .replaceAll('/etc/loadcycle/', join(ROOT, 'deploy/mosquitto/'));
  const config = (port: number): string =>
    here(readFileSync(join(ROOT, 'deploy/mosquitto/mosquitto.conf'), 'utf8'))
      .replace('log_type error', 'log_type all')
      .replace('listener 8883', `listener ${port} 127.0.0.1`)
      .replace('listener 8884', `listener ${certificates} 127.0.0.1`)
      .replace('listener 8885', `listener ${services} 127.0.0.1`);
  const { entrypoint, command } = composeServices()['mosquitto']!;
  const mosquitto = await startMosquitto({
    folder: o.folder,
    config,
    script: [entrypoint![1]!, ...command!].map(here),
    env: { LOOK_EVERY_S: '0.1' },
  });
  if (mosquitto === null) return null;
  // it opens its listeners one after the other
  for (const port of [certificates, services]) await until(`port ${port} is open`, () => accepts(port));
  return { mosquitto, certificates, services, passwordFile };
}

/** Whether the broker lets a client in; throws where it fails for any other reason than its credentials. */
export async function letsIn(url: string, options: IClientOptions): Promise<boolean> {
  try {
    const client = await mqtt.connectAsync(
      url,
      { reconnectPeriod: 0, connectTimeout: 10_000, ...options },
      false,
    );
    await client.endAsync();
    return true;
  } catch (error) {
    if (/not authorized|bad user ?name|certificate (revoked|expired)|closed/i.test(String(error)))
      return false;
    throw error;
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => resolve(true));
    socket.once('connect', () => socket.destroy());
  });
}
