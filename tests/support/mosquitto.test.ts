import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import { startMosquitto } from './mosquitto.ts';

test('a Mosquitto of the test keeps a queued message over SIGTERM and restarts on its port', async (ctx) => {
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-mosquitto-'));
  const broker = await startMosquitto({ folder });
  if (broker === null) {
    rmSync(folder, { recursive: true });
    return ctx.skip('mosquitto is not installed');
  }
  try {
    const session = { clientId: 'reader', clean: false };
    const reader = await mqtt.connectAsync(broker.url, session);
    await reader.subscribeAsync('t', { qos: 1 });
    await reader.endAsync();
    const writer = await mqtt.connectAsync(broker.url);
    await writer.publishAsync('t', 'kept', { qos: 1 });
    await writer.endAsync();
    const { url } = broker;
    await broker.restart();
    expect(broker.url).toBe(url);
    const again = mqtt.connect(url, session);
    const text = await new Promise<string>((resolve) => again.on('message', (_, m) => resolve(String(m))));
    await again.endAsync();
    expect(text).toBe('kept');
  } finally {
    await broker.stop();
    rmSync(folder, { recursive: true });
  }
});
