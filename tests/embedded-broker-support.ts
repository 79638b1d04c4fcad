import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Credentials } from '@loadcycle/broker-bridge/credentials';
import type { BrokerLimitSettings } from '@loadcycle/broker-bridge/embedded/limits';
import {
  type Anonymous,
  type EmbeddedBroker,
  startEmbeddedBroker,
} from '@loadcycle/broker-bridge/embedded-broker';
import { silentLogger } from '@loadcycle/contract';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { temporaryFolder } from './bridge-helpers.ts';

/** An embedded broker with two devices, the services' users, and clients that are closed with it. */
export class BrokerUnderTest {
  readonly broker: EmbeddedBroker;
  readonly #clients: MqttClient[] = [];
  readonly #sockets: Socket[] = [];
  readonly #remove: () => void;

  private constructor(broker: EmbeddedBroker, remove: () => void) {
    this.broker = broker;
    this.#remove = remove;
  }

  static async start(
    limits: Partial<BrokerLimitSettings> = {},
    anonymous: Anonymous = 'observe',
  ): Promise<BrokerUnderTest> {
    const { folder, remove } = temporaryFolder();
    const users = new Map(
      ['plant1/pump2', 'plant1/press3', 'loadcycle-bridge', 'loadcycle-api', 'loadcycle-observer'].map(
        (name) => [name, 'right'],
      ),
    );
    const credentials = new Credentials(join(folder, 'mqtt-users.json'));
    const broker = await startEmbeddedBroker({
      ...{ host: '127.0.0.1', port: 0, credentials, anonymous, users, limits },
      log: silentLogger,
    });
    return new BrokerUnderTest(broker, remove);
  }

  /** mqtt.js, without its own reconnects. Rejects where the broker refuses. */
  async client(username: string | null, options: IClientOptions = {}): Promise<MqttClient> {
    const client = mqtt.connect(this.broker.url, {
      reconnectPeriod: 0,
      ...(username === null ? {} : { username, password: 'right' }),
      ...options,
    });
    this.#clients.push(client);
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.once('error', reject);
      client.once('close', () => reject(new Error('closed')));
    });
    client.on('error', () => {});
    return client;
  }

  /** Bytes and nothing else. */
  async socket(): Promise<Socket> {
    const socket = connect(this.broker.port, '127.0.0.1');
    this.#sockets.push(socket);
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.end(true);
    for (const socket of this.#sockets) socket.destroy();
    await this.broker.close();
    this.#remove();
  }
}

/** The fixed header of a packet (MQTT 3.1.1, 2.2). */
export function fixedHeader(firstByte: number, length: number): Buffer {
  const bytes = [firstByte];
  let left = length;
  do {
    const low = left % 128;
    left = Math.floor(left / 128);
    bytes.push(left > 0 ? low | 128 : low);
  } while (left > 0);
  return Buffer.from(bytes);
}

/** CONNECT of an anonymous client with a clean session. */
export function connectPacket(clientId: string): Buffer {
  const id = Buffer.from(clientId);
  const body = Buffer.concat([Buffer.from([0, 4, ...Buffer.from('MQTT'), 4, 2, 0, 60, 0, id.length]), id]);
  return Buffer.concat([fixedHeader(0x10, body.length), body]);
}

/** `once` of Node refuses mqtt.js' typed emitters, and rejects where an `error` comes first. */
export const happens = (
  emitter: { once(event: string, listener: (...args: never[]) => void): unknown },
  event: string,
): Promise<unknown[]> => new Promise((resolve) => emitter.once(event, (...args: unknown[]) => resolve(args)));
