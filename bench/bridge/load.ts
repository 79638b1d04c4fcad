/**
 * The two ends of the load, each in a process of its own and as lean as MQTT allows, so that the broker and the
 * bridge are what is measured: `publish URL DEVICES MESSAGES [BYTES]` and `take URL MESSAGES`. Prints one JSON line at the end.
 */
import { openSession, subscribe } from '../mqtt-load.ts';

const [what, url = '', ...rest] = process.argv.slice(2);
const WINDOW = 1_000;
const SESSION = '0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000';

/** One device: QoS 1, one sample a message, `WINDOW` of them without an answer at most. */
async function publish(device: number, count: number, bytesEach: number): Promise<void> {
  const socket = await openSession({ url, clientId: `load-${device}`, protocolVersion: 4 });
  const topic = `loadcycle/v1/bench/device-${device}/samples/voltage`;
  const head = Buffer.alloc(2 + topic.length);
  head.writeUInt16BE(topic.length);
  head.write(topic, 2);
  let sent = 0;
  let answered = 0;
  const done = Promise.withResolvers<void>();
  const more = (): void => {
    const packets: Buffer[] = [];
    for (; sent < count && sent - answered < WINDOW; sent++) {
      const t0 = 1_790_000_000_000_000 + sent * 1_000;
      const text = `{"session":"${SESSION}","seq":${sent},"unit":"V","t0":${t0},"dt":1000,"values":[${230 + (sent % 97) / 10}]}`;
      const payload = Buffer.from(text.padEnd(bytesEach));
      const length = head.length + 2 + payload.length;
      packets.push(Buffer.from([0x32, (length & 127) | 128, length >> 7]), head);
      const id = (sent % 65_535) + 1;
      packets.push(Buffer.from([id >> 8, id & 255]), payload);
    }
    if (packets.length > 0) socket.write(Buffer.concat(packets));
  };
  // every answer is a PUBACK: 4 bytes
  let bytes = 0;
  socket.on('data', (data: Buffer) => {
    bytes += data.length;
    answered = bytes >> 2;
    if (answered === count) done.resolve();
    else more();
  });
  more();
  await done.promise;
  socket.destroy();
}

async function take(count: number): Promise<void> {
  const done = Promise.withResolvers<void>();
  let taken = 0;
  const side = { url, clientId: 'take', protocolVersion: 4 } as const;
  const socket = await subscribe(side, 'loadcycle/v1/+/+/samples/#', () => {
    if (++taken === count) done.resolve();
  });
  process.stdout.write('{"ready":true}\n');
  await done.promise;
  socket.destroy();
}

if (what === 'publish') {
  const [devices, messages, bytes = 0] = rest.map(Number) as [number, number, number?];
  await Promise.all(Array.from({ length: devices }, (_, i) => publish(i, messages / devices, bytes)));
} else await take(Number(rest[0]));
const { user, system } = process.cpuUsage();
process.stdout.write(`${JSON.stringify({ cpuS: (user + system) / 1e6 })}\n`);
