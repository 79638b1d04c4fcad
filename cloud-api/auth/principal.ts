import { z } from '@hono/zod-openapi';
import { NAME_PATTERN } from '@loadcycle/contract';
import { allows } from '@loadcycle/contract/grants';

export { allows, everywhere } from '@loadcycle/contract/grants';

/** What a token may do. `admin` includes the others. */
export const SCOPES = [
  'samples:read',
  'cycles:read',
  'signals:write',
  'pipeline:control',
  'anomalies:write',
  'notify:write',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];

export const ScopeSchema = z.enum(SCOPES);

/** Where: `*` everywhere, `site` everything of a site, `site/device` one device. */
export const GrantSchema = z
  .string()
  .refine((g) => g === '*' || (g.split('/').length <= 2 && g.split('/').every((p) => NAME_PATTERN.test(p))), {
    message: 'a grant is *, a site, or site/device',
  })
  .openapi({ description: '`*`, a site, or `site/device`', example: 'plant1/motor1' });

/** Who is asking, as the token says. */
export interface Principal {
  readonly clientId: string;
  readonly tokenId: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly grants: readonly string[];
  /** s since the epoch */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export const hasScope = (p: Principal, wanted: readonly Scope[]): boolean =>
  p.scopes.has('admin') || wanted.some((s) => p.scopes.has(s));

/** Anything at all of the site? Then its lists show what is allowed. */
export function allowsSome(grants: readonly string[], site: string): boolean {
  return allows(grants, site) || grants.some((g) => g.startsWith(`${site}/`));
}

/**
 * The same as SQL: a condition on the columns `site` and `device` for parameter number `n`, which is the array
 * of grants.
 */
export const grantCondition = (n: number, site = 'site', device = 'device'): string =>
  `('*' = ANY($${n}::text[]) OR ${site} = ANY($${n}::text[]) OR ${site} || '/' || ${device} = ANY($${n}::text[]))`;
