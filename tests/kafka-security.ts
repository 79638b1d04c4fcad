import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KafkaSettings } from '@loadcycle/event-log/kafka/settings';
import { openAuthority } from '../deploy/authority.ts';
import { type RunningKafka, startKafka } from './support/kafka.ts';

export interface SecuredKafka {
  readonly kafka: RunningKafka;
  readonly folder: string;
  readonly tls: NonNullable<KafkaSettings['tls']> & { ca: string; cert: string; key: string };
  readonly user: { username: string; password: string };
  stop(): Promise<void>;
}

/** A Kafka that takes only TLS with a client certificate and a password (PLAIN or SCRAM); or why there is none. */
export async function startSecuredKafka(): Promise<SecuredKafka | string> {
  const folder = await mkdtemp(join(tmpdir(), 'loadcycle-kafka-'));
  const file = (name: string): string => join(folder, name);
  await makeCertificates(folder);
  const read = (name: string): Promise<string> => readFile(file(name), 'utf8');
  const [ca, cert, key] = await Promise.all(['ca.pem', 'client.pem', 'client.key'].map(read));
  await writeFile(file('broker-store.pem'), `${await read('broker.key')}${await read('broker.pem')}`);
  const user = { username: 'loadcycle', password: 'a-secret' };
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule';
  let lack = '';
  const kafka = await startKafka({
    folder,
    protocol: 'SASL_SSL',
    onLack: (reason) => void (lack = reason),
    formatArguments: ['--add-scram', `SCRAM-SHA-256=[name=${user.username},password=${user.password}]`],
    properties: {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': file('broker-store.pem'),
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': file('ca.pem'),
      'listener.name.sasl_ssl.ssl.client.auth': 'required',
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256',
      'sasl.mechanism.inter.broker.protocol': 'PLAIN',
      'listener.name.sasl_ssl.plain.sasl.jaas.config': `${plain} required username="broker" password="b" user_broker="b" user_${user.username}="${user.password}";`,
      'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': `${scram} required;`,
    },
    client: { ssl: { ca, cert, key }, sasl: { mechanism: 'plain', ...user } },
  });
  if (!kafka) return lack;
  return {
    kafka,
    folder,
    tls: { ca: ca!, cert: cert!, key: key! },
    user,
    stop: async () => {
      await kafka.stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function makeCertificates(folder: string): Promise<void> {
  const put = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  const notAfter = new Date(Date.now() + 86_400_000);
  const authority = openAuthority(join(folder, 'authority'));
  await put('ca.pem', authority.cert);
  await put('other.pem', openAuthority(join(folder, 'other')).cert);
  for (const [name, usage] of [
    ['broker', 'peer'],
    ['client', 'client'],
  ] as const) {
    const { key, cert } = authority.issue({ name, usage, altNames: ['IP:127.0.0.1'], notAfter });
    await put(`${name}.key`, key);
    await put(`${name}.pem`, cert);
  }
}
