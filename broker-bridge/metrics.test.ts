import { Registry } from '@loadcycle/service';
import { expect, test } from 'vitest';
import { BridgeMetrics } from './metrics.ts';

test('what is counted between two looks is told once, and the sum stays', async () => {
  const registry = new Registry();
  const metrics = new BridgeMetrics(registry);
  const told = async (): Promise<string[]> =>
    (await registry.metrics())
      .split('\n')
      .filter((line) => /^loadcycle_bridge_(messages|payload_bytes)_total/.test(line));
  metrics.message('samples', 100);
  metrics.message('samples', 50);
  metrics.message('status', 7);
  const first = [
    'loadcycle_bridge_messages_total{to="samples"} 2',
    'loadcycle_bridge_messages_total{to="status"} 1',
    'loadcycle_bridge_payload_bytes_total 157',
  ];
  expect(await told()).toEqual(first);
  expect(await told()).toEqual(first);
  metrics.message('status', 3);
  expect(await told()).toEqual([
    'loadcycle_bridge_messages_total{to="samples"} 2',
    'loadcycle_bridge_messages_total{to="status"} 2',
    'loadcycle_bridge_payload_bytes_total 160',
  ]);
});
