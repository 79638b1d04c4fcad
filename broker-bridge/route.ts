import {
  CONTENT_TYPE,
  type DevicePath,
  type ErrorCode,
  parseTopic,
  samplesTopic,
  signalKey,
  TOPIC_ROOT,
} from '@loadcycle/contract';

/** Where a message goes, by its topic alone. */
export type Route =
  | {
      readonly to: 'samples';
      readonly key: string;
      readonly contentType: string;
      /** who gets a receipt, and for which signal; null where the codec has no sequence numbers of ours */
      readonly receipt: { readonly device: DevicePath; readonly signal: string } | null;
    }
  | { readonly to: 'status'; readonly key: string }
  | { readonly to: 'dead-letters'; readonly code: ErrorCode; readonly detail: string }
  | { readonly to: 'nowhere' };

/** Sparkplug B 3.0: what an edge node says. Commands and host state are said by others, to others. */
const SPARKPLUG_DATA = new Set(['NBIRTH', 'NDEATH', 'DBIRTH', 'DDEATH', 'NDATA', 'DDATA']);
const SPARKPLUG_OTHER = new Set(['NCMD', 'DCMD', 'STATE']);
export const SPARKPLUG_FILTER = 'spBv1.0/#';

/** `…/samples/{signal}/{suffix}` → content type. */
const SUFFIXES: Readonly<Record<string, string>> = { json: CONTENT_TYPE.batch, senml: CONTENT_TYPE.senml };
const KNOWN_TYPES = new Set<string>(Object.values(CONTENT_TYPE));

export function routeTopic(topic: string): Route {
  if (topic.startsWith('spBv1.0/')) return routeSparkplug(topic);
  const parsed = parseTopic(topic);
  if (parsed?.kind === 'status') return { to: 'status', key: `${parsed.site}/${parsed.device}` };
  if (parsed?.kind !== 'samples') {
    const form = samplesTopic({ site: '{site}', device: '{device}', signal: '{signal}' });
    return {
      to: 'dead-letters',
      code: 'message.unknown-topic',
      detail: topic.startsWith(`${TOPIC_ROOT}/`)
        ? `not of the form ${form} (lower-case letters, digits, - and _)`
        : `not under ${TOPIC_ROOT}/`,
    };
  }
  const contentType = SUFFIXES[parsed.codec];
  if (contentType === undefined) {
    return {
      to: 'dead-letters',
      code: 'message.unsupported-content-type',
      detail: `no codec for the suffix "${parsed.codec}"; there are ${Object.keys(SUFFIXES).join(', ')}`,
    };
  }
  const receipt =
    contentType === CONTENT_TYPE.batch
      ? { device: { site: parsed.site, device: parsed.device }, signal: parsed.signal }
      : null;
  return { to: 'samples', key: signalKey(parsed), contentType, receipt };
}

function routeSparkplug(topic: string): Route {
  const [, group = '', type = '', edgeNode = ''] = topic.split('/');
  if (SPARKPLUG_OTHER.has(type) || group === 'STATE') return { to: 'nowhere' };
  if (!SPARKPLUG_DATA.has(type) || edgeNode === '') {
    return {
      to: 'dead-letters',
      code: 'message.unknown-topic',
      detail: 'not a Sparkplug B topic: spBv1.0/{group}/{message type}/{edge node}[/{device}]',
    };
  }
  return {
    to: 'samples',
    key: `spb/${group}/${edgeNode}`,
    contentType: CONTENT_TYPE.sparkplug,
    receipt: null,
  };
}

/** An MQTT 5 publisher may name its codec in the content-type property instead of the topic. */
export function withContentType(route: Route, contentType: string | undefined): Route {
  if (route.to !== 'samples' || contentType === undefined || contentType === route.contentType) return route;
  if (route.contentType !== CONTENT_TYPE.batch || !KNOWN_TYPES.has(contentType)) return route;
  return { ...route, contentType, receipt: null };
}
