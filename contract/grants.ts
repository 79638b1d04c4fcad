/** Where somebody may act, or is told of what happens: `*` everywhere, `site` everything of a site, `site/device` one device. */
export type Grants = readonly string[];

/** Everywhere? */
export const everywhere = (grants: Grants): boolean => grants.includes('*');

/** All of the site, or (with `device`) that device? */
export function allows(grants: Grants, site: string, device?: string): boolean {
  return (
    everywhere(grants) ||
    grants.includes(site) ||
    (device !== undefined && grants.includes(`${site}/${device}`))
  );
}

/** Does `grants` reach all that `others` reach? */
export const includesAll = (grants: Grants, others: Grants): boolean =>
  others.every((other) => {
    if (other === '*') return everywhere(grants);
    const [site = '', device] = other.split('/');
    return allows(grants, site, device);
  });
