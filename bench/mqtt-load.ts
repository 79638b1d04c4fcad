/** What the ends of a load have in common: MQTT as lean as it can be, so that neither end is what is measured. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { generate, type Packet, parser } from 'mqtt-packet';

export interface LoadSide {
  readonly url: string;
  readonly clientId: string;
  readonly protocolVersion: 4 | 5;
}

/** A clean session. */
export async function openSession({ url, clientId, protocolVersion }: LoadSide): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).setNoDelay(true);
  await once(socket, 'connect');
  const options = { clientId, clean: true, keepalive: 0, protocolVersion, protocolId: 'MQTT' } as const;
  socket.write(generate({ cmd: 'connect', ...options }));
  await once(socket, 'data');
  return socket;
}

/**
 * What any subscriber of QoS 1 has to do: read each message, answer each; `taken` is told of each. Resolves once it is
 * subscribed.
 */
export async function subscribe(side: LoadSide, topic: string, taken: () => void): Promise<Socket> {
  const { protocolVersion } = side;
  const socket = await openSession(side);
  const subscriptions = [{ topic, qos: 1 as const }];
  socket.write(generate({ cmd: 'subscribe', messageId: 1, subscriptions }, { protocolVersion }));
  await once(socket, 'data');
  let answers: Buffer[] = [];
  const reader = parser({ protocolVersion });
  reader.on('packet', (packet: Packet) => {
    if (packet.cmd !== 'publish') return;
    const id = packet.messageId!;
    answers.push(Buffer.from([0x40, 2, id >> 8, id & 255]));
    taken();
  });
  socket.on('data', (data) => {
    reader.parse(data);
    socket.write(Buffer.concat(answers));
    answers = [];
  });
  return socket;
}
