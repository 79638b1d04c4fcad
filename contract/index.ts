/**
 * contract: the words that every stage speaks. No I/O, no clock, nothing of ours imported.
 *
 * Each stage knows the stage before it only through what stands here: names and topics, the batch message,
 * receipts, device status, commands, quality of samples, signal definitions, stable error
 * codes and problem types, and the shape of settings. All times are integer microseconds since the Unix
 * epoch, UTC, as JavaScript numbers (exact until the year 2255).
 */
export * from './batch.ts';
export * from './command.ts';
export * from './duplicate-identity.ts';
export * from './errors.ts';
export * from './limits.ts';
export * from './log-topics.ts';
export * from './logger.ts';
export * from './mosquitto-counts.ts';
export * from './names.ts';
export * from './presets.ts';
export * from './problem.ts';
export * from './quality.ts';
export * from './ranges.ts';
export * from './receipt.ts';
export * from './settings.ts';
export * from './signal.ts';
export * from './status.ts';
export * from './time.ts';
export * from './topics.ts';
export * from './units/quantities.ts';
export * from './units/ucum.ts';
