import type { ServiceContract } from '../../../contracts/service.ts';
import { delegatedScopeOf } from '../../../contracts/token-scope.ts';

/** Stands for inserted text while a path is compared. */
const inserted = /\{[a-z_]+\d*[A-Za-z0-9_.-]*\}/g;

function matches(template: string, path: string): boolean {
  const [wanted, given] = [template.split('/'), path.split('/')];
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part.startsWith(':') || part === given[index])
  );
}

/**
 * The scope that a request to the platform's gateway needs.
 * @param path below the origin, e.g. `/api/users/me`; placeholders stand for parts of it
 * @returns undefined for a route that only the user may call, and for one that does not exist
 */
function scopeOfPath(
  catalogue: readonly ServiceContract[],
  { method, path }: { method: string; path: string },
): string | undefined {
  const wanted = path.replace(/^\/api\/v1\//, '/api/').replaceAll(inserted, 'inserted');
  for (const contract of catalogue) {
    for (const route of Object.values(contract.routes)) {
      const mount = contract.mounts.find(
        ({ internal }) => route.path === internal || route.path.startsWith(`${internal}/`),
      );
      if (mount === undefined || route.access !== 'user' || route.method !== method) continue;
      if (matches(mount.public + route.path.slice(mount.internal.length), wanted))
        return delegatedScopeOf(route);
    }
  }
  return undefined;
}

/** The scopes of a request that a step sends; undefined to other hosts than the platform. */
export async function scopesOfRequest(
  { method, url }: { method: string; url: string },
  platformOrigins: readonly string[],
): Promise<string[] | undefined> {
  const origin = platformOrigins.find((one) => url === one || url.startsWith(`${one}/`));
  if (origin === undefined) return undefined;
  // All contracts together: loaded with the first such step.
  const { catalogue } = await import('../../../contracts/catalogue.ts');
  const path = url.slice(origin.length).split(/[?#]/)[0] as string;
  const scope = scopeOfPath(catalogue, { method, path });
  return scope === undefined || scope === 'any' ? [] : [scope];
}
