/**
 * Who may have how many connections to the store: each login role has a limit on the server, so that workers that are
 * scaled up, or hang, never take those that the API answers with. docs/operations.md, "Connections", is this table; a test
 * compares it with the compose file and the Kubernetes manifests.
 */
export interface Share {
  /** instances that the documentation speaks of */
  readonly instances: number;
  /** pools of an instance, of LOADCYCLE_DATABASE_POOL connections each */
  readonly pools: number;
  readonly pool: number;
  /** of the login role, over all instances: what they have, and some for those that start while others end */
  readonly limit: number;
}

export const SHARES = {
  landing: { instances: 6, pools: 1, pool: 4, limit: 28 },
  cycles: { instances: 6, pools: 1, pool: 4, limit: 28 },
  notify: { instances: 1, pools: 1, pool: 2, limit: 4 },
  // readers and control
  api: { instances: 4, pools: 2, pool: 6, limit: 54 },
  grafana: { instances: 1, pools: 1, pool: 8, limit: 8 },
  // the owner's: also migrate, while maintenance runs
  owner: { instances: 1, pools: 1, pool: 4, limit: 10 },
} as const satisfies Record<string, Share>;

/** PostgreSQL's own superuser_reserved_connections: what an administrator gets in with when all others are taken. */
export const RESERVED = 3;
/** At least what the server's max_connections must be. */
export const MAX_CONNECTIONS = 140;
