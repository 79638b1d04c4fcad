/**
 * codecs: bytes of a message → batches, and back. Pure: no I/O, no clock.
 *
 * `json/` reads and writes Loadcycle's own messages, `senml/` reads SenML (RFC 8428), `sparkplug/` reads Sparkplug B, which
 * needs the births that came before and so has an entry of its own. What a batch is stands in `contract/`.
 */
export * from './decode.ts';
export * from './json/batch.ts';
export * from './json/status.ts';
export { type FormLimits, readJson } from './json/strict-json.ts';
export { decodeSenml } from './senml/senml.ts';
