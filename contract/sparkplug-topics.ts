import { MAX_FOREIGN_NAME_BYTES } from './limits.ts';
import { isText } from './names.ts';

/**
 * Topics of Sparkplug B (Eclipse Sparkplug 3.0, ISO/IEC 20237): `spBv1.0/{group}/{type}/{edge node}[/{device}]`.
 * All messages of one edge node share its sequence numbers and its aliases, so they must stay in one partition, in
 * order: the log's key is the node, not the signal.
 */
export const SPARKPLUG_ROOT = 'spBv1.0';

const NODE_TYPES = ['NBIRTH', 'NDATA', 'NDEATH'] as const;
const DEVICE_TYPES = ['DBIRTH', 'DDATA', 'DDEATH'] as const;
export type SparkplugType = (typeof NODE_TYPES)[number] | (typeof DEVICE_TYPES)[number];

export interface SparkplugTopic {
  readonly group: string;
  readonly type: SparkplugType;
  readonly node: string;
  /** null for a message of the node itself */
  readonly device: string | null;
}

export const isSparkplugTopic = (mqttTopic: string): boolean => mqttTopic.startsWith(`${SPARKPLUG_ROOT}/`);

/** Null for anything that is no message of data, birth or death. */
export function parseSparkplugTopic(mqttTopic: string): SparkplugTopic | null {
  const [root, group, type, node, device, ...rest] = mqttTopic.split('/');
  if (root !== SPARKPLUG_ROOT || !group || !node || rest.length > 0) return null;
  if (![group, node, device ?? ''].every(isStorable)) return null;
  if (device === undefined && NODE_TYPES.includes(type as never)) {
    return { group, type: type as SparkplugType, node, device: null };
  }
  if (device && DEVICE_TYPES.includes(type as never))
    return { group, type: type as SparkplugType, node, device };
  return null;
}

/**
 * Names that a database can keep: well-formed Unicode without NUL, no longer than {@link MAX_FOREIGN_NAME_BYTES} as
 * UTF-8. Bytes count, not characters: an index takes 2,704 of them, and a node's key holds two names.
 */
export const isStorable = (text: string): boolean =>
  text.length <= MAX_FOREIGN_NAME_BYTES &&
  isText(text) &&
  encoder.encode(text).byteLength <= MAX_FOREIGN_NAME_BYTES;

const encoder = new TextEncoder();

/** The log's key for a message: one for each edge node. */
export const sparkplugKey = (t: Pick<SparkplugTopic, 'group' | 'node'>): string =>
  `${SPARKPLUG_ROOT}/${t.group}/${t.node}`;
