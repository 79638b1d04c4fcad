import { type Settings, setting } from '@loadcycle/contract';

export const notifySettings = {
  webhooks: setting.optional('where anomalies are posted to, separated by commas', 'URL,…'),
  webhookSecret: setting.optional('key that signs what is posted (HMAC-SHA-256)', 'TEXT', { secret: true }),
  webhookTimeout: setting.duration('longest wait for a webhook', '10s'),
  webhookTries: setting.integer(
    'tries before an anomaly is given up for a webhook that refuses it',
    8,
    1,
    1000,
  ),
  notifyMqttUrl: setting.optional('broker where anomalies are published', 'URL'),
  notifyMqttUsername: setting.optional('user name at the broker', 'NAME'),
  notifyMqttPassword: setting.optional('password at the broker', 'TEXT', { secret: true }),
};
export type NotifySettings = Settings<typeof notifySettings>;

export const NOTIFY_DEFAULTS = Object.fromEntries(
  Object.entries(notifySettings).map(([name, s]) => [name, s.fallback]),
) as NotifySettings;

/** The consumers' names in the store, and their groups in the log. */
export const NOTIFY_MQTT = 'notify-mqtt';
export const NOTIFY_WEBHOOKS = 'notify-webhooks';
