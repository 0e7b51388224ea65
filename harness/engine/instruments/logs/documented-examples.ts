import { catalogue } from '../../../../platform/contracts/catalogue.ts';
import type { RouteSpec } from '../../../../platform/contracts/route.ts';
import { kindOfName } from '../../../evidence/secret-names.ts';

/**
 * Values under names of secrets in the examples of the contracts. Everybody can read them in the OpenAPI documents, so they
 * are no secrets, although some checks send them.
 */
export function documentedExamples(): ReadonlySet<string> {
  const found = new Set<string>();
  const collect = (value: unknown, name: string): void => {
    if (typeof value === 'string') {
      if (kindOfName(name) !== undefined) found.add(value);
    } else if (typeof value === 'object' && value !== null)
      for (const [key, item] of Object.entries(value)) collect(item, Array.isArray(value) ? name : key);
  };
  for (const { routes } of catalogue)
    for (const { bodyExample } of Object.values<RouteSpec>(routes)) collect(bodyExample, '');
  return found;
}
