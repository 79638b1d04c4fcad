import { brokerLimitSettings } from '@loadcycle/broker-bridge/embedded/limits';
import { apiSettings } from '@loadcycle/cloud-api/settings';
import { type Settings, setting } from '@loadcycle/contract';
import { maintenanceSettings } from '@loadcycle/database/maintenance';
import { notifySettings } from '@loadcycle/processors/notify/index';
import { registrationLimits } from '@loadcycle/processors/work/registration';

/** Settings of the whole system in one process. */
export const localSettings = {
  dataDir: setting.text('folder for everything that is kept: outbox, log, store, keys', './data', 'FOLDER'),
  mqttPort: setting.port('port of the MQTT broker', 1883),
  mqttHost: setting.text('address of the MQTT broker', '127.0.0.1', 'HOST'),
  mqttAnonymous: setting.choice(
    'what MQTT clients of this machine may do without a password',
    ['refuse', 'observe', 'publish'],
    'observe',
  ),
  ...brokerLimitSettings,
  httpPort: setting.port('port of the API and the page', 8080),
  httpHost: setting.text('address of the API and the page', '127.0.0.1', 'HOST'),
  device: setting.flag('run an edge agent with a simulated motor in this process', true),
  site: setting.text('site of that device', 'plant1', 'NAME'),
  deviceName: setting.text('name of that device', 'motor1', 'NAME'),
  signal: setting.text('name of its signal', 'motor-voltage', 'NAME'),
  unit: setting.text('unit of that signal, a UCUM code', 'V', 'UNIT'),
  rateHz: setting.number('samples a second of that signal', 1000, 0.001, 1_000_000),
  seed: setting.integer('seed of the simulation', 1),
  replay: setting.optional('replay this CSV file in place of the simulation', 'FILE'),
  replayTimeColumn: setting.text('its column with the time', 'time', 'NAME'),
  replayColumn: setting.text('its column with the values', 'voltage', 'NAME'),
  logRetention: setting.duration('how long the event log keeps records', '7d'),
  ...maintenanceSettings,
  registerUnknown: setting.flag('register devices and signals by their first message', true),
  ...registrationLimits,
  sparkplug: setting.flag('also take Sparkplug B from the broker (spBv1.0/#)', true),
  webhooks: notifySettings.webhooks,
  webhookSecret: notifySettings.webhookSecret,
  smtpHost: notifySettings.smtpHost,
  smtpPort: notifySettings.smtpPort,
  smtpTls: notifySettings.smtpTls,
  smtpUser: notifySettings.smtpUser,
  smtpPassword: notifySettings.smtpPassword,
  smtpCaFile: notifySettings.smtpCaFile,
  smtpFrom: notifySettings.smtpFrom,
  tokenLife: setting.duration('how long a token is good', '8h'),
  oidcIssuer: apiSettings.oidcIssuer,
  oidcScopeClaim: apiSettings.oidcScopeClaim,
  oidcGrantsClaim: apiSettings.oidcGrantsClaim,
  audience: apiSettings.audience,
  restoreAdmin: apiSettings.restoreAdmin,
  liveReaders: apiSettings.liveReaders,
  liveReadersPerClient: apiSettings.liveReadersPerClient,
  maxRateHz: apiSettings.maxRateHz,
  rateQuota: apiSettings.rateQuota,
  rateWindow: apiSettings.rateWindow,
  tokenQuota: apiSettings.tokenQuota,
  logFile: setting.text('file for log lines; "-" for stderr', '', 'FILE', {
    shown: 'DATA_DIR/loadcycle.log',
  }),
  logFileSize: setting.integer('bytes at which the file for log lines is rotated', 10_000_000, 10_000),
  logFileKeep: setting.integer('rotated files for log lines that are kept', 5, 0, 1000),
};

export type LocalSettings = Settings<typeof localSettings>;
