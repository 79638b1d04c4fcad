import { LoadcycleError, lastSampleUs } from '@loadcycle/contract';
import type { DecodeContext, DecodedBatch } from './context.ts';

/** Throws `message.timestamp-future` or `message.timestamp-past`. */
export function checkTimes(
  { batch }: DecodedBatch,
  receivedAtUs: number,
  context: DecodeContext,
  pointer: string,
): void {
  const lastUs = lastSampleUs(batch);
  if (lastUs > receivedAtUs + context.maxFutureUs) {
    const ahead = Math.round((lastUs - receivedAtUs) / 1e6);
    throw new LoadcycleError('message.timestamp-future', `samples ${ahead} s after they were received`, {
      pointer,
      hint: "set the device's clock",
    });
  }
  if (batch.t0Us < context.horizonUs) {
    throw new LoadcycleError('message.timestamp-past', 'samples from before the horizon of this deployment', {
      pointer,
      hint: "set the device's clock, or move the horizon",
    });
  }
}
