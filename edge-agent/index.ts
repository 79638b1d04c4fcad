/**
 * edge-agent: samples → batches → outbox on disk → MQTT, on the device.
 *
 * What always holds
 * - A sample has the time at which it was measured. A backlog is never stamped anew.
 * - A batch is on disk before it is published, and stays there until a receipt says that the event log has it.
 *   A power cut takes at most what was being filled: one flush interval. A full disk drops the oldest, counts and says so.
 * - (session, signal, seq) names a batch for ever, and its bytes never change.
 * - A command is carried out once.
 *
 * What it keeps where: `outbox.SITE.DEVICE.db` in the outbox folder holds batches, commands and what commands have changed;
 * everything else is in memory and bounded (the batch being filled, the window on its way).
 *
 * When its neighbour is away: without a broker, batches gather on disk up to a limit and the status says how long
 * that can go on (`runway.ts`); without receipts, one batch is sent as a probe until they come again (`delivery.ts`).
 *
 * The way of a sample: `sources/` → `sampling.ts` → `batcher.ts` → `writer.ts` → `outbox.ts` → `delivery.ts` → `link.ts`.
 */
export * from './agent.ts';
export type { MqttSettings } from './link.ts';
export { uuidV7 } from './uuid.ts';
