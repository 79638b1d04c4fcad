import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the system that runs on a data folder is: written by `npm start`, gone when it has ended in order. */
export interface RunningSystem {
  readonly httpUrl: string;
  readonly mqttPort: number;
  readonly pid: number;
}

const file = (dataDir: string): string => join(dataDir, 'running.json');

/** The system that runs on this data folder; null where none does. */
export function runningSystem(dataDir: string): RunningSystem | null {
  try {
    return JSON.parse(readFileSync(file(dataDir), 'utf8')) as RunningSystem;
  } catch {
    return null;
  }
}

/** Writes down that a system runs here. Returns what takes it back. */
export function noteRunning(dataDir: string, system: RunningSystem): () => void {
  writeFileSync(file(dataDir), JSON.stringify(system), { mode: 0o600 });
  return () => rmSync(file(dataDir), { force: true });
}
