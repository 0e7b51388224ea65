import type { RouteSpec } from '../../../platform/contracts/route.ts';
import { lowestRole, mayDo, mayInTenant } from './approved-rights.ts';
import type { Person } from './people.ts';
import type { ObjectRoute } from './route-request.ts';

/**
 * `hidden`: the same as for an object that does not exist. `forbidden`: the person may read the object, and learns which
 * role is needed.
 */
export type Answer = 'allowed' | 'forbidden' | 'hidden' | 'anonymous';

/** Routes of objects that are private to the user who created them: what other members of the workspace get. */
const privateRoutes: Readonly<Record<string, 'hidden' | 'forbidden'>> = {
  'saga-service.steps': 'forbidden',
  'saga-service.events': 'forbidden',
  'saga-service.cancel': 'forbidden',
  'saga-service.compensate': 'forbidden',
  // Only the author changes a comment, as in Airtable.
  'airtable-gateway.changeComment': 'forbidden',
  'airtable-gateway.deleteComment': 'forbidden',
};

function answerInWorkspace(
  { needs, method }: RouteSpec,
  { role, name, inTenant }: Person,
): Exclude<Answer, 'anonymous'> {
  if (needs === undefined || needs === 'self') return name === 'owner' ? 'allowed' : 'hidden';
  if (!inTenant) return 'hidden';
  // Without another need, users with the role readonly read only.
  if (name === 'read-only' && 'tenant' in needs && method !== 'GET') return 'forbidden';
  const inTenantAs = { ownsTenant: name === 'owner' };
  if ('tenant' in needs) return mayInTenant(needs.tenant, inTenantAs) ? 'allowed' : 'forbidden';
  if (needs.of === 'visible') return 'allowed';
  if (needs.orTenant !== undefined && mayInTenant(needs.orTenant, inTenantAs)) return 'allowed';
  // Conversations are private to their user within the workspace.
  if (role === undefined || (needs.of === 'conversation' && name !== 'owner')) return 'hidden';
  return mayDo(role, needs.right) ? 'allowed' : 'forbidden';
}

/** The right answer to a valid request about an object that the owner of the household has created. */
export function rightAnswer({ id, spec }: Pick<ObjectRoute, 'id' | 'spec'>, person: Person): Answer {
  if (person.token === undefined) return 'anonymous';
  const answer = answerInWorkspace(spec, person);
  return answer === 'allowed' && person.name !== 'owner' ? (privateRoutes[id] ?? answer) : answer;
}

/** Routes that respond with 429 to a second request about a new object. */
const limited = new Set(['platform-services.resendInvitation']);

/** What an answer looks like. */
export interface Seen {
  status: number;
  text: string;
}

/**
 * Compares a response with the right answer.
 * @returns undefined when it is the right one, else what was expected
 */
export function deviation(
  { id, spec }: Pick<ObjectRoute, 'id' | 'spec'>,
  person: Person,
  answer: Answer,
  { status, text }: Seen,
): string | undefined {
  const inAirtable = spec.problemFormat === 'airtable';
  if (answer === 'anonymous') return status === 401 ? undefined : '401';
  if (answer === 'hidden') {
    // Airtable responds to some unknown ids with 403 and the type below.
    const isHidden = status === 404 || (inAirtable && status === 403 && /MODEL_NOT_FOUND/.test(text));
    return isHidden ? undefined : '404';
  }
  if (answer === 'forbidden') {
    if (status !== 403) return '403';
    const { needs } = spec;
    const namesRole =
      inAirtable ||
      typeof needs !== 'object' ||
      !('right' in needs) ||
      mayDo(person.role, needs.right) ||
      text.includes(lowestRole(needs.right));
    return namesRole ? undefined : 'the role that is needed';
  }
  // A conflict with the state of the object comes after the rights, and so does the route's own limit.
  if (status === spec.success.status || status === 409 || (status === 429 && limited.has(id)))
    return undefined;
  return `${spec.success.status}`;
}
