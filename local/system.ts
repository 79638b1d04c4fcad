import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startBridge } from '@loadcycle/broker-bridge/bridge';
import { Credentials } from '@loadcycle/broker-bridge/credentials';
import { startEmbeddedBroker } from '@loadcycle/broker-bridge/embedded-broker';
import { ADMIN_CLIENT_ID, ensureAdminClient } from '@loadcycle/cloud-api/auth/admin-client';
import { issueSignInCode } from '@loadcycle/cloud-api/auth/sign-in-codes';
import { startApi } from '@loadcycle/cloud-api/server';
import { externalIssuerOf } from '@loadcycle/cloud-api/settings';
import type { Logger } from '@loadcycle/contract';
import { deviceUsername, serviceUsername } from '@loadcycle/contract/acl';
import type { EmbeddedDatabase } from '@loadcycle/database/embedded/open';
import { runMaintenance } from '@loadcycle/database/maintenance';
import { MaintenanceStatus } from '@loadcycle/database/maintenance/status';
import type { EventLog } from '@loadcycle/event-log/port';
import { openSqliteLog } from '@loadcycle/event-log/sqlite/index';
import { CYCLES, startCycles } from '@loadcycle/processors/cycles-worker/index';
import { LANDING, startLanding } from '@loadcycle/processors/landing/index';
import { Rebirths } from '@loadcycle/processors/landing/rebirth';
import { startNotify } from '@loadcycle/processors/notify/index';
import { lookAtLog } from '@loadcycle/processors/work/log-positions';
import type { RegistrationLimits } from '@loadcycle/processors/work/registration';
import type { Health, Registry } from '@loadcycle/service';
import { startDevice } from './device.ts';
import { prepareFolder } from './folder.ts';
import { ensureLogTopics, recordsBehind } from './log-topics.ts';
import { logIsIncomplete } from './only-in-store.ts';
import type { LocalSettings } from './settings.ts';
import type { StatusSnapshot } from './status-line.ts';
import { openStore } from './store.ts';

export interface SystemContext {
  readonly settings: LocalSettings;
  readonly log: Logger;
  readonly health: Health;
  readonly registry: Registry;
  /** closed in reverse order of registration */
  onStop(name: string, close: () => Promise<void> | void): void;
}

export interface RunningSystem {
  readonly dataDir: string;
  readonly httpUrl: string;
  readonly mqttPort: number;
  /** link to the page that signs in once; without an administrator's client to sign in as: to the page alone */
  pageUrl(): Promise<string>;
  /** where a store that did not open was put */
  readonly storeSetAside: string | null;
  /** why the log can't give back all that such a store held, in words */
  readonly logLacks: string | null;
  readonly database: EmbeddedDatabase;
  readonly eventLog: EventLog;
  snapshot(): Promise<StatusSnapshot>;
}

/**
 * The whole system in one process, in the order of the flow's end to its beginning: the store and the log first,
 * the device last, so that nothing is produced before somebody takes it. Closing goes the other way round.
 */
export async function startSystem(context: SystemContext): Promise<RunningSystem> {
  const { settings: s, log, health, registry, onStop } = context;
  const dataDir = prepareFolder(s.dataDir);

  const eventLog = await openSqliteLog({ folder: join(dataDir, 'log'), log, health });
  onStop('event log', () => eventLog.close());
  await ensureLogTopics(eventLog, s.logRetention / 1000);

  const { database, setAside } = await openStore(dataDir, log);
  onStop('store', () => database.close());
  const logLacks = setAside === null ? null : await logIsIncomplete(eventLog);
  if (logLacks !== null)
    log.error({ code: 'log.replaced', setAside }, `the store is not made anew as it was: ${logLacks}`);
  const writer = database.as('writer');

  await lookAtLog({ database: writer, eventLog, log });

  const tending = new AbortController();
  const status = new MaintenanceStatus({ health, registry });
  const maintenance = runMaintenance(database, s, { signal: tending.signal, log, status });
  onStop('maintenance', () => {
    tending.abort();
    return maintenance;
  });

  const users = new Map<string, string>();
  const user = (username: string): { username: string; password: string } => {
    const password = randomBytes(24).toString('base64url');
    users.set(username, password);
    return { username, password };
  };
  const credentials = new Credentials(join(dataDir, 'mqtt-users.json'));
  const broker = await startEmbeddedBroker({
    host: s.mqttHost,
    port: s.mqttPort,
    credentials,
    anonymous: s.mqttAnonymous,
    users,
    limits: s,
    log,
    registry,
  });
  onStop('broker', () => broker.close());
  const { url } = broker;

  const rebirths = s.sparkplug ? new Rebirths({ url, ...user(serviceUsername('sparkplug')), log }) : null;
  onStop('Sparkplug host', () => rebirths?.close());
  const common = { eventLog, database: writer, health, log, registry };
  const notifier = user(serviceUsername('notify'));
  const notify = await startNotify({
    ...common,
    database: database.as('notifier'),
    mqtt: { url, ...notifier, protocolVersion: 4 },
    settings: s,
  });
  onStop('notify', () => notify.close());

  const landing = await startLanding({
    ...common,
    settings: { ...registration(s), autoRegister: s.registerUnknown },
    onRebirth: (effect) => rebirths?.ask(effect),
  });
  onStop('landing', () => landing.close());
  const cycles = await startCycles({
    ...common,
    settings: { autoRegister: s.registerUnknown },
  });
  onStop('cycles', () => cycles.close());
  // what the bridge has put into the log by now is also landed and cut, unless that takes too long
  onStop('drain', () => drain(eventLog, database));

  const bridge = await startBridge({
    mqtt: { url, ...user(serviceUsername('bridge')) },
    eventLog,
    connections: 1,
    protocolVersion: 4,
    receiptGatherMs: 50,
    maxInFlight: 1000,
    sparkplug: s.sparkplug,
    health,
    log,
    registry,
  });
  onStop('bridge', () => bridge.close());

  const control = database.as('control');
  const externalIssuer = externalIssuerOf(s);
  // where a provider issues the tokens nobody signs in with a client of ours
  if (externalIssuer === null) await ensureAdminClient({ control, folder: dataDir, restore: s.restoreAdmin });
  const api = await startApi({
    reader: database.as('reader'),
    control,
    eventLog,
    mqtt: { url, ...user(serviceUsername('api')) },
    deviceCredentials: credentials,
    autoRegister: s.registerUnknown,
    http: { host: s.httpHost, port: s.httpPort },
    issuer: { audience: s.audience, tokenLifeS: Math.round(s.tokenLife / 1e6) },
    externalIssuer,
    live: { maxReaders: s.liveReaders, maxReadersOfClient: s.liveReadersPerClient },
    maxRateHz: s.maxRateHz,
    rateLimit: { quota: s.rateQuota, windowS: s.rateWindow / 1e6 },
    tokenRateLimit: { quota: s.tokenQuota, windowS: s.rateWindow / 1e6 },
    log,
    health,
    registry,
  });
  onStop('API', () => api.close());

  const device = { site: s.site, device: s.deviceName };
  const agent = s.device
    ? await startDevice(s, dataDir, { url, ...user(deviceUsername(device)) }, log)
    : null;
  if (agent !== null) onStop('device', () => agent.close());

  return {
    dataDir,
    httpUrl: api.url,
    mqttPort: broker.port,
    pageUrl: async () => {
      if (externalIssuer !== null) return `${api.url}/`;
      const code = await issueSignInCode(control, ADMIN_CLIENT_ID);
      return code === null ? `${api.url}/` : `${api.url}/#code=${code}`;
    },
    storeSetAside: setAside,
    logLacks,
    database,
    eventLog,
    snapshot: async () => ({
      samplesIn: agent?.stats().samples ?? landing.stats().rows,
      landed: landing.stats().rows,
      cycles: cycles.stats().cycles,
      lagRecords: await recordsBehind(eventLog, database, LANDING),
      outbox: agent?.stats().outbox.batches ?? 0,
      deadLetters: landing.stats().deadLettered,
      trouble: trouble(health),
    }),
  };
}

const registration = (s: LocalSettings): RegistrationLimits => ({
  maxNewSignalsPerMessage: s.maxNewSignalsPerMessage,
  maxSignalsPerDevice: s.maxSignalsPerDevice,
  maxSignalsPerSite: s.maxSignalsPerSite,
  maxNewDevicesPerMinute: s.maxNewDevicesPerMinute,
  maxNewSignalsPerMinute: s.maxNewSignalsPerMinute,
});

const DRAIN_MS = 5_000;

/** What is left in the log is lost to nobody: the next start goes on from there. */
async function drain(eventLog: EventLog, database: EmbeddedDatabase): Promise<void> {
  const end = performance.now() + DRAIN_MS;
  for (const consumer of [LANDING, CYCLES]) {
    while ((await recordsBehind(eventLog, database, consumer)) > 0 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function trouble(health: Health): string | null {
  const parts = Object.entries(health.snapshot()).filter(([, part]) => part.state !== 'ok');
  return parts.length === 0 ? null : parts.map(([name, p]) => `${name}: ${p.detail ?? p.state}`).join('; ');
}
