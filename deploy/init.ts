/**
 * The one-shot that `docker compose up` runs first: authority, certificates, passwords, keys and client secrets,
 * each made once into the volume of those who use it. No secret has a default anywhere else.
 */
import { LoadcycleError, readSettings, setting, settingsHelp } from '@loadcycle/contract';
import { makeDeploymentSecrets } from './deployment-secrets.ts';

const initSettings = {
  secretsDir: setting.text('folder with one folder for each volume', '/run/loadcycle', 'FOLDER'),
  brokerNames: setting.text(
    'more names or addresses by which devices reach the broker, separated by commas',
    '',
    'NAME,…',
  ),
  mqttUrl: setting.text('where the simulator finds the broker', 'mqtts://mosquitto:8883', 'URL'),
  site: setting.text("the simulator's site", 'plant1', 'NAME'),
  device: setting.text("the simulator's device", 'motor1', 'NAME'),
};

const FIXED = ['DNS:mosquitto', 'DNS:localhost', 'IP:127.0.0.1'];

async function main(): Promise<void> {
  const settings = readSettings(initSettings, process.argv.slice(2), process.env);
  if (settings === null) {
    process.stdout.write(
      settingsHelp('node deploy/init.ts', 'Makes the secrets of a deployment.', initSettings),
    );
    return;
  }
  const { secretsDir: folder, mqttUrl, site, device } = settings;
  const more = settings.brokerNames.split(',').filter((name) => name.trim() !== '');
  const named = more.map((name) =>
    /^[\d.]+$|:/.test(name.trim()) ? `IP:${name.trim()}` : `DNS:${name.trim()}`,
  );
  const brokerNames = [...FIXED, ...named];
  const made = await makeDeploymentSecrets({ folder, brokerNames, mqttUrl, simulator: { site, device } });
  process.stdout.write(made.length === 0 ? 'every secret is there\n' : `made: ${made.join(', ')}\n`);
}

if (import.meta.main) {
  main().catch((error: Error) => {
    const code = error instanceof LoadcycleError ? ` [${error.code}]` : '';
    process.stderr.write(`init: ${error.message}${code}\n`);
    process.exitCode = 1;
  });
}
