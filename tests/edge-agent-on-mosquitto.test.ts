import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '@loadcycle/edge-agent';
import { Waveform } from '@loadcycle/edge-agent/sources/waveform';
import { FakeBridge, until } from '@loadcycle/edge-agent/test-support';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAuthority } from '../deploy/authority.ts';
import { type RunningMosquitto, startMosquitto } from './support/mosquitto.ts';

let folder: string;
let broker: RunningMosquitto | null;
let children: ChildProcess[];
/** a program has ended with an error: waiting for it is in vain */
let failed: boolean;

const meanwhile = (condition: () => boolean): Promise<void> =>
  until(() => {
    if (failed) throw new Error('the program has failed');
    return condition();
  });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadcycle-device-'));
  broker = null;
  children = [];
  failed = false;
});

afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await broker?.stop();
  rmSync(folder, { recursive: true });
});

/** The program itself, as a user starts it. */
function program(...args: string[]): ChildProcess {
  const child = spawn(
    process.execPath,
    [
      'edge-agent/main.ts',
      ...args,
      ...['--site', 'plant', '--device', 'press', '--outbox-dir', join(folder, 'agent')],
      ...['--confirm-timeout', '500ms', '--log-level', 'warn'],
    ],
    { cwd: join(import.meta.dirname, '..'), stdio: ['ignore', 'ignore', 'inherit'] },
  );
  child.once('exit', (code) => {
    failed ||= code !== 0 && code !== null;
  });
  children.push(child);
  return child;
}

const rounded = (n: number, rateHz = 1000): number[] =>
  [...new Waveform({ sampleRateHz: rateHz }, 1).next(n).values].map((v) => Math.round(v * 1000) / 1000);

test('a broker that is killed with everything it had costs copies, never a sample', async (ctx) => {
  broker = await startMosquitto({ folder: join(folder, 'mosquitto'), config: 'persistence false' });
  if (broker === null) return ctx.skip('mosquitto is not installed');
  const bridge = await FakeBridge.connect(broker.url);
  const agent = await startAgent({
    site: 'plant',
    device: 'press',
    outboxDir: join(folder, 'agent'),
    mqtt: { url: broker.url },
    sources: [{ kind: 'simulate', signal: 'v', pace: 'max', startUs: 0, limit: 60_000, batchSize: 20 }],
    windowBatches: 100,
    confirmTimeoutMs: 500,
    maxBackoffMs: 100,
  });
  try {
    for (const heard of [300, 900, 1800]) {
      await until(() => bridge.heard.size > heard);
      await broker.kill('SIGKILL');
      await broker.restart();
    }
    await agent.finished;
    expect(bridge.values('v')).toEqual(rounded(60_000));
    expect(bridge.changed).toEqual([]);
  } finally {
    await agent.close();
    await bridge.close();
  }
});

test('an agent that is killed again and again loses at most what it was filling, and says so by its sessions', async (ctx) => {
  broker = await startMosquitto({ folder: join(folder, 'mosquitto') });
  if (broker === null) return ctx.skip('mosquitto is not installed');
  const bridge = await FakeBridge.connect(broker.url);
  const sessions = (): string[] => [...new Set(bridge.batches('motor-voltage').map((b) => b.session))];
  try {
    for (let kills = 1; kills <= 3; kills++) {
      const child = program('simulate', '--mqtt-url', broker.url, '--rate', '2000');
      await meanwhile(
        () => sessions().length === kills && bridge.batches('motor-voltage').length > kills * 4,
      );
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const last = program('simulate', '--mqtt-url', broker.url, '--pace', 'max', '--limit', '5000');
    expect(await once(last, 'exit')).toEqual([0, null]);
    const batches = bridge.batches('motor-voltage');
    for (const session of sessions()) {
      const of = batches.filter((b) => b.session === session);
      // without holes from 0 on, and each session is the waveform from its start
      expect(of.map((b) => b.seq)).toEqual(of.map((_, i) => i));
      const values = of.flatMap((b) => [...b.values]);
      expect(values).toEqual(rounded(values.length, 1e6 / of[0]!.dtUs!));
    }
    expect(sessions()).toHaveLength(4);
    expect(bridge.changed).toEqual([]);
  } finally {
    await bridge.close();
  }
});

test('the program over TLS with a client certificate; SIGTERM ends it in order', async (ctx) => {
  const pki = makePki();
  broker = await startMosquitto({
    folder: join(folder, 'mosquitto'),
    config: (port) =>
      [
        `listener ${port} 127.0.0.1`,
        `cafile ${pki.ca}`,
        `certfile ${pki.server.cert}`,
        `keyfile ${pki.server.key}`,
        'require_certificate true',
        'use_identity_as_username true',
      ].join('\n'),
  });
  if (broker === null) return ctx.skip('mosquitto is not installed');
  const url = `mqtts://127.0.0.1:${broker.port}`;
  const child = program(
    ...[
      'simulate',
      '--mqtt-url',
      url,
      '--mqtt-ca-file',
      pki.ca,
      '--mqtt-cert-file',
      pki.device.cert,
      '--mqtt-key-file',
      pki.device.key,
    ],
  );
  await meanwhile(() => /as loadcycle-plant-press .*u'plant\/press'/.test(broker!.log()));
  await meanwhile(() =>
    /Received PUBLISH from loadcycle-plant-press .*samples\/motor-voltage/.test(broker!.log()),
  );
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(broker.log()).toMatch(/Received DISCONNECT from loadcycle-plant-press/);
});

/** An authority, and a certificate for either end. */
function makePki(): {
  ca: string;
  server: { cert: string; key: string };
  device: { cert: string; key: string };
} {
  const put = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const authority = openAuthority(join(folder, 'authority'));
  const made = (name: string, usage: 'client' | 'server'): { cert: string; key: string } => {
    const notAfter = new Date(Date.now() + 86_400_000);
    const { cert, key } = authority.issue({ name, usage, altNames: ['IP:127.0.0.1'], notAfter });
    return { cert: put(`${usage}.pem`, cert), key: put(`${usage}.key`, key) };
  };
  const ca = put('ca.pem', authority.cert);
  return { ca, server: made('broker', 'server'), device: made('plant/press', 'client') };
}
