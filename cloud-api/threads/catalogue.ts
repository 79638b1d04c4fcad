import { signalKey } from '@loadcycle/contract';
import { type CatalogueEntry, parseCatalogue } from '@loadcycle/processors/catalogue/index';
import { allows } from '../auth/principal.ts';
import { shorter } from '../http/check.ts';
import { textOf } from '../http/json-body.ts';
import { refuseBeyond } from '../http/looked-at.ts';
import { beyondGrants, Refusal } from '../http/refusal.ts';

/** The signals that a catalogue file defines. Refuses with 403 where the grants do not reach one, and with 422. */
export function readCatalogue(input: {
  readonly bytes: Uint8Array;
  readonly grants: readonly string[];
}): CatalogueEntry[] {
  const text = textOf(input.bytes);
  const { entries, problems, beyond } = parseCatalogue(text, ({ site, device }) =>
    allows(input.grants, site, device),
  );
  if (beyond !== undefined) throw beyondGrants(signalKey(beyond));
  const [first] = problems;
  if (first === undefined) {
    refuseBeyond(entries, input.grants);
    return entries;
  }
  throw new Refusal('request.unprocessable', `line ${first.line}: ${shorter(first.message)}`, {
    errors: problems.map((p) => ({
      pointer: shorter(`/${p.where.replaceAll('.', '/')}`),
      detail: `line ${p.line}, column ${p.column}: ${shorter(p.message)}`,
    })),
  });
}
