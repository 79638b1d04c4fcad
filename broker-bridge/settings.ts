import { type Settings, setting } from '@loadcycle/contract';
import { mqttLoginSettings } from '@loadcycle/service';

/** Settings of the bridge as a program of its own. */
export const bridgeSettings = {
  mqttUrl: setting.text('the broker', 'mqtt://127.0.0.1:1883', 'URL'),
  ...mqttLoginSettings,
  mqttVersion: setting.choice('MQTT version: 5 or 3.1.1', ['5', '3.1.1'], '5'),
  mqttShare: setting.optional(
    'name of a shared subscription, for several bridges or connections; see docs/operations.md',
    'NAME',
  ),
  mqttShareSecret: setting.optional(
    'the same for all of them: makes that name one that nobody can guess, for a broker that lets anyone subscribe',
    'TEXT',
    { secret: true },
  ),
  connections: setting.integer('MQTT connections; more than one needs a shared subscription', 1, 1, 64),
  maxInFlight: setting.integer('messages of one connection that wait for the log, at most', 2_000, 1, 65_535),
  receiptGather: setting.duration('gather the receipts of a device for', '200ms'),
  sparkplug: setting.flag('also take Sparkplug B (spBv1.0/#)', false),
  instance: setting.optional("name of this bridge's sessions at the broker; must outlive a restart", 'NAME'),
  instancesDir: setting.optional(
    'folder in which bridges on one machine take a number as their name',
    'FOLDER',
  ),
  drain: setting.duration('at the end, wait for the log at most', '10s'),
  ensureTopics: setting.flag('make the topics of the log that are missing', true),
};

export type BridgeSettings = Settings<typeof bridgeSettings>;
