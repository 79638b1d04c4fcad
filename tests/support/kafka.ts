import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import '@loadcycle/event-log/kafkajs/quiet-queue';
import { kafkaFiles, kafkaJars, kafkaLacks } from './kafka-jars.ts';
import { freePort } from './ports.ts';

const run = promisify(execFile);
const JAVA = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djava.awt.headless=true'];

export interface KafkaOptions {
  /** of its own; holds configuration, data and `kafka.log` */
  readonly folder: string;
  /** listener protocol, such as SSL or SASL_PLAINTEXT; clients that wait for the broker need `client` then */
  readonly protocol?: string;
  /** more lines of server.properties */
  readonly properties?: Readonly<Record<string, string>>;
  /** more arguments of the storage format, such as `--add-scram NAME=[name=…,password=…]` */
  readonly formatArguments?: readonly string[];
  /** how the helper itself connects, where the listener asks for more than PLAINTEXT */
  readonly client?: Partial<KafkaConfig>;
  /** told why there is no broker, where the answer is null */
  readonly onLack?: (reason: string) => void;
}

export interface RunningKafka {
  /** as clients take it: `127.0.0.1:port` */
  readonly brokers: string;
  readonly port: number;
  readonly pid: () => number;
  /** SIGKILL */
  kill(): Promise<void>;
  /** SIGSTOP: the connections stay, nobody answers */
  freeze(): void;
  /** SIGCONT */
  thaw(): void;
  /** starts it again on the same port and data, after `kill` */
  restart(): Promise<void>;
  /** resolves when the broker no longer knows it */
  deleteTopic(topic: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A real Apache Kafka (KRaft, one node) from the jars of tests/kafka/pom.xml, ready for clients. Null where java or
 * mvn is missing ({@link KafkaOptions.onLack} is told which).
 */
export async function startKafka(options: KafkaOptions): Promise<RunningKafka | null> {
  const lacks = await kafkaLacks();
  if (lacks !== null) {
    options.onLack?.(lacks);
    return null;
  }
  const classpath = join(await kafkaJars(), '*');
  for (let attempt = 1; ; attempt++) {
    const broker = new Broker(options, classpath, await freePort(), await freePort());
    try {
      await broker.prepare(attempt);
      await broker.restart();
      return broker;
    } catch (error) {
      await broker.stop();
      // somebody else may have taken one of the ports in between
      if (attempt === 3) throw error;
    }
  }
}

class Broker implements RunningKafka {
  readonly brokers: string;
  readonly port: number;
  readonly #options: KafkaOptions;
  readonly #classpath: string;
  readonly #controllerPort: number;
  #folder = '';
  #process: ChildProcess | null = null;

  constructor(options: KafkaOptions, classpath: string, port: number, controllerPort: number) {
    this.#options = options;
    this.#classpath = classpath;
    this.port = port;
    this.#controllerPort = controllerPort;
    this.brokers = `127.0.0.1:${port}`;
  }

  pid = (): number => this.#process!.pid!;

  async prepare(attempt: number): Promise<void> {
    this.#folder = join(this.#options.folder, `kafka-${attempt}`);
    await mkdir(this.#folder, { recursive: true });
    const values: Record<string, string | number> = {
      port: this.port,
      controllerPort: this.#controllerPort,
      folder: this.#folder,
      protocol: this.#options.protocol ?? 'PLAINTEXT',
    };
    const template = await readFile(join(kafkaFiles, 'server.properties'), 'utf8');
    const lines = Object.entries(this.#options.properties ?? {}).map(([name, value]) => `${name}=${value}\n`);
    const text = template.replace(/\{\{(\w+)\}\}/g, (_, name) => String(values[name])) + lines.join('');
    await writeFile(this.#properties, text);
    const id = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url');
    const format = ['kafka.tools.StorageTool', 'format', '-t', id, '-c', this.#properties];
    format.push(...(this.#options.formatArguments ?? []));
    await run('java', [...this.#java, ...format], { cwd: this.#folder, timeout: 120_000 });
  }

  get #properties(): string {
    return join(this.#folder, 'server.properties');
  }

  get #java(): string[] {
    const log = `-Dlog4j2.configurationFile=${join(kafkaFiles, 'log4j2.yaml')}`;
    return [...JAVA, log, '-cp', this.#classpath];
  }

  async restart(): Promise<void> {
    const log = openSync(join(this.#folder, 'kafka.log'), 'a');
    const child = spawn('java', [...this.#java, 'kafka.Kafka', this.#properties], {
      cwd: this.#folder,
      stdio: ['ignore', log, log],
    });
    this.#process = child;
    const dieWithUs = (): void => void child.kill('SIGKILL');
    process.once('exit', dieWithUs);
    child.once('exit', () => process.off('exit', dieWithUs));
    await this.#ready(child);
  }

  #client(): Kafka {
    return new Kafka({
      brokers: [this.brokers],
      logLevel: logLevel.NOTHING,
      connectionTimeout: 1000,
      requestTimeout: 2000,
      retry: { retries: 0 },
      ...this.#options.client,
    });
  }

  async deleteTopic(topic: string): Promise<void> {
    const admin = this.#client().admin();
    await admin.connect();
    try {
      await admin.deleteTopics({ topics: [topic] });
      while ((await admin.listTopics()).includes(topic)) await delay(20);
    } finally {
      await admin.disconnect();
    }
  }

  /** Until it answers who it is: a port that accepts is not yet a broker that serves. */
  async #ready(child: ChildProcess): Promise<void> {
    const client = this.#client();
    for (const end = Date.now() + 90_000; Date.now() < end; await delay(100)) {
      if (child.exitCode !== null || child.signalCode !== null) break;
      const admin = client.admin();
      try {
        await admin.connect();
        if ((await admin.describeCluster()).brokers.length > 0) return;
      } catch {
        // not yet
      } finally {
        await admin.disconnect().catch(() => {});
      }
    }
    const tail = (await readFile(join(this.#folder, 'kafka.log'), 'utf8')).slice(-2000);
    throw new Error(`Kafka did not start:\n${tail}`);
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  freeze(): void {
    this.#process!.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process!.kill('SIGCONT');
  }

  /** There is nothing to keep: the folder goes with the test. */
  stop(): Promise<void> {
    return this.kill();
  }
}
