import { signalKey } from '@loadcycle/contract';
import { lookedAtBy } from '@loadcycle/contract/rule-settings';
import type { CatalogueEntry } from '@loadcycle/processors/catalogue/index';
import { allows } from '../auth/principal.ts';
import { beyondGrants } from './refusal.ts';

/**
 * Refuses (403) conditions that look at a signal beyond the grants of whoever defines them: its values could be found out by
 * what they alarm, limit by limit.
 */
export function refuseBeyond(entries: readonly CatalogueEntry[], grants: readonly string[]): void {
  for (const { path, definition } of entries) {
    const beyond = lookedAtBy(path, definition).find((o) => !allows(grants, o.path.site, o.path.device));
    if (beyond !== undefined) throw beyondGrants(signalKey(beyond.path));
  }
}
