/**
 * broker-bridge: MQTT → event log.
 *
 * What always holds: a message of QoS 1 is acknowledged to the broker only once the log has it for good, and in
 * the order in which it came; a receipt is sent only for what the log has; the payload goes into the log
 * untouched; a message that can't be routed goes to the dead letters and never stops the others.
 * It keeps nothing: what is not in the log is still in the broker's session (clean = false, the same client ids
 * after a restart) or in the device's outbox, and comes again; what comes twice carries the same
 * (session, seq), and the store's ledger takes it once.
 * When the log is away it stops acknowledging: the broker's window (`maxInFlight` per connection) fills, the
 * broker holds the rest, memory stays bounded, and when the log is back the same append is sent again and all
 * goes on. When the broker is away it reconnects.
 *
 * One append is on its way at a time; what arrives meanwhile goes in the next (`append-queue.ts`). The PUBACK
 * packet is held, not mqtt.js's callback (`hold-puback.ts`). Several connections, and several instances, share
 * one subscription and no state; statuses and Sparkplug come over a subscription of their own (`filtersOf`).
 */
export * from './batch-head.ts';
export * from './bridge.ts';
export * from './connection.ts';
export * from './credentials.ts';
export * from './embedded-broker.ts';
export * from './instance-slot.ts';
export * from './route.ts';
