import { parsedAs, readStatus } from '@loadcycle/codecs';
import {
  CommandResult,
  commandsTopic,
  type DevicePath,
  failureKind,
  LoadcycleError,
  type Logger,
  parseTopic,
  RESULTS_FILTER,
  TOPIC_ROOT,
} from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { Backoff, type MosquittoWatch, type MqttLogin } from '@loadcycle/service';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import {
  createOperation,
  markSent,
  type NewOperation,
  type OpenCommand,
  openCommands,
  recordResult,
} from './operations.ts';

export interface MqttSettings extends MqttLogin {
  readonly url: string;
}

const STATUS_FILTER = `${TOPIC_ROOT}/+/+/status`;
/** A broker that has not acknowledged by then is away. */
const PUBLISH_MS = 10_000;
/** Answers that wait for the store at most. */
const MOST_WAITING = 10_000;

/**
 * Sends commands to devices over MQTT (QoS 1, to sessions that the broker keeps) and takes their answers. What is
 * to be sent stands in the store first; a device that comes online gets what it has not answered, until it expires.
 * Devices carry each id out once, so sending again is safe, and so are several instances of the API.
 */
export class Commander {
  readonly #control: Database;
  readonly #log: Logger;
  readonly #client: MqttClient;
  readonly #watch: MosquittoWatch | null;
  readonly #online = new Map<string, boolean>();
  readonly #closing = new AbortController();
  readonly #closed = this.#closing.signal;
  #waiting = 0;

  constructor(control: Database, settings: MqttSettings, log: Logger, watch: MosquittoWatch | null = null) {
    this.#control = control;
    this.#log = log;
    this.#watch = watch;
    const { url, ...credentials } = settings;
    const options: IClientOptions = {
      ...credentials,
      clientId: `loadcycle-api-${process.pid}-${Math.random().toString(36).slice(2, 8)}`,
      clean: true,
      reconnectPeriod: 1000,
      connectTimeout: 5000,
      queueQoSZero: false,
    };
    this.#client = mqtt.connect(url, options);
    this.#client.on('connect', () => this.#connected());
    this.#client.on('error', (error) => log.warn({ code: 'broker.unavailable', err: error }, 'MQTT'));
    this.#client.on('message', (topic, payload) => {
      if (this.#watch?.take(topic, payload)) return;
      this.#heard(topic, payload).catch((error) =>
        log.warn({ err: error, topic }, 'an MQTT message was not handled'),
      );
    });
  }

  get connected(): boolean {
    return this.#client.connected;
  }

  /** Writes an operation down and sends its commands. Throws `broker.unavailable` before anything is written. */
  async run(operation: NewOperation): Promise<string> {
    if (!this.connected) throw new LoadcycleError('broker.unavailable', 'the MQTT broker is away');
    const id = await createOperation(this.#control, operation);
    await this.#send(await openCommands(this.#control, { operation: id }));
    return id;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#client.endAsync(true);
  }

  #connected(): void {
    // the retained statuses come again: what a device has not answered is sent again then
    this.#online.clear();
    this.#watch?.subscribe(this.#client);
    this.#client
      .subscribeAsync([RESULTS_FILTER, STATUS_FILTER], { qos: 1 })
      .catch((error) => this.#log.warn({ err: error }, 'could not subscribe to the answers of devices'));
  }

  async #send(commands: readonly OpenCommand[]): Promise<void> {
    const sent = await Promise.allSettled(commands.map((c) => this.#publish(c)));
    const ids = commands.filter((_, i) => sent[i]!.status === 'fulfilled').map((c) => c.command.id);
    if (ids.length > 0) await markSent(this.#control, ids);
    const failed = sent.find((s) => s.status === 'rejected');
    // the commands stay pending; they go out when their device is heard of again
    if (failed !== undefined) this.#log.warn({ err: failed.reason }, 'commands were not taken by the broker');
  }

  async #publish({ site, device, command }: OpenCommand): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new LoadcycleError('broker.unavailable', 'no acknowledgement from the broker')),
        PUBLISH_MS,
      );
    });
    try {
      const payload = JSON.stringify(command);
      await Promise.race([
        this.#client.publishAsync(commandsTopic({ site, device }), payload, { qos: 1 }),
        late,
      ]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #heard(topic: string, payload: Buffer): Promise<void> {
    const parsed = parseTopic(topic);
    if (parsed?.kind === 'results') {
      await this.#record(parsed, parsedAs(CommandResult, payload));
    } else if (parsed?.kind === 'status') {
      const online = isOnline(payload);
      if (online !== null) await this.#status(parsed, online);
    }
  }

  /**
   * A device tells its answer once the broker has it, and no more: while the store is away answers wait here. What
   * waits when this ends, or is too much, is told again when the command is sent again.
   */
  async #record(device: DevicePath, result: CommandResult): Promise<void> {
    const backoff = new Backoff(200, 5_000);
    for (;;) {
      try {
        await recordResult(this.#control, device, result);
        return;
      } catch (error) {
        if (failureKind(error) !== 'transient' || this.#closed.aborted || this.#waiting >= MOST_WAITING)
          throw error;
        this.#waiting++;
        await backoff.wait(this.#closed).finally(() => {
          this.#waiting--;
        });
      }
    }
  }

  async #status(device: DevicePath, online: boolean): Promise<void> {
    const key = `${device.site}/${device.device}`;
    const before = this.#online.get(key);
    this.#online.set(key, online);
    if (!online || before === true) return;
    try {
      await this.#send(await openCommands(this.#control, { device }));
    } catch (error) {
      // the store is away: its next status counts as the first
      this.#online.delete(key);
      throw error;
    }
  }
}

/** Null for a status that cannot be read: landing says why, in the dead letters. */
function isOnline(payload: Buffer): boolean | null {
  try {
    return readStatus(payload).state === 'online';
  } catch {
    return null;
  }
}
