/** The library has types for this module, but not where TypeScript looks for them. Only what `sessions.ts` uses. */
declare module 'aedes-persistence/asyncPersistence.js' {
  interface Subscribed {
    readonly id: string;
  }
  class MemoryPersistence {
    storeRetained(packet: { topic: string; payload: string | Buffer }): Promise<void>;
    addSubscriptions(client: Subscribed, subs: readonly { topic: string }[]): Promise<void>;
    cleanSubscriptions(client: Subscribed): Promise<void>;
  }
  export default MemoryPersistence;
}
