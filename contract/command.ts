import { z } from 'zod';
import { keptText } from './text.ts';

const base = {
  /** UUID, names the command for ever; a device carries each id out once */
  id: z.uuid(),
  /** µs since the epoch; a device that hears of it later refuses it as expired */
  expiresAt: z.int(),
};

/** What can be changed at a running agent, per signal or (without `signal`) for all of them. */
export const AgentChange = z.object({
  signal: z.string().optional(),
  rateHz: z.number().positive().max(1_000_000).optional(),
  /** samples in one batch at most */
  batchSize: z.int().min(1).max(100_000).optional(),
  enabled: z.boolean().optional(),
  /** settings of the simulated waveform (see `waveform-settings.ts`); refused by other sources */
  simulate: z.record(z.string(), z.unknown()).optional(),
});
export type AgentChange = z.infer<typeof AgentChange>;

/** Message to a device on `…/{device}/commands` (QoS 1, not retained; the API resends until answered or expired). */
export const Command = z.discriminatedUnion('action', [
  z.object({ ...base, action: z.literal('start') }),
  z.object({ ...base, action: z.literal('stop') }),
  z.object({ ...base, action: z.literal('configure'), changes: z.array(AgentChange).min(1) }),
]);
export type Command = z.infer<typeof Command>;

/** The device's answer on `…/commands/results`: first `accepted`, then `done` or `failed` with why. */
export const CommandResult = z.object({
  id: z.uuid(),
  outcome: z.enum(['accepted', 'done', 'failed']),
  at: z.int(),
  code: keptText(100).optional(),
  detail: keptText(1_000).optional(),
});
export type CommandResult = z.infer<typeof CommandResult>;
