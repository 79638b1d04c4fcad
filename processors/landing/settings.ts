import { type Settings, setting } from '@loadcycle/contract';

/** Landing's own settings. */
export const landingSettings = {
  landingSamples: setting.integer('samples in one transaction at most', 40_000, 1, 1_000_000),
  landingGather: setting.duration('how long to gather messages for one transaction', '10ms'),
  autoRegister: setting.flag('register unknown signals; false: quarantine their messages', true),
  maxFuture: setting.duration('samples later than this after their receipt are not believed', '1d'),
  horizon: setting.optional(
    'samples before this date are not believed, such as 2020-01-01T00:00:00Z',
    'DATE',
  ),
};
/** Of the program alone: where to ask Sparkplug nodes for their births. */
export const rebirthSettings = {
  mqttUrl: setting.optional('broker at which Sparkplug nodes are asked for their births', 'URL'),
  mqttUsername: setting.optional('user name at the broker', 'NAME'),
  mqttPassword: setting.optional('password at the broker', 'TEXT', { secret: true }),
};

export type LandingSettings = Settings<typeof landingSettings>;

export const LANDING_DEFAULTS = Object.fromEntries(
  Object.entries(landingSettings).map(([name, s]) => [name, s.fallback]),
) as LandingSettings;

/** The consumers' names in the store, and their groups in the log. */
export const LANDING = 'landing';
export const LANDING_STATUS = 'landing-status';
export const LANDING_LETTERS = 'landing-letters';
