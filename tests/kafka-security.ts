import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KafkaSettings } from '@loadcycle/event-log/kafka/settings';
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
  try {
    makeCertificates(folder);
  } catch {
    return 'openssl is not installed';
  }
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

function makeCertificates(folder: string): void {
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  };
  const days = ['-days', '2'];
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...fresh,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=Test authority',
    ...days,
  );
  openssl(
    'req',
    '-x509',
    ...fresh,
    '-keyout',
    'other.key',
    '-out',
    'other.pem',
    '-subj',
    '/CN=Other',
    ...days,
  );
  for (const name of ['broker', 'client']) {
    openssl(
      ...[
        'req',
        '-x509',
        ...fresh,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.pem`,
        '-subj',
        `/CN=${name}`,
        ...days,
      ],
      ...['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', 'subjectAltName=IP:127.0.0.1'],
    );
  }
}
