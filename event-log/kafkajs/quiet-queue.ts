import { createRequire } from 'node:module';

/**
 * kafkajs 2.2.4 keeps a timer running in each connection's request queue even when nothing waits in it, and sets
 * it to a negative time: a TimeoutNegativeWarning and 3 % of a core when idle. A check is due only where something waits.
 */
interface RequestQueue {
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  readonly pending: readonly unknown[];
  checkPendingRequests(): void;
}
const queue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as { prototype: object };
Object.assign(queue.prototype, {
  scheduleCheckPendingRequests(this: RequestQueue): void {
    if (this.throttleCheckTimeoutId || this.pending.length === 0) return;
    const waitMs = Math.max(this.throttledUntil - Date.now(), 10);
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, waitMs);
  },
});
