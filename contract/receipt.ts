import { z } from 'zod';

const seq = z.int().min(0);

/**
 * What a bridge tells a device on `…/receipts`: these batches have come to `stage`. `logged` means that the
 * event log has acknowledged them; `landed` is room for a receipt from the store itself.
 */
export const Receipt = z.object({
  stage: z.enum(['logged', 'landed']),
  session: z.uuid(),
  signal: z.string(),
  seqs: z.array(z.tuple([seq, seq])).min(1),
});
export type Receipt = z.infer<typeof Receipt>;

/** What else a bridge tells a device on `…/receipts`: something is wrong that only the cloud can see. */
export const DeviceNotice = z.object({
  notice: z.literal('device.duplicate-identity'),
  /** the agents' sessions, both with this device's name */
  sessions: z.array(z.uuid()),
});
export type DeviceNotice = z.infer<typeof DeviceNotice>;
