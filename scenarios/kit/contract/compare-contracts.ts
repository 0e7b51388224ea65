import { isDeepStrictEqual } from 'node:util';
import type { RouteContract } from './read-contract.ts';

/** How routes differ from the approved ones, one line each. */
export interface ContractDifferences {
  /** Routes that are not approved, and approved ones that are missing. */
  routes: string[];
  /** Routes that others may call than approved. */
  access: string[];
  /** Routes that need another right or scope than approved. */
  rights: string[];
  /** Fields of requests. */
  takes: string[];
  /** Fields of responses. */
  answers: string[];
}

const describe = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));

function fieldDifferences(approved: readonly string[], seen: readonly string[]): string[] {
  const [before, now] = [new Set(approved), new Set(seen)];
  return [
    ...seen.filter((field) => !before.has(field)).map((field) => `${field} is not approved`),
    ...approved.filter((field) => !now.has(field)).map((field) => `${field} is missing`),
  ];
}

/**
 * Compares the routes that a document describes with the approved ones.
 * @param where names the document, e.g. a service
 */
export function compareContracts(
  where: string,
  approved: Readonly<Record<string, RouteContract>>,
  seen: Readonly<Record<string, RouteContract>>,
): ContractDifferences {
  const found: ContractDifferences = { routes: [], access: [], rights: [], takes: [], answers: [] };
  for (const key of Object.keys(seen))
    if (!Object.hasOwn(approved, key)) found.routes.push(`${where}: ${key} is not approved`);
  for (const [key, before] of Object.entries(approved)) {
    const now = seen[key];
    const name = `${where}: ${key}`;
    if (now === undefined) {
      found.routes.push(`${name} is missing`);
      continue;
    }
    if (now.access !== before.access)
      found.access.push(`${name} is for ${now.access}, approved is ${before.access}`);
    if (!isDeepStrictEqual(now.needs, before.needs))
      found.rights.push(`${name} needs ${describe(now.needs)}, approved is ${describe(before.needs)}`);
    if (now.scope !== before.scope)
      found.rights.push(
        `${name} has the scope ${describe(now.scope)}, approved is ${describe(before.scope)}`,
      );
    for (const line of fieldDifferences(before.takes, now.takes)) found.takes.push(`${name}: ${line}`);
    for (const status of new Set([...Object.keys(before.answers), ...Object.keys(now.answers)]))
      for (const line of fieldDifferences(before.answers[status] ?? [], now.answers[status] ?? []))
        found.answers.push(`${name} ${status}: ${line}`);
  }
  return found;
}
