import { type Settings, setting } from '@loadcycle/contract';

export const notifySettings = {
  // whoever knows such a URL can often post there: it is a secret
  webhooks: setting.optional(
    'where anomalies are posted to, separated by commas; each may have a name',
    '[NAME=]URL,…',
    { secret: true },
  ),
  webhookSecret: setting.optional('key that signs what is posted (HMAC-SHA-256)', 'TEXT', { secret: true }),
  webhookTimeout: setting.duration('longest wait for a webhook', '10s'),
  webhookTries: setting.integer(
    'tries before an anomaly is given up for a webhook that is away; 30 take about half an hour',
    30,
    1,
    10_000,
  ),
};
export type NotifySettings = Settings<typeof notifySettings>;

export const NOTIFY_DEFAULTS = Object.fromEntries(
  Object.entries(notifySettings).map(([name, s]) => [name, s.fallback]),
) as NotifySettings;
