/**
 * An hour without a bridge: devices without an outbox publish until the broker's queue is full, with the limits of
 * deploy/mosquitto/mosquitto.conf. Prints what it held and what memory it took, which compose's limit has to bear
 * (docs/operations.md).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MOSQUITTO_COUNTS } from '@loadcycle/contract';
import mqtt from 'mqtt';
import { composeServices } from '../../tests/cloud-compose.ts';
import { startMosquitto } from '../../tests/support/mosquitto.ts';
import { memoryMb, startProgram } from './processes.ts';

const LOAD = join(import.meta.dirname, 'load.ts');
const CONF = join(import.meta.dirname, '../../deploy/mosquitto/mosquitto.conf');
const HOUR_S = 3_600;

const conf = readFileSync(CONF, 'utf8');
const limit = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(conf)?.[1]);
const room = { messages: limit('max_queued_messages'), bytes: limit('max_queued_bytes') };
const lines = ['max_inflight_messages', 'max_queued_messages', 'max_queued_bytes', 'autosave_interval'];
const config = [...lines.map((name) => `${name} ${limit(name)}`), 'sys_interval 1', 'log_type error'].join(
  '\n',
);
const allowed = composeServices()['mosquitto']!.mem_limit;

/** Bytes of payload of each message; the room is then full by count, by both, and by bytes. */
const SIZES = [100, 400, 1_000, 4_000];

const folder = mkdtempSync(join(tmpdir(), 'loadcycle-bench-outage-'));
try {
  console.log(
    `room for ${room.messages} messages and ${room.bytes / 1e6} MB; ${allowed} of memory in compose`,
  );
  console.log(
    '| bytes a message | held | messages/s for an hour | kB/s for an hour | broker’s memory, peak (MB) |',
  );
  console.log('|---|---|---|---|---|');
  for (const size of SIZES) {
    const broker = await startMosquitto({ folder: join(folder, String(size)), config });
    if (broker === null) throw new Error('mosquitto is not installed');
    // a bridge that was there and has gone
    const session = { clientId: 'bridge', clean: false, protocolVersion: 5 as const };
    const bridge = await mqtt.connectAsync(broker.url, {
      ...session,
      properties: { sessionExpiryInterval: HOUR_S },
    });
    await bridge.subscribeAsync('loadcycle/v1/+/+/samples/#', { qos: 1 });
    await bridge.endAsync(true);
    const watch = await mqtt.connectAsync(broker.url);
    const counts = new Map<string, number>();
    watch.on('message', (topic, payload) => void counts.set(topic, Number(payload.toString())));
    await watch.subscribeAsync(Object.values(MOSQUITTO_COUNTS));
    let peak = 0;
    const look = setInterval(() => {
      peak = Math.max(peak, memoryMb(broker.pid));
    }, 50);
    const enough = Math.ceil(1.02 * Math.min(room.messages, room.bytes / size));
    const messages = enough + (4 - (enough % 4));
    const load = startProgram([LOAD, 'publish', broker.url, '4', String(messages), String(size)]);
    await load.line((line) => line.includes('cpuS'));
    while (!((counts.get(MOSQUITTO_COUNTS.dropped) ?? 0) > 0)) await new Promise((r) => setTimeout(r, 100));
    // two more looks of the broker at itself, and a few savings of its queue
    await new Promise((r) => setTimeout(r, 12_000));
    const held = messages - counts.get(MOSQUITTO_COUNTS.dropped)!;
    clearInterval(look);
    const rate = (held / HOUR_S).toFixed(0);
    const kb = ((held * size) / HOUR_S / 1e3).toFixed(0);
    console.log(`| ${size} | ${held} | ${rate} | ${kb} | ${peak.toFixed(0)} |`);
    await watch.endAsync(true);
    await broker.stop();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
