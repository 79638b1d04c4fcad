/**
 * The folder that `device:enrol` makes for a device, as `--credentials FOLDER`: each file of it takes the place of a
 * setting that was not given.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LoadcycleError, type Settings } from '@loadcycle/contract';
import type { agentSettings } from './flags.ts';

export type AgentSettings = Settings<typeof agentSettings>;
/** {@link AgentSettings} with its defaults filled in. */
export type AgentPlace = AgentSettings & {
  readonly mqttUrl: string;
  readonly site: string;
  readonly device: string;
};

/** What is not given is taken from the folder, then from the defaults. Throws `settings.invalid`. */
export function withCredentials(given: AgentSettings): AgentPlace {
  const folder = given.credentials;
  const named = folder === null ? {} : fromFolder(folder, given);
  const s = { ...given, ...named };
  return {
    ...s,
    mqttUrl: s.mqttUrl ?? 'mqtt://127.0.0.1:1883',
    site: s.site ?? 'local',
    device: s.device ?? 'device-1',
  };
}

function fromFolder(folder: string, given: AgentSettings): Partial<AgentSettings> {
  const path = (name: string): string | null => {
    const file = join(folder, name);
    return existsSync(file) ? file : null;
  };
  const line = (name: string): string | null => {
    const file = path(name);
    return file === null ? null : readFileSync(file, 'utf8').trim();
  };
  const username = line('username');
  if (username === null) {
    throw new LoadcycleError('settings.invalid', `--credentials: ${folder} has no file "username"`, {
      hint: 'npm run device:enrol -- --site SITE --device DEVICE makes such a folder',
    });
  }
  const mqttUrl = given.mqttUrl ?? line('mqtt-url');
  // the broker's name for a device is site/device
  const [site = null, device = null] = username.split('/');
  const byCertificate = given.mqttCertFile !== null;
  const anotherLogin =
    byCertificate || [given.mqttUsername, given.mqttUsernameFile].some((value) => value !== null);
  return {
    mqttUrl,
    site: given.site ?? site,
    device: given.device ?? device,
    config: given.config ?? path('agent.json'),
    mqttCaFile: given.mqttCaFile ?? (mqttUrl?.startsWith('mqtts:') ? path('ca.crt') : null),
    ...(anotherLogin
      ? {}
      : {
          mqttUsernameFile: path('username'),
          // a password that is given counts before the one in the file
          mqttPasswordFile: given.mqttPassword === null ? (given.mqttPasswordFile ?? path('password')) : null,
        }),
  };
}
