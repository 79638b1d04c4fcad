import { databaseSettings, openDatabase } from '@loadcycle/database/open';
import type { Database } from '@loadcycle/database/port';
import { eventLogSettings, openEventLog } from '@loadcycle/event-log/open';
import { type ProgramContext, runProgram } from '@loadcycle/service';
import { ensureAdminClient } from './auth/admin-client.ts';
import { DevicePasswords } from './device-passwords.ts';
import { startApi } from './server.ts';
import { apiSettings, externalIssuerOf, mqttOf } from './settings.ts';

const settings = { ...apiSettings, ...databaseSettings, ...eventLogSettings };
type Context = ProgramContext<typeof settings>;

/** The store as reader and as control: two pools, so that reading can not take the last connection from control. */
async function openRoles({
  settings: s,
  log,
  onStop,
}: Context): Promise<{ reader: Database; control: Database }> {
  if (s.databaseKind === 'embedded') {
    const store = await openDatabase(s, { log, role: null, applicationName: 'loadcycle-api' });
    onStop('store', () => store.close());
    const { as } = store as Database & { as(role: string): Database };
    return { reader: as.call(store, 'reader'), control: as.call(store, 'control') };
  }
  const reader = await openDatabase(s, { log, role: 'reader', applicationName: 'loadcycle-api' });
  onStop('store, reader', () => reader.close());
  const control = await openDatabase(s, { log, role: 'control', applicationName: 'loadcycle-api-control' });
  onStop('store, control', () => control.close());
  return { reader, control };
}

await runProgram({
  name: 'loadcycle-api',
  usage: 'node cloud-api/main.ts [settings]',
  about: 'Serves samples, cycles, the live stream, control and the page over HTTP.',
  settings,
  start: async (context) => {
    const { settings: s, log, health, registry, onStop } = context;
    const passwords = s.devicePasswordsDir;
    const deviceCredentials = passwords === null ? null : await DevicePasswords.open(passwords);
    const { reader, control } = await openRoles(context);
    const eventLog = await openEventLog(s, { log });
    onStop('event log', () => eventLog.close());
    const externalIssuer = externalIssuerOf(s);
    if (externalIssuer === null) {
      const admin = await ensureAdminClient({ control, folder: s.dataDir, restore: s.restoreAdmin });
      if (admin === null) log.info({ folder: s.dataDir }, "the administrator's client was made elsewhere");
    }
    const api = await startApi({
      reader,
      control,
      eventLog,
      mqtt: mqttOf(s),
      http: { host: s.httpHost, port: s.httpPort },
      log,
      health,
      registry,
      watchBroker: true,
      issuer: { issuer: s.issuer, audience: s.audience, tokenLifeS: Math.round(s.tokenLife / 1e6) },
      signingAlgorithm: s.signingAlgorithm,
      keySecret: s.keySecret,
      notifyKeySecret: s.notifyKeySecret,
      externalIssuer,
      autoRegister: s.autoRegister,
      accessLogDays: Math.ceil(s.accessLogRetention / 86_400_000_000),
      rateLimit: { quota: s.rateQuota, windowS: s.rateWindow / 1e6 },
      tokenRateLimit: { quota: s.tokenQuota, windowS: s.rateWindow / 1e6 },
      live: { maxReaders: s.liveReaders, maxReadersOfClient: s.liveReadersPerClient },
      maxRateHz: s.maxRateHz,
      corsOrigins: s.corsOrigins.split(',').filter((o) => o !== ''),
      trustProxy: s.trustProxy,
      deviceCredentials,
    });
    onStop('API', () => api.close());
    return undefined;
  },
});
