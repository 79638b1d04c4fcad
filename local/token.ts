/**
 * `npm run -s token`: prints a token for the running system and nothing else. It takes the administrator's client from the
 * data folder and asks the running API for it, as any other client would.
 */
import { TokenSource } from '@loadcycle/client/token';
import { readAdminClient } from '@loadcycle/cloud-api/auth/admin-client';
import { LoadcycleError, readSettings, type SettingsSpec, setting, settingsHelp } from '@loadcycle/contract';
import { runningSystem } from '@loadcycle/service/running-system';
import { localSettings } from './settings.ts';

const spec = {
  dataDir: localSettings.dataDir,
  httpUrl: setting.optional('address of the API', 'URL', { shown: 'of the system that runs on DATA_DIR' }),
  scope: setting.optional('space-separated scopes', 'SCOPES', { shown: 'all that the administrator has' }),
} satisfies SettingsSpec;

try {
  const settings = readSettings(spec, process.argv.slice(2), process.env);
  if (settings === null) {
    process.stdout.write(
      settingsHelp('npm run -s token -- [settings]', 'Prints a bearer token for the API.', spec),
    );
  } else {
    const admin = await readAdminClient(settings.dataDir);
    if (admin === null) {
      throw new LoadcycleError('settings.invalid', `no administrator's client in ${settings.dataDir}`, {
        hint: 'start the system first: npm start',
      });
    }
    const url = settings.httpUrl ?? runningUrl(settings.dataDir);
    const source = new TokenSource(url, {
      ...admin,
      ...(settings.scope === null ? {} : { scope: settings.scope }),
    });
    process.stdout.write(`${await source.get()}\n`);
  }
} catch (error) {
  const hint = error instanceof LoadcycleError && error.hint ? ` (${error.hint})` : '';
  process.stderr.write(`token: ${(error as Error).message}${hint}\n`);
  process.exitCode = 1;
}

/** The address that the running system wrote into its data folder. */
function runningUrl(dataDir: string): string {
  const running = runningSystem(dataDir);
  if (running !== null) return running.httpUrl;
  throw new LoadcycleError('settings.invalid', `nothing runs in ${dataDir}`, {
    hint: 'start the system with npm start, or name it with --http-url',
  });
}
