import { type DevicePath, isName, type SignalPath } from './names.ts';

/** The root of every MQTT topic; a new version of the contract gets a new root. */
export const TOPIC_ROOT = 'loadcycle/v1';

export const samplesTopic = (p: SignalPath): string =>
  `${TOPIC_ROOT}/${p.site}/${p.device}/samples/${p.signal}`;
export const statusTopic = (p: DevicePath): string => `${TOPIC_ROOT}/${p.site}/${p.device}/status`;
export const receiptsTopic = (p: DevicePath): string => `${TOPIC_ROOT}/${p.site}/${p.device}/receipts`;
export const commandsTopic = (p: DevicePath): string => `${TOPIC_ROOT}/${p.site}/${p.device}/commands`;
export const resultsTopic = (p: DevicePath): string => `${TOPIC_ROOT}/${p.site}/${p.device}/commands/results`;

/** What the bridge subscribes to. `samples/#` also takes codecs named by a suffix (`samples/{signal}/senml`). */
export const BRIDGE_FILTERS = [`${TOPIC_ROOT}/+/+/samples/#`, `${TOPIC_ROOT}/+/+/status`] as const;
/** Where the API hears the devices' answers. */
export const RESULTS_FILTER = `${TOPIC_ROOT}/+/+/commands/results`;

export type Topic =
  | { kind: 'samples'; site: string; device: string; signal: string; codec: string }
  | { kind: 'status' | 'receipts' | 'commands' | 'results'; site: string; device: string };

/**
 * Reads an MQTT topic of Loadcycle's own namespace; `null` for anything else.
 * `codec` is `json` unless the topic has a suffix (`…/samples/{signal}/{codec}`).
 */
export function parseTopic(topic: string): Topic | null {
  const parts = topic.split('/');
  if (parts[0] !== 'loadcycle' || parts[1] !== 'v1') return null;
  const [, , site = '', device = '', kind, a, b] = parts;
  if (!isName(site) || !isName(device)) return null;
  if (kind === 'samples' && a !== undefined && isName(a)) {
    if (parts.length === 6) return { kind, site, device, signal: a, codec: 'json' };
    if (parts.length === 7 && b !== undefined && isName(b))
      return { kind, site, device, signal: a, codec: b };
    return null;
  }
  if (kind === 'commands' && parts.length === 6 && a === 'results') return { kind: 'results', site, device };
  if (parts.length === 5 && (kind === 'status' || kind === 'receipts' || kind === 'commands')) {
    return { kind, site, device };
  }
  return null;
}
