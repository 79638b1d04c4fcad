import { z } from 'zod';
import { NAME_PATTERN } from './names.ts';
import { deviceText as text } from './text.ts';

/** How long the outbox can go on, and when it will be empty. */
export const Runway = z.object({
  /** batches and bytes waiting for a receipt */
  batches: z.int().min(0),
  bytes: z.int().min(0),
  /** the disk limit, bytes */
  limitBytes: z.int().min(0),
  /** hours until the limit is reached at the present rate of growth; null when the backlog does not grow */
  hoursLeft: z.number().min(0).nullable(),
  /** when the backlog will be drained at the present rate, µs since the epoch; null when it does not shrink */
  drainedAt: z.int().nullable(),
});
export type Runway = z.infer<typeof Runway>;

/** Signals that a status may tell of, and characters of its error. */
export const MAX_STATUS_SIGNALS = 1_000;
export const MAX_STATUS_ERROR = 2_000;

/** The retained message on `…/{device}/status`; the MQTT last will is the same with `state: "offline"`. */
export const DeviceStatus = z.object({
  state: z.enum(['online', 'offline']),
  /** µs since the epoch, the device's clock; the will carries the time of the connect */
  at: z.int(),
  version: text(100).optional(),
  session: z.uuid().optional(),
  /** how often the status is told, s: when it has not come for several of these, the device is silent */
  statusIntervalS: z.number().positive().optional(),
  /** is the agent sampling now? */
  sampling: z.boolean().optional(),
  signals: z
    .array(
      z.object({
        signal: z.string().regex(NAME_PATTERN),
        unit: text(32),
        rateHz: z.number().nullable(),
        /** the most that a command may ask for; null where its rate can not be changed; absent: an older agent */
        maxRateHz: z.number().positive().nullable().optional(),
        seq: z.int().min(0),
      }),
    )
    .max(MAX_STATUS_SIGNALS)
    .optional(),
  outbox: Runway.optional(),
  /** batches dropped, oldest first, because the disk was full */
  dropped: z.int().min(0).optional(),
  error: text(MAX_STATUS_ERROR).optional(),
});
export type DeviceStatus = z.infer<typeof DeviceStatus>;
