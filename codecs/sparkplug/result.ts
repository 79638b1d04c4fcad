import { type DevicePath, LoadcycleError } from '@loadcycle/contract';
import type { SparkplugTopic } from '@loadcycle/contract/sparkplug-topics';
import type { DecodedBatch } from '../context.ts';
import { deviceName, pathOf, wishOf } from './names.ts';
import type { SparkplugState } from './state.ts';

/** Something to do outside; once, by one of those who keep the state, and not for messages that are long past. */
export type SparkplugEffect =
  | {
      readonly kind: 'rebirth';
      /** to publish at QoS 0, not retained */
      readonly topic: string;
      readonly payload: Uint8Array;
      readonly atUs: number;
    }
  | {
      readonly kind: 'status';
      readonly site: string;
      readonly device: string;
      /** as people would write it, without digits of a hash */
      readonly wish: DevicePath;
      readonly state: 'online' | 'offline';
      readonly atUs: number;
    };

export interface SparkplugResult {
  /** what is known after the message */
  readonly state: SparkplugState;
  readonly batches: readonly DecodedBatch[];
  readonly effects: readonly SparkplugEffect[];
  /** poison: why the message goes to the dead letters; then there are no batches */
  readonly error: LoadcycleError | null;
  /** the message was read before: nothing is done again */
  readonly repeated: boolean;
  /** metrics whose values are no numbers (texts, data sets, templates …), which are no samples */
  readonly ignored: number;
}

/** The state alone: nothing to land. */
export const nothing = (
  state: SparkplugState,
  effects: readonly SparkplugEffect[] = [],
  error: LoadcycleError | null = null,
): SparkplugResult => ({ state, batches: [], effects, error, repeated: false, ignored: 0 });

/** What is not poison is a bug of ours: thrown on. */
export function poison(error: unknown): LoadcycleError {
  if (error instanceof LoadcycleError && error.kind === 'poison') return error;
  throw error;
}

export function statusEffect(
  { group, node, device }: Pick<SparkplugTopic, 'group' | 'node' | 'device'>,
  state: 'online' | 'offline',
  atUs: number,
): SparkplugEffect {
  const { site, device: wished } = wishOf(group, node, device, '');
  return {
    kind: 'status',
    site: pathOf(group, node, null, '').site,
    device: deviceName(node, device),
    wish: { site, device: wished },
    state,
    atUs,
  };
}
