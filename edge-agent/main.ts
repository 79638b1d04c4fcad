import { readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { LoadcycleError } from '@loadcycle/contract';
import type { SourceSettingsInput } from '@loadcycle/contract/agent-settings';
import { commonSettings, runProgram } from '@loadcycle/service';
import { startAgent } from './agent.ts';
import { withCredentials } from './credentials.ts';
import { agentSettings, parseAgentFile, SUBCOMMANDS, sourceFromFlags, sourceSettings } from './flags.ts';
import { readLogin } from './login.ts';
import { exposeMetrics } from './metrics.ts';
import { startWatchdog } from './watchdog.ts';

await runProgram({
  name: 'edge-agent',
  usage: 'npm run agent -- simulate|replay FILE.csv|iio|run|drain [settings]',
  about: [
    'Samples a machine, keeps the samples on disk, and sends them until the event log has them.',
    '',
    '  simulate           a simulated machine',
    '  replay FILE.csv    the rows of a file',
    '  iio                an analogue-digital converter of Linux Industrial I/O (sysfs)',
    '  run                the sources of a configuration file (--config), any number of signals; the default with one',
    '  drain              samples nothing: sends what waits under --site and --device, and ends',
  ].join('\n'),
  positionals: true,
  // any free port: an agent is often beside other programs
  settings: {
    ...agentSettings,
    ...sourceSettings,
    healthPort: { ...commonSettings.healthPort, fallback: 0 },
  },
  start: async ({ settings: said, positionals, log, health, registry, onStop }) => {
    const settings = { ...said, ...withCredentials(said) };
    const { site, device, sources } = whatToSample(positionals, settings);
    const login = readLogin(settings, log);
    const agent = await startAgent({
      site,
      device,
      sources,
      outboxDir: settings.outboxDir,
      mqtt: {
        url: checkedUrl(settings.mqttUrl),
        protocolVersion: settings.mqttProtocol === '5' ? 5 : 4,
        ...given('clientId', settings.mqttClientId),
        login,
      },
      flushIntervalMs: settings.flushInterval / 1000,
      outboxLimitBytes: settings.outboxLimit,
      windowBytes: settings.window,
      statusIntervalMs: settings.statusInterval / 1000,
      confirmTimeoutMs: settings.confirmTimeout / 1000,
      log,
    });
    onStop('agent', () => agent.close());
    exposeMetrics(agent, registry);
    // a new certificate or password: `systemctl reload loadcycle-agent`
    const hangUp = (): void => agent.reconnect('asked to sign in anew (SIGHUP)');
    process.on('SIGHUP', hangUp);
    onStop('SIGHUP', () => void process.off('SIGHUP', hangUp));
    const timer = setInterval(() => {
      const { connected, samplingError, broker, identity } = agent.stats();
      if (broker === null)
        health.set('broker', connected ? 'ok' : 'waiting', connected ? undefined : 'broker.unavailable');
      else
        health.set('broker', broker.kind === 'standing' ? 'failing' : 'waiting', broker.code, broker.message);
      health.set(
        'sampling',
        samplingError === null ? 'ok' : 'failing',
        undefined,
        samplingError ?? undefined,
      );
      if (identity === null) health.set('identity', 'ok');
      else health.set('identity', 'failing', 'device.duplicate-identity', identity);
    }, 500);
    onStop('health', () => clearInterval(timer));
    onStop('watchdog', startWatchdog(log));
    // what was compiled is there at the next start, even after a power cut
    flushCompileCache();
    log.info({ session: agent.session, site, device, signals: agent.stats().signals.length }, 'sampling');
    const done = agent.finished.then(() => {
      const { samplingError } = agent.stats();
      if (samplingError?.startsWith('source:')) throw new LoadcycleError('source.unavailable', samplingError);
    });
    return { done };
  },
});

function whatToSample(
  positionals: readonly string[],
  settings: Parameters<typeof sourceFromFlags>[2] & { site: string; device: string; config: string | null },
): { site: string; device: string; sources: SourceSettingsInput[] } {
  const { site, device, config } = settings;
  const [kind = config === null ? undefined : 'run', file, ...rest] = positionals;
  const takesFile = kind === 'replay';
  if (!SUBCOMMANDS.includes(kind as never) || rest.length > 0 || (file !== undefined && !takesFile)) {
    throw new LoadcycleError('settings.invalid', `say one of: ${SUBCOMMANDS.join(', ')}`, {
      hint: '--help shows how',
    });
  }
  if (kind === 'drain') return { site, device, sources: [] };
  if (kind !== 'run') return { site, device, sources: [sourceFromFlags(kind!, file, settings)] };
  if (config === null)
    throw new LoadcycleError(
      'settings.invalid',
      'run wants --config FILE, or --credentials FOLDER with an agent.json',
    );
  const text = read('--config', config).toString();
  const read_ = parseAgentFile(text, config);
  return { site: read_.site ?? site, device: read_.device ?? device, sources: read_.sources };
}

function read(flag: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new LoadcycleError('settings.invalid', `${flag}: cannot read ${file}`, { cause });
  }
}

function given<K extends string, V>(key: K, value: V | null): { [P in K]?: V } {
  return (value === null ? {} : { [key]: value }) as { [P in K]?: V };
}

function checkedUrl(text: string): string {
  if (/^mqtts?:\/\/[^/]+$/.test(text)) return text;
  throw new LoadcycleError(
    'settings.invalid',
    `--mqtt-url: "${text}" must be mqtt://HOST:PORT or mqtts://HOST:PORT`,
  );
}
