import { isName, LoadcycleError, type Logger, silentLogger } from '@loadcycle/contract';
import { SourceSettings, type SourceSettingsInput } from '@loadcycle/contract/agent-settings';
import { issuesText } from '@loadcycle/contract/issues';
import type { MqttSettings } from './link.ts';

export interface AgentOptions {
  readonly site: string;
  readonly device: string;
  /** holds the outbox, and what the device was told, in a file for each site and device */
  readonly outboxDir: string;
  readonly mqtt: MqttSettings;
  /** none: nothing is sampled, and the agent has finished when nothing waits any more */
  readonly sources: readonly SourceSettingsInput[];
  /** how often open batches are put on disk, and so the most that a power cut can take; default 100, at most 200 */
  readonly flushIntervalMs?: number;
  /** most bytes that the outbox may take on disk; default 1 GiB */
  readonly outboxLimitBytes?: number;
  /** how often the status is told; default 5,000 */
  readonly statusIntervalMs?: number;
  /** a receipt that takes longer is overdue; default 5,000 */
  readonly confirmTimeoutMs?: number;
  /** batches and bytes that may be unconfirmed on the way; default 1,024 and 4 MiB */
  readonly windowBatches?: number;
  readonly windowBytes?: number;
  /** longest waiting time between two tries to connect; default 60,000 */
  readonly maxBackoffMs?: number;
  readonly version?: string;
  readonly log?: Logger;
}

const DEFAULTS = {
  flushIntervalMs: 100,
  outboxLimitBytes: 1_073_741_824,
  statusIntervalMs: 5_000,
  confirmTimeoutMs: 5_000,
  windowBatches: 1_024,
  windowBytes: 4 * 1_048_576,
  maxBackoffMs: 60_000,
  version: '0.1.0',
};

export type CompleteOptions = typeof DEFAULTS & AgentOptions & { readonly log: Logger };

/** Fills in the defaults. Throws `name.invalid` or `settings.invalid`. */
export function completeOptions(options: AgentOptions): CompleteOptions {
  const given = Object.fromEntries(
    Object.entries(options).filter(([, v]) => v !== undefined),
  ) as AgentOptions;
  const o = { ...DEFAULTS, log: silentLogger, ...given };
  for (const name of [o.site, o.device]) {
    if (!isName(name)) throw new LoadcycleError('name.invalid', `"${name}" is no name for a site or device`);
  }
  if (o.flushIntervalMs < 10 || o.flushIntervalMs > 200) {
    throw new LoadcycleError('settings.invalid', 'the flush interval must be from 10 to 200 ms');
  }
  return o;
}

/** Throws `settings.invalid` with every place that is wrong. */
export function parseSource(input: SourceSettingsInput): SourceSettings {
  const parsed = SourceSettings.safeParse(input);
  if (parsed.success) return parsed.data;
  const why = issuesText(parsed.error.issues);
  throw new LoadcycleError('settings.invalid', `source: ${why}`);
}
