import type { Logger } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import type { EventLog } from '@loadcycle/event-log/port';
import type { Health, MosquittoWatch } from '@loadcycle/service';
import type { IssuerSettings } from '../auth/issuer.ts';
import type { SigningKeys } from '../auth/keys.ts';
import type { Principal } from '../auth/principal.ts';
import type { Revocations } from '../auth/revocations.ts';
import type { Verifier } from '../auth/verifier.ts';
import type { Commander } from '../control/commander.ts';
import type { Endpoint } from '../http/endpoint.ts';
import type { LiveHub } from '../live/hub.ts';
import type { Readiness } from '../readiness.ts';
import type { PipelineMonitor } from '../retrieval/pipeline.ts';
import type { Threads } from '../threads/threads.ts';
import { accessLogRoutes } from './access-log.ts';
import { alignedRoutes } from './aligned.ts';
import { analysisRoutes } from './analysis.ts';
import { anomalyRoutes } from './anomalies.ts';
import { catalogueRoutes } from './catalogue.ts';
import { clientRoutes } from './clients.ts';
import { completenessRoutes } from './completeness.ts';
import { controlRoutes } from './control.ts';
import { credentialRoutes, type DeviceCredentials } from './credentials.ts';
import { cycleRoutes } from './cycles.ts';
import { deadLetterRoutes } from './dead-letters.ts';
import { definitionRoutes } from './definitions.ts';
import { healthRoutes } from './health.ts';
import { holdRoutes } from './holds.ts';
import { jobRoutes } from './jobs.ts';
import { liveRoutes } from './live.ts';
import { logReplacementRoutes } from './log-replacements.ts';
import { notifyTargetRoutes } from './notify-targets.ts';
import { oauthRoutes } from './oauth.ts';
import { pipelineRoutes } from './pipeline.ts';
import { sampleRoutes } from './samples.ts';
import { silenceRoutes } from './silences.ts';
import { validateRoutes } from './validate.ts';

/** What the endpoints work with. */
export interface ApiServices {
  readonly reader: Database;
  readonly control: Database;
  readonly eventLog: EventLog;
  readonly log: Logger;
  readonly health: Health;
  readonly monitor: PipelineMonitor;
  readonly watch: MosquittoWatch | null;
  readonly hub: LiveHub;
  readonly commander: Commander | null;
  /** null: tokens come from a provider outside, and so do clients and keys */
  readonly own: {
    readonly issuer: IssuerSettings;
    readonly keys: SigningKeys;
    readonly revocations: Revocations;
    readonly verifier: Verifier;
  } | null;
  readonly stillGood: (principal: Principal) => Promise<boolean>;
  readonly readiness: Readiness;
  readonly autoRegister: boolean;
  readonly deviceCredentials: DeviceCredentials | null;
  /** samples a second that a device may be asked for where it does not say what it can do */
  readonly maxRateHz: number;
  /** seals what targets of anomalies keep secret in the store */
  readonly notifyKeySecret: string | null;
  /** for what takes long */
  readonly threads: Threads;
}

export function allEndpoints(s: ApiServices): Endpoint[] {
  const own = s.own === null ? [] : [...oauthRoutes({ ...s.own, ...s }), ...clientRoutes({ ...s.own, ...s })];
  return [
    ...own,
    ...accessLogRoutes(s),
    ...catalogueRoutes(s),
    ...sampleRoutes(s),
    ...alignedRoutes(s),
    ...cycleRoutes(s),
    ...completenessRoutes(s),
    ...credentialRoutes({ credentials: s.deviceCredentials }),
    ...definitionRoutes(s),
    ...holdRoutes(s),
    ...deadLetterRoutes(s),
    ...anomalyRoutes(s),
    ...silenceRoutes(s),
    ...notifyTargetRoutes(s),
    ...jobRoutes(s),
    ...validateRoutes(s),
    ...analysisRoutes(s),
    ...pipelineRoutes(s),
    ...logReplacementRoutes(s),
    ...controlRoutes(s),
    ...liveRoutes(s),
    ...healthRoutes(s),
  ];
}
