import { Counter, Gauge, Histogram, type Registry } from '@loadcycle/service';

/** Requests by route and status, their time to the first byte, and live readers; answers what is called for each request. */
export function measure(registry: Registry, liveReaders: () => number) {
  new Gauge({
    name: 'loadcycle_api_live_readers',
    help: 'Readers of the live stream',
    registers: [registry],
    collect() {
      this.set(liveReaders());
    },
  });
  const requests = new Counter({
    name: 'loadcycle_api_requests_total',
    help: 'Requests by route and status',
    labelNames: ['route', 'status'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'loadcycle_api_request_seconds',
    help: 'Time to the first byte of the answer',
    labelNames: ['route'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  return (route: string, _method: string, status: number, ms: number): void => {
    requests.inc({ route, status });
    duration.observe({ route }, ms / 1000);
  };
}
