import { hostname } from 'node:os';
import { LoadcycleError } from '@loadcycle/contract';
import { eventLogSettings, logTopics, openEventLog } from '@loadcycle/event-log/open';
import { mqttLogin, runProgram, runWorkerLoop } from '@loadcycle/service';
import { startBridge } from './bridge.ts';
import { claimSlot } from './instance-slot.ts';
import { bridgeSettings } from './settings.ts';

await runProgram({
  name: 'bridge',
  usage: 'node broker-bridge/main.ts [settings]',
  about: 'Carries MQTT messages into the event log; acknowledges each once the log has it.',
  settings: { ...bridgeSettings, ...eventLogSettings },
  async start({ settings: s, log, health, registry, signal, onStop }) {
    if (s.connections > 1 && s.mqttShare === null) {
      throw new LoadcycleError(
        'settings.invalid',
        `${s.connections} connections need a shared subscription`,
        {
          hint: 'give it a name with --mqtt-share, or use one connection',
        },
      );
    }
    for (const [flag, text] of [
      ['--mqtt-share', s.mqttShare],
      ['--mqtt-share-secret', s.mqttShareSecret],
    ] as const) {
      if (text === null || /^[^/+#\s]+$/.test(text)) continue;
      throw new LoadcycleError('settings.invalid', `${flag}: no part of a subscription may have /, + or #`);
    }
    let instance = s.instance ?? `bridge-${hostname()}`;
    // the pods of a stateful set are numbered from 0
    let number = Number(/-(\d{1,3})$/.exec(s.instance ?? '')?.[1] ?? 0);
    if (s.instancesDir !== null) {
      const slot = claimSlot(s.instancesDir);
      onStop('instance number', slot.release);
      number = slot.number;
      instance = `${s.instance ?? 'bridge'}-${number}`;
    }
    const eventLog = await openEventLog(s, { log });
    onStop('event log', () => eventLog.close());
    if (s.ensureTopics) {
      const topics = logTopics(s);
      const made = new AbortController();
      await runWorkerLoop({
        name: 'topics',
        log,
        health,
        signal: AbortSignal.any([signal, made.signal]),
        step: async () => {
          await eventLog.ensureTopics(topics);
          made.abort();
        },
      });
    }
    const bridge = await startBridge({
      mqtt: { url: s.mqttUrl, ...mqttLogin(s) },
      eventLog,
      connections: s.connections,
      shareName: s.mqttShare,
      shareSecret: s.mqttShareSecret,
      protocolVersion: s.mqttVersion === '5' ? 5 : 4,
      receiptGatherMs: s.receiptGather / 1000,
      maxInFlight: s.maxInFlight,
      instance,
      sparkplug: s.sparkplug && number === 0,
      drainMs: s.drain / 1000,
      // one must stay: without any subscription the broker keeps nothing
      leaveAtClose: number > 0,
      watchBroker: true,
      health,
      log,
      registry,
    });
    onStop('bridge', () => bridge.close());
    log.info({ instance }, 'bridge');
    return undefined;
  },
});
