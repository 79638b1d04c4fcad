import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, Registry };

/** A registry with the process's own metrics (CPU, memory, event loop). */
export function makeRegistry(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** As it was when it was made: a start that is tried again registers its metrics again. */
export function clearRegistry(registry: Registry): void {
  registry.clear();
  collectDefaultMetrics({ register: registry });
}
