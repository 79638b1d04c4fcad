import { LoadcycleError, type Settings, setting } from '@loadcycle/contract';
import { type MqttLogin, mqttLogin, mqttLoginSettings } from '@loadcycle/service';
import { registrationLimits } from '../work/registration.ts';
import { POISON_TRIES_HELP } from '../work/suspects.ts';

/** Landing's own settings. */
export const landingSettings = {
  landingSamples: setting.integer('samples in one transaction at most', 40_000, 1, 1_000_000),
  landingGather: setting.duration('how long to gather messages for one transaction', '10ms'),
  poisonTries: setting.integer(POISON_TRIES_HELP, 5, 1, 100),
  landingTimeout: setting.duration('longest transaction of landing', '60s'),
  autoRegister: setting.flag('register unknown signals; false: quarantine their messages', true),
  ...registrationLimits,
  maxFuture: setting.duration('samples later than this after their receipt are not believed', '1d'),
  horizon: setting.optional(
    'samples before this date are not believed, such as 2020-01-01T00:00:00Z',
    'DATE',
  ),
};

/** Of the program alone: where to ask Sparkplug nodes for their births. */
export const rebirthSettings = {
  sparkplug: setting.flag('ask Sparkplug nodes for births that are missing', false),
  mqttUrl: setting.optional('the broker at which they are asked', 'URL'),
  ...mqttLoginSettings,
};

/** Null where nobody is to be asked. Throws `settings.invalid`. */
export function rebirthBroker(s: Settings<typeof rebirthSettings>): (MqttLogin & { url: string }) | null {
  if (!s.sparkplug) return null;
  if (s.mqttUrl === null) {
    throw new LoadcycleError('settings.invalid', '--sparkplug needs --mqtt-url, the broker of the nodes');
  }
  return { url: s.mqttUrl, ...mqttLogin(s) };
}

export type LandingSettings = Settings<typeof landingSettings>;

export const LANDING_DEFAULTS = Object.fromEntries(
  Object.entries(landingSettings).map(([name, s]) => [name, s.fallback]),
) as LandingSettings;

/** The consumers' names in the store, and their groups in the log. */
export const LANDING = 'landing';
export const LANDING_STATUS = 'landing-status';
export const LANDING_LETTERS = 'landing-letters';
