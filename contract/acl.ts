import { MOSQUITTO_TOPICS } from './mosquitto-counts.ts';
import { type DevicePath, isName } from './names.ts';
import { SPARKPLUG_ROOT } from './sparkplug-topics.ts';
import { TOPIC_ROOT } from './topics.ts';

/**
 * Who may publish and read what at the broker: the one list that the embedded broker asks and that
 * Mosquitto's ACL file is made from. What is not here is refused.
 */
export type MqttRole = 'device' | 'bridge' | 'api' | 'sparkplug' | 'notify' | 'observer' | 'health';

export type MqttIdentity =
  | { readonly role: 'device'; readonly site: string; readonly device: string }
  | { readonly role: ServiceRole };

export interface MqttRights {
  /** MQTT filters; `%u` stands for the device's user name, `site/device`, `{site}` and `{device}` for its halves */
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

export const MQTT_RIGHTS: Readonly<Record<MqttRole, MqttRights>> = {
  device: {
    publish: [
      `${TOPIC_ROOT}/%u/samples/#`,
      `${TOPIC_ROOT}/%u/status`,
      `${TOPIC_ROOT}/%u/commands/results`,
      // as a Sparkplug edge node: the group is its site; DBIRTH and the like are of what is behind it
      ...['NBIRTH', 'NDATA', 'NDEATH'].map((t) => `${SPARKPLUG_ROOT}/{site}/${t}/{device}`),
      ...['DBIRTH', 'DDATA', 'DDEATH'].map((t) => `${SPARKPLUG_ROOT}/{site}/${t}/{device}/+`),
    ],
    subscribe: [
      `${TOPIC_ROOT}/%u/receipts`,
      `${TOPIC_ROOT}/%u/commands`,
      `${SPARKPLUG_ROOT}/{site}/NCMD/{device}`,
      `${SPARKPLUG_ROOT}/{site}/DCMD/{device}/+`,
      `${SPARKPLUG_ROOT}/STATE/+`,
    ],
  },
  bridge: {
    publish: [`${TOPIC_ROOT}/+/+/receipts`],
    subscribe: [
      `${TOPIC_ROOT}/+/+/samples/#`,
      `${TOPIC_ROOT}/+/+/status`,
      `${SPARKPLUG_ROOT}/#`,
      ...MOSQUITTO_TOPICS,
    ],
  },
  api: {
    publish: [`${TOPIC_ROOT}/+/+/commands`],
    subscribe: [`${TOPIC_ROOT}/+/+/commands/results`, `${TOPIC_ROOT}/+/+/status`, ...MOSQUITTO_TOPICS],
  },
  /** landing's: asks Sparkplug's edge nodes for births that are missing, and hears nothing */
  sparkplug: { publish: [`${SPARKPLUG_ROOT}/+/NCMD/+`], subscribe: [] },
  /** tells of anomalies */
  notify: { publish: [`${TOPIC_ROOT}/+/+/anomalies/+`], subscribe: [] },
  /** looks on, says nothing */
  observer: { publish: [], subscribe: ['loadcycle/#', `${SPARKPLUG_ROOT}/#`] },
  /** asks whether the broker answers: a user of its own, for a client id belongs to its user */
  health: { publish: [], subscribe: ['loadcycle/health'] },
};

/** A device's user name at the broker, and the common name of its certificate. */
export const deviceUsername = (p: DevicePath): string => `${p.site}/${p.device}`;

type ServiceRole = Exclude<MqttRole, 'device'>;

/** The user name of a service at the broker: it has no slash, so that no device can have it. */
export const serviceUsername = (role: ServiceRole): string => `loadcycle-${role}`;

const SERVICE_USERS = new Map(
  (['bridge', 'api', 'sparkplug', 'notify', 'observer', 'health'] as const).map((role) => [
    serviceUsername(role),
    role,
  ]),
);

/** User name → identity; null for a name that is neither a device's nor a service's. */
export function identityOf(username: string): MqttIdentity | null {
  const role = SERVICE_USERS.get(username);
  if (role !== undefined) return { role };
  const [site = '', device = '', ...rest] = username.split('/');
  if (rest.length > 0 || !isName(site) || !isName(device)) return null;
  return { role: 'device', site, device };
}

/** Whether `topic` (no wildcards) is one of the identity's own to publish on. */
export function mayPublish(identity: MqttIdentity, topic: string): boolean {
  if (/[+#]/.test(topic)) return false;
  return rights(identity, 'publish').some((allowed) => covers(allowed, topic));
}

/** Whether everything that `filter` can match is the identity's to read. `$share/{name}/` is looked through. */
export function maySubscribe(identity: MqttIdentity, filter: string): boolean {
  const bare = filter.startsWith('$share/') ? filter.split('/').slice(2).join('/') : filter;
  return rights(identity, 'subscribe').some((allowed) => covers(allowed, bare));
}

function rights(identity: MqttIdentity, kind: keyof MqttRights): string[] {
  const filters = MQTT_RIGHTS[identity.role][kind];
  if (identity.role !== 'device') return [...filters];
  const { site, device } = identity;
  return filters.map((filter) =>
    filter.replace('%u', deviceUsername(identity)).replace('{site}', site).replace('{device}', device),
  );
}

/** Whether the filter `wide` matches every topic that the filter (or topic) `narrow` matches (MQTT 4.7). */
export function covers(wide: string, narrow: string): boolean {
  const w = wide.split('/');
  const n = narrow.split('/');
  // wildcards at the front never match topics that begin with $ (MQTT-4.7.2-1)
  if (n[0]?.startsWith('$') && (w[0] === '+' || w[0] === '#')) return false;
  for (let i = 0; i < w.length; i++) {
    // `a/#` matches `a` as well: the level may be missing
    if (w[i] === '#') return true;
    if (n[i] === undefined || n[i] === '#') return false;
    if (w[i] !== '+' && n[i] !== w[i]) return false;
  }
  return n.length === w.length;
}
