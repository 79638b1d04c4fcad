/**
 * `npm start`: the whole system in one process: broker, bridge, log, landing, cycles, store, API, page, and a
 * simulated motor. Nothing but Node is needed.
 */
import { join } from 'node:path';
import { commonSettings, makeLogger, runProgram } from '@loadcycle/service';
import { noteRunning } from '@loadcycle/service/running-system';
import { banner } from './banner.ts';
import { prepareFolder } from './folder.ts';
import { localSettings } from './settings.ts';
import { startStatusLine } from './status-line.ts';
import { startSystem } from './system.ts';

await runProgram({
  name: 'loadcycle',
  usage: 'npm start -- [settings]',
  about: 'Runs the whole system in one process: MQTT broker, bridge, event log, store, API and page.',
  // any free port: the banner says which
  settings: { ...localSettings, healthPort: { ...commonSettings.healthPort, fallback: 0 } },
  log: ({ logFile, logFileSize, logFileKeep, logLevel, dataDir }) => {
    if (logFile === '-') return makeLogger('loadcycle', logLevel);
    const path = logFile || join(prepareFolder(dataDir), 'loadcycle.log');
    return makeLogger('loadcycle', logLevel, { file: { path, maxBytes: logFileSize, keep: logFileKeep } });
  },
  async start(context) {
    const { settings, onStop } = context;
    const system = await startSystem(context);
    const { httpUrl, mqttPort } = system;
    onStop('running.json', noteRunning(system.dataDir, { httpUrl, mqttPort, pid: process.pid }));

    const logFile =
      settings.logFile === '-' ? null : settings.logFile || join(system.dataDir, 'loadcycle.log');
    const pageUrl = await system.pageUrl();
    const { mqttHost } = settings;
    if (system.storeSetAside !== null) {
      process.stdout.write(
        `The store did not open. It was set aside as ${system.storeSetAside} and is being rebuilt from the log.\n`,
      );
      if (system.logLacks !== null) {
        process.stdout.write(
          `It will not hold all that it did: ${system.logLacks}. The rest is in that folder.\n`,
        );
      }
    }
    process.stdout.write(
      banner({
        httpUrl,
        mqttHost,
        mqttPort,
        dataDir: system.dataDir,
        logFile,
        pageUrl,
        healthUrl: context.healthUrl,
        tokenIssuer: settings.oidcIssuer,
      }),
    );
    const endStatusLine = startStatusLine({ snapshot: () => system.snapshot(), out: process.stdout });
    onStop('status line', async () => {
      await endStatusLine();
      process.stdout.write('Stopping in order …\n');
    });
  },
});
