import { type Settings, setting } from '@loadcycle/contract';
import { notifySettings } from '@loadcycle/processors/notify/settings';
import { mqttLogin, mqttLoginSettings } from '@loadcycle/service';
import { DEFAULT_ISSUER } from './auth/issuer.ts';
import { SIGNING_ALGORITHMS } from './auth/keys.ts';
import type { ExternalIssuer } from './auth/verifier.ts';
import type { MqttSettings } from './control/commander.ts';

/** Settings of the API as a program of its own. */
export const apiSettings = {
  httpHost: setting.text('address of the API and the page', '0.0.0.0', 'HOST'),
  httpPort: setting.port('port of the API and the page', 8080),
  dataDir: setting.text('folder for the administrator’s client', 'data/api', 'FOLDER'),
  mqttUrl: setting.optional('MQTT broker for commands to devices; none: commands are refused', 'URL'),
  ...mqttLoginSettings,
  devicePasswordsDir: setting.optional(
    "folder of the devices' passwords at Mosquitto (deploy/mosquitto/start.sh); none: devices are enrolled elsewhere",
    'FOLDER',
  ),
  autoRegister: setting.flag('landing registers unknown signals (what POST /v1/validate says)', true),
  issuer: setting.text('name of the own token issuer (iss)', DEFAULT_ISSUER.issuer, 'URI'),
  audience: setting.text('audience of the tokens (aud)', DEFAULT_ISSUER.audience, 'URI'),
  tokenLife: setting.duration('how long a token is valid', '15m'),
  signingAlgorithm: setting.choice('how new signing keys sign', SIGNING_ALGORITHMS, 'EdDSA'),
  keySecret: setting.optional('seals the signing keys in the store', 'TEXT', { secret: true }),
  notifyKeySecret: notifySettings.notifyKeySecret,
  oidcIssuer: setting.optional('OpenID Connect provider whose tokens are taken instead of own ones', 'URL'),
  oidcScopeClaim: setting.text('claim that holds the scopes', 'scope', 'NAME'),
  oidcGrantsClaim: setting.text('claim that holds the grants (an array)', 'grants', 'NAME'),
  accessLogRetention: setting.duration('how long the access log is kept, 30d at least', '400d'),
  rateQuota: setting.integer('requests of one client in a window', 1200, 1, 1_000_000),
  rateWindow: setting.duration('window of rate and token quota', '1m'),
  tokenQuota: setting.integer('requests for tokens from one address in a window', 120, 1, 1_000_000),
  liveReaders: setting.integer('live readers at once', 1000, 1, 100_000),
  liveReadersPerClient: setting.integer('live readers at once of one client', 100, 1, 100_000),
  maxRateHz: setting.number(
    'samples a second that POST /v1/pipeline/configure asks of a device which does not say what it can do',
    10_000,
    0.001,
    1_000_000,
  ),
  restoreAdmin: setting.flag(
    "make the administrator's client usable again, with the secret of admin-client.json (then take this out)",
    false,
  ),
  corsOrigins: setting.text('origins that may call from a browser, separated by commas', '', 'ORIGIN,…'),
  trustProxy: setting.flag('a proxy in front tells the client’s address in X-Forwarded-For', false),
};

export type ApiSettings = Settings<typeof apiSettings>;

export const mqttOf = (s: ApiSettings): MqttSettings | null =>
  s.mqttUrl === null ? null : { url: s.mqttUrl, ...mqttLogin(s) };

type IssuerSettings = Pick<ApiSettings, 'oidcIssuer' | 'audience' | 'oidcScopeClaim' | 'oidcGrantsClaim'>;

export function externalIssuerOf(s: IssuerSettings): ExternalIssuer | null {
  if (s.oidcIssuer === null) return null;
  const { audience, oidcScopeClaim: scopeClaim, oidcGrantsClaim: grantsClaim } = s;
  return { url: s.oidcIssuer, audience, scopeClaim, grantsClaim };
}
