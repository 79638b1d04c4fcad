import { readFileSync } from 'node:fs';
import { LoadcycleError, type Settings, setting } from '@loadcycle/contract';

/** How a service signs in to the MQTT broker; the same words in every program that does. */
export const mqttLoginSettings = {
  mqttUsername: setting.optional('user name at the broker', 'NAME'),
  mqttPassword: setting.optional('its password', 'TEXT', { secret: true }),
  mqttCaFile: setting.optional("authority that the broker's certificate must come from (PEM)", 'FILE'),
  mqttCertFile: setting.optional('client certificate (PEM)', 'FILE'),
  mqttKeyFile: setting.optional('its key (PEM)', 'FILE'),
};

/** As MQTT.js takes it. Certificates and keys are PEM text. */
export interface MqttLogin {
  readonly username?: string;
  readonly password?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** The settings that are given, their files read. Throws `settings.invalid`. */
export function mqttLogin(s: Settings<typeof mqttLoginSettings>): MqttLogin {
  const given = {
    username: s.mqttUsername,
    password: s.mqttPassword,
    ca: pem('mqtt-ca-file', s.mqttCaFile),
    cert: pem('mqtt-cert-file', s.mqttCertFile),
    key: pem('mqtt-key-file', s.mqttKeyFile),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

function pem(flag: string, file: string | null): string | null {
  if (file === null) return null;
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new LoadcycleError('settings.invalid', `--${flag}: cannot read ${file}`, { cause });
  }
}
