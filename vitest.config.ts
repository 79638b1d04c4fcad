import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that wait for other processes for a minute or more: first, so that none of them is left for the end. */
const WAITING = /\/tests\/(cloud-containers|kafka-failures-|a-lost-event-log|the-store-can-be-rebuilt)/;

class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const waits = (file: TestSpecification): boolean => WAITING.test(file.moduleId);
    return [...sorted.filter(waits), ...sorted.filter((file) => !waits(file))];
  }
}

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', 'data/**'],
    setupFiles: ['tests/setup.ts'],
    pool: 'forks',
    // a test's store lives for seconds: only what of its code is really hot is worth the optimizing compiler's time
    execArgv: ['--wasm-tiering-budget=100000000'],
    sequence: { sequencer: WaitingFirst },
    // one more than cores: many tests wait for other processes
    maxWorkers: Math.min(8, availableParallelism() + 1),
    // programs that tests start by the hundred: stripped of their types and compiled once
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
    // what a test waits for is bounded by nothing else: generous, for a machine that does something else besides
    testTimeout: 180_000,
    hookTimeout: 240_000,
    teardownTimeout: 60_000,
    coverage: {
      provider: 'v8',
      reporter: ['json-summary', 'html'],
      include: [
        '{contract,codecs,csv,service,edge-agent,broker-bridge,event-log,database,processors,cloud-api,client,cli,local}/**/*.ts',
      ],
      exclude: ['**/*.test.ts', '**/*.generated.ts', '**/contract-suite*'],
    },
    expect: { poll: { timeout: 60_000, interval: 20 } },
  },
});
