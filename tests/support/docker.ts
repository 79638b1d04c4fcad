import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { kafkaFiles, kafkaJars } from './kafka-jars.ts';
import { freePort } from './ports.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Debian puts daemons in /usr/sbin, which a user's PATH may lack. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`;
const PROGRAMS = ['dockerd', 'docker', 'docker-compose', 'mmdebstrap', 'java', 'mvn'];
/** made once, kept beside the tests: a root file system takes a minute to make */
const CACHE = join(ROOT, 'tests/docker/target');
const RELEASE = 'bookworm';
const PACKAGES = [
  'ca-certificates',
  'mosquitto',
  'mosquitto-clients',
  'openjdk-17-jre-headless',
  'prometheus',
];

/** where the compose file publishes: beside whatever listens on this machine already */
const PORTS = ['MQTT_TLS_PORT', 'MQTT_CERT_PORT', 'HTTP_PORT', 'PROMETHEUS_PORT', 'GRAFANA_PORT'];

/** beside an engine that may be running already: no docker0, other addresses */
const NETWORK = ['--bridge', 'none', '--default-address-pool', 'base=10.213.0.0/16,size=24'];

export interface RunningDocker {
  docker(...args: string[]): Promise<string>;
  /** what a container wrote, both streams */
  logs(container: string): Promise<string>;
  /** docker-compose on the project's own file */
  compose(...args: string[]): Promise<string>;
  /** the daemon's log */
  log(): string;
  stop(): Promise<void>;
}

function sh(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
  timeoutMs = 900_000,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      cwd: ROOT,
      env: { ...process.env, PATH, ...env },
      timeout: timeoutMs,
      maxBuffer: 1 << 26,
    };
    execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(
          Object.assign(new Error(`${command} ${args.join(' ')}: ${stderr.slice(-3_000) || error.message}`), {
            stderr,
          }),
        );
    });
  });
}

/** Why no engine can be started here, or null. */
export async function dockerLacks(): Promise<string | null> {
  if (userInfo().uid !== 0) return 'a Docker engine of its own needs root';
  for (const program of PROGRAMS) {
    const there = await sh('sh', ['-c', `command -v ${program}`]).catch(() => null);
    if (there === null) return `${program} is not installed`;
  }
  return null;
}

/** Starts an engine of its own in `folder`; a reason where it does not come up. */
export async function startDocker(folder: string): Promise<RunningDocker | string> {
  mkdirSync(folder, { recursive: true });
  const socket = join(folder, 'docker.sock');
  const logFile = join(folder, 'dockerd.log');
  const host = `unix://${socket}`;
  const out = openSync(logFile, 'a');
  const paths = [
    '--data-root',
    join(folder, 'data'),
    '--exec-root',
    join(folder, 'exec'),
    '--pidfile',
    join(folder, 'pid'),
  ];
  const daemon: ChildProcess = spawn(
    'dockerd',
    [...paths, '-H', host, '--default-ulimit', 'nofile=1024:4096', ...NETWORK],
    { env: { ...process.env, PATH }, stdio: ['ignore', out, out] },
  );
  closeSync(out);
  const killAtExit = (): void => void daemon.kill('SIGTERM');
  process.once('exit', killAtExit);
  const log = (): string => readFileSync(logFile, 'utf8');
  const gone = (): boolean => daemon.exitCode !== null || daemon.signalCode !== null;
  const ports = await Promise.all(PORTS.map(async (p) => [`LOADCYCLE_${p}`, String(await freePort())]));
  const env = {
    ...(Object.fromEntries(ports) as Record<string, string>),
    DOCKER_HOST: host,
    DOCKER_BUILDKIT: '0',
    COMPOSE_DOCKER_CLI_BUILD: '0',
    COMPOSE_PROJECT_NAME: 'loadcycle',
  };
  for (const end = Date.now() + 60_000; ; await delay(200)) {
    if (gone()) return `the Docker engine did not start: ${log().split('\n').at(-2) ?? ''}`;
    if ((await sh('docker', ['version'], env).catch(() => null)) !== null) break;
    if (Date.now() > end) {
      daemon.kill('SIGKILL');
      return 'the Docker engine did not answer within a minute';
    }
  }
  return {
    docker: (...args) => sh('docker', args, env),
    logs: (container) => sh('sh', ['-c', `docker logs ${container} 2>&1`], env),
    compose: (...args) => sh('docker-compose', args, env),
    log,
    async stop() {
      process.off('exit', killAtExit);
      if (gone()) return;
      const end = once(daemon, 'exit');
      daemon.kill('SIGTERM');
      await end;
      // it leaves its mounts of network name spaces behind
      const mounts = readFileSync('/proc/mounts', 'utf8')
        .split('\n')
        .map((line) => line.split(' ')[1] ?? '');
      for (const path of mounts.filter((m) => m.startsWith(`${folder}/`)).reverse())
        await sh('umount', ['-l', path]);
    },
  };
}

/**
 * There is no image registry here: stand-ins for the base images from Debian packages, under the names in our files.
 * Returns the names of those for which there is no stand-in.
 */
export async function makeStandIns(
  engine: RunningDocker,
  images: readonly string[],
  folder: string,
): Promise<string[]> {
  await engine.docker('import', await rootFileSystem(), 'standin/debian:latest');
  const missing: string[] = [];
  for (const image of images) {
    const context = join(folder, 'images', image.replaceAll(/[/:]/g, '-'));
    mkdirSync(context, { recursive: true });
    const dockerfile = await standIn(image, context);
    if (dockerfile === null) {
      missing.push(image);
      continue;
    }
    writeFileSync(join(context, 'Dockerfile'), `FROM standin/debian:latest\n${dockerfile}`);
    await engine.docker('build', '-q', '--network', 'host', '-t', image, context);
  }
  return missing;
}

/** Puts into `context` what the image needs beside Debian's packages; the rest of its Dockerfile. */
async function standIn(image: string, context: string): Promise<string | null> {
  const put = (name: string, text: string): void => writeFileSync(join(context, name), text);
  switch (image.split(':')[0]) {
    case 'node': {
      cpSync(join(ROOT, 'node_modules/node/bin/node'), join(context, 'node'));
      // …/npm/bin/npm-cli.js
      const npm = realpathSync((await sh('sh', ['-c', 'command -v npm'])).trim());
      cpSync(join(npm, '../..'), join(context, 'npm'), { recursive: true });
      // authorities that this machine trusts beside Debian's
      cpSync('/etc/ssl/certs/ca-certificates.crt', join(context, 'ca.crt'));
      return `COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
COPY ca.crt /etc/ssl/certs/ca-certificates.crt
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && mkdir -p /usr/local/etc \\
  && echo 'cafile=/etc/ssl/certs/ca-certificates.crt' > /usr/local/etc/npmrc
`;
    }
    case 'eclipse-mosquitto':
      return `RUN groupadd -g 1883 broker && useradd -u 1883 -g 1883 -M broker && mkdir -p /mosquitto/data \\
  && chown -R 1883:1883 /mosquitto && ln -s /usr/sbin/mosquitto /usr/bin/mosquitto
`;
    case 'apache/kafka': {
      cpSync(await kafkaJars(), join(context, 'libs'), { recursive: true });
      cpSync(join(kafkaFiles, 'log4j2.yaml'), join(context, 'log4j2.yaml'));
      const java = `exec java $KAFKA_HEAP_OPTS -Dlog4j2.configurationFile=/opt/kafka/log4j2.yaml -cp '/opt/kafka/libs/*'`;
      put('kafka-storage.sh', `#!/bin/sh\n${java} kafka.tools.StorageTool "$@"\n`);
      put('kafka-server-start.sh', `#!/bin/sh\n${java} kafka.Kafka "$@"\n`);
      return `COPY libs /opt/kafka/libs
COPY log4j2.yaml /opt/kafka/
COPY kafka-storage.sh kafka-server-start.sh /opt/kafka/bin/
RUN groupadd -g 1000 kafka && useradd -u 1000 -g 1000 -M kafka && chmod +x /opt/kafka/bin/*.sh \\
  && mkdir -p /var/lib/kafka/data && chown -R 1000:1000 /var/lib/kafka
`;
    }
    case 'prom/prometheus':
      return 'RUN mkdir -p /prometheus && chown -R 65534:65534 /prometheus\nENTRYPOINT ["prometheus"]\n';
    default:
      return null;
  }
}

/** A minimal Debian with what the stand-ins need, as a tar archive. */
async function rootFileSystem(): Promise<string> {
  const file = join(
    CACHE,
    `${RELEASE}-${createHash('sha256').update(PACKAGES.join()).digest('hex').slice(0, 12)}.tar`,
  );
  if (existsSync(file)) return file;
  mkdirSync(CACHE, { recursive: true });
  const half = `${file}.${process.pid}.tar`;
  const drop = ['doc', 'locale'].map((d) => `--dpkgopt=path-exclude=/usr/share/${d}/*`);
  try {
    await sh(
      'mmdebstrap',
      ['--variant=minbase', `--include=${PACKAGES.join(',')}`, ...drop, RELEASE, half],
      {},
      900_000,
    );
    renameSync(half, file);
  } finally {
    rmSync(half, { force: true });
  }
  return file;
}
