import { EventEmitter, once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import mqtt, { type MqttClient } from 'mqtt';
import { generate, type Packet, parser } from 'mqtt-packet';
import { afterEach, expect, test } from 'vitest';
import mqttPackage from '../node_modules/mqtt/package.json' with { type: 'json' };
import { type Arrived, PubackHold } from './hold-puback.ts';
import own from './package.json' with { type: 'json' };

/**
 * The wire as it is: a TCP server that speaks MQTT packet by packet, so that the test sees which PUBACK leaves
 * when. If mqtt.js sends PUBACKs another way one day, these fail.
 */
class Wire {
  readonly server = createServer();
  readonly pubacks: number[] = [];
  socket!: Socket;
  #seen: (() => void)[] = [];

  async listen(): Promise<string> {
    this.server.on('connection', (socket) => {
      this.socket = socket;
      const reader = parser();
      reader.on('packet', (packet: Packet) => {
        if (packet.cmd === 'connect') this.send({ cmd: 'connack', returnCode: 0, sessionPresent: true });
        if (packet.cmd === 'pingreq') this.send({ cmd: 'pingresp' });
        if (packet.cmd === 'puback') this.pubacks.push(packet.messageId!);
        for (const seen of this.#seen.splice(0)) seen();
      });
      socket.on('data', (data) => reader.parse(data)).on('error', () => {});
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `mqtt://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  send(packet: Packet): void {
    this.socket.write(generate(packet));
  }

  publish(...ids: number[]): void {
    const packets = ids.map((messageId) =>
      generate({
        cmd: 'publish',
        topic: 't',
        payload: `${messageId}`,
        qos: 1,
        dup: false,
        retain: false,
        messageId,
      }),
    );
    this.socket.write(Buffer.concat(packets));
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#seen.push(resolve));
  }
}

let wire: Wire;
let client: MqttClient;
let started = false;
const arrived: Arrived[] = [];
const events = new EventEmitter();
const broken: string[] = [];

async function start(limit: number): Promise<PubackHold> {
  wire = new Wire();
  started = true;
  const url = await wire.listen();
  arrived.length = broken.length = 0;
  client = mqtt.connect(url, { clientId: 'hold', clean: false, reconnectPeriod: 10, keepalive: 0 });
  const hold = new PubackHold(
    client,
    limit,
    (message) => {
      arrived.push(message);
      events.emit('arrived');
    },
    (why) => broken.push(why),
  );
  await connected();
  return hold;
}
const connected = (): Promise<void> => new Promise((resolve) => client.once('connect', () => resolve()));
const arrivals = async (n: number): Promise<void> => {
  while (arrived.length < n) await once(events, 'arrived');
};

afterEach(async () => {
  if (!started) return;
  await client.endAsync(true);
  wire.socket.destroy();
  wire.server.close();
});

test('mqtt.js is the version that the hook was written for', () => {
  expect(own.dependencies.mqtt).toBe('5.16.0');
  expect(mqttPackage.version).toBe(own.dependencies.mqtt);
});

test('messages go on while their PUBACKs are held, and these leave in order, each once it is settled', async () => {
  const hold = await start(100);
  wire.publish(1, 2, 3, 4);
  await arrivals(4);
  expect(hold.held).toBe(4);
  arrived[2]!.settle();
  arrived[1]!.settle();
  // a ping's answer proves that nothing was on its way before it
  const ping = once(wire.socket, 'data');
  client.sendPing();
  await ping;
  expect(wire.pubacks).toEqual([]);
  arrived[0]!.settle();
  await wire.until(() => wire.pubacks.length === 3);
  expect(wire.pubacks).toEqual([1, 2, 3]);
  arrived[3]!.settle();
  await wire.until(() => wire.pubacks.length === 4);
  expect(wire.pubacks).toEqual([1, 2, 3, 4]);
  expect(hold.held).toBe(0);
  expect(broken).toEqual([]);
});

test('past the limit nothing more is taken until something is settled', async () => {
  const hold = await start(3);
  wire.publish(1, 2, 3, 4, 5);
  await arrivals(3);
  await new Promise((resolve) => setImmediate(resolve));
  expect(hold.held).toBe(3);
  arrived[0]!.settle();
  await arrivals(4);
  expect(arrived.map((a) => String(a.packet.payload))).toEqual(['1', '2', '3', '4']);
  for (let i = 1; i < 5; i++) {
    await arrivals(i + 1);
    arrived[i]!.settle();
  }
  await wire.until(() => wire.pubacks.length === 5);
  expect(wire.pubacks).toEqual([1, 2, 3, 4, 5]);
});

test('what came by a lost connection is never acknowledged on the next one', async () => {
  const hold = await start(100);
  wire.publish(1, 2);
  await arrivals(2);
  wire.socket.destroy();
  await connected();
  expect(arrived.map((a) => a.orphaned)).toEqual([true, true]);
  expect(hold.held).toBe(0);
  wire.publish(7);
  await arrivals(3);
  arrived[0]!.settle();
  arrived[1]!.settle();
  arrived[2]!.settle();
  await wire.until(() => wire.pubacks.length === 1);
  expect(wire.pubacks).toEqual([7]);
});

test('a PUBACK that left by another way is noticed', async () => {
  await start(100);
  client.emit('packetsend', { cmd: 'puback', messageId: 9 });
  expect(broken).toHaveLength(1);
});
