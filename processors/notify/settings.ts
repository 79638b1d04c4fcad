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
  smtpHost: setting.optional('server that takes mail; without one targets of kind email wait', 'HOST'),
  smtpPort: setting.port('its port', 587),
  smtpTls: setting.choice(
    'TLS to it: demanded by STARTTLS, from the first byte (port 465), or none',
    ['starttls', 'tls', 'none'],
    'starttls',
  ),
  smtpUser: setting.optional('user name there', 'NAME'),
  smtpPassword: setting.optional('its password', 'TEXT', { secret: true }),
  smtpCaFile: setting.optional("authority that the mail server's certificate must come from (PEM)", 'FILE'),
  smtpFrom: setting.optional('address that mail comes from', 'ADDRESS'),
  notifyKeySecret: setting.optional(
    'seals what targets made by the API keep secret in the store; the API and notify have the same',
    'TEXT',
    { secret: true },
  ),
};
export type NotifySettings = Settings<typeof notifySettings>;

export const NOTIFY_DEFAULTS = Object.fromEntries(
  Object.entries(notifySettings).map(([name, s]) => [name, s.fallback]),
) as NotifySettings;
