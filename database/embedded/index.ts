/**
 * The embedded store: TimescaleDB in this process, behind the port `Database`.
 *
 * What always holds:
 * - the engine blocks whatever thread it runs on, so it has one of its own; broker, HTTP and timers go on;
 * - one connection: whole transactions queue for it, writes before reads before maintenance, none for ever;
 * - a commit is on disk before it is answered (`filesystem.ts`), and the extension is loaded at every open, without
 *   which hypertables of a re-opened store look empty (`engine.ts`);
 * - the folder belongs to one process (`lock.ts`).
 *
 * What it does not do by itself, for want of background workers: checkpoints, vacuum, refreshes, compression and
 * retention. `../maintenance.ts` does.
 *
 * When the engine dies (a panic, a trap), the transactions under way fail with `store.unavailable` and the next one
 * opens the store again, as after a crash; a store that cannot be opened is `store.broken`, which the composing
 * program answers by setting the folder aside and rebuilding it from the log.
 */
export { type EmbeddedDatabase, type EmbeddedOptions, openEmbedded, type Role } from './open.ts';
