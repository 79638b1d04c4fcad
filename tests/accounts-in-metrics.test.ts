import { Registry } from '@loadcycle/service';
import { expect, test } from 'vitest';
import { batchOf, caughtUp, openBench, recordOf, startOn } from './landing-support.ts';

test('what is expected and what is missing of the last hour stand among the metrics', async () => {
  const b = await openBench();
  const registry = new Registry();
  const landing = await startOn(b, { registry });
  const t0Us = (Date.now() - 60_000) * 1000;
  const batches = [0, 1, 2, 5, 6].map((seq) => ({ ...batchOf(seq), t0Us: t0Us + seq * 1_000_000 }));
  const receivedAtUs = Date.now() * 1000;
  const each = batches[0]!.values.length;
  await b.eventLog.append(batches.map((batch) => recordOf(batch, { signal: 'v', receivedAtUs })));
  await caughtUp(b, 'landing');
  const metrics = await registry.metrics();
  expect(metrics).toContain(`loadcycle_samples_expected_last_hour ${7 * each}`);
  expect(metrics).toContain(`loadcycle_samples_missing_last_hour ${2 * each}`);
  await landing.close();
});
