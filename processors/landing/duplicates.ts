import type { DevicePath, DuplicateIdentity } from '@loadcycle/contract';
import type { Queryable } from '@loadcycle/database/port';

export type Duplicate = DevicePath & DuplicateIdentity;

/** Of which devices two agents are alive, and since when; the readers let it grow old. */
export async function writeDuplicates(tx: Queryable, duplicates: readonly Duplicate[]): Promise<void> {
  if (duplicates.length === 0) return;
  await tx.query(
    `UPDATE device d SET duplicate_identity = v.found::jsonb
     FROM unnest($1::text[], $2::text[], $3::text[]) v(site, device, found)
     JOIN site s ON s.name = v.site
     WHERE d.site_id = s.id AND d.name = v.device`,
    [
      duplicates.map((d) => d.site),
      duplicates.map((d) => d.device),
      duplicates.map(({ sinceUs, lastUs, sessions }) => JSON.stringify({ sinceUs, lastUs, sessions })),
    ],
  );
}
