import { uuidPrefixOf } from '../../../contracts/airtable-gateway/user-id.ts';
import { type FoundUser, maxFoundUsers } from '../../../contracts/platform-services/authentication.ts';
import { platformServices } from '../../../contracts/platform-services/contract.ts';
import { createClient } from '../../../kit/peers/client.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { invalidRequest, usersUnavailable } from '../airtable-problem.ts';
import type { Call } from '../upstream.ts';
import {
  isSameUser,
  type KnownUsers,
  knownUsers,
  toUser,
  type User,
  type UserReference,
  userOf,
} from './user.ts';

/** The users of the tenants, as platform-services knows them. */
export interface UserDirectory {
  /**
   * The users that a request names. The caller is known without asking.
   * @throws AirtableProblem `SERVICE_UNAVAILABLE` while platform-services does not respond
   */
  find(call: Call, references: readonly UserReference[]): Promise<KnownUsers>;
  /** All active users of the caller's tenant, up to 1,000. @throws AirtableProblem `SERVICE_UNAVAILABLE` */
  list(call: Call): Promise<FoundUser[]>;
}

export interface UserDirectoryOptions {
  platformServicesUrl: string;
  internalKey: string;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** A user who was deleted can be named this long, milliseconds. */
const keptMs = 30_000;
const maxKept = 10_000;
/** Maximum length of a user's name, characters. */
const maxNameLength = 200;
/** A base is locked while the users of a write are looked for. */
const timeoutMs = 2_000;

const isNameOfUser = (name: string) => name.length <= maxNameLength;

interface KeptUser {
  user: User;
  until: number;
}

/** Users that were found are kept for 30 s. Names are always looked for: a second user may have the same one. */
export function createUserDirectory(options: UserDirectoryOptions): UserDirectory {
  const { now } = options;
  const client = createClient(platformServices, {
    baseUrl: options.platformServicesUrl,
    internalKey: options.internalKey,
    timeoutMs,
  });
  const kept = new Map<string, KeptUser>();

  const keyOf = (tenantId: string, { by, value }: UserReference) =>
    `${tenantId}/${by}/${by === 'email' ? value.toLowerCase() : value}`;

  function recall(tenantId: string, reference: UserReference): User | undefined {
    const known = kept.get(keyOf(tenantId, reference));
    return known !== undefined && known.until > now() ? known.user : undefined;
  }

  function keep(tenantId: string, user: User): void {
    for (const by of ['id', 'email'] as const) {
      const key = keyOf(tenantId, { by, value: user[by] });
      // Deleting first moves it to the end: the oldest entries go first.
      kept.delete(key);
      kept.set(key, { user, until: now() + keptMs });
    }
    for (const oldest of kept.keys()) {
      if (kept.size <= maxKept) break;
      kept.delete(oldest);
    }
  }

  async function search(call: Call, criteria: object): Promise<FoundUser[]> {
    const body = { tenant_id: call.caller.tenantId, ...criteria };
    try {
      return (await client.findUsers({ body }, { signal: call.signal })).users;
    } catch (error) {
      if (error instanceof PeerProblem) throw usersUnavailable(error);
      throw error;
    }
  }

  return {
    list: (call) => search(call, {}),
    async find(call, references) {
      const { tenantId } = call.caller;
      const known: User[] = references.length === 0 ? [] : [userOf(call.caller)];
      const missing: UserReference[] = [];
      for (const reference of references) {
        const isCaller = reference.by !== 'name' && isSameUser(userOf(call.caller), reference);
        const user = isCaller ? undefined : recall(tenantId, reference);
        if (user !== undefined) known.push(user);
        else if (!isCaller) missing.push(reference);
      }
      const valuesOf = (by: UserReference['by']) => [
        ...new Set(missing.filter((reference) => reference.by === by).map(({ value }) => value)),
      ];
      const prefixes = valuesOf('id').flatMap((id) => uuidPrefixOf(id) ?? []);
      const [emails, names] = [valuesOf('email'), valuesOf('name').filter(isNameOfUser)];
      if (prefixes.length + emails.length + names.length === 0) return knownUsers(known);
      if (Math.max(prefixes.length, emails.length, names.length) > maxFoundUsers)
        throw invalidRequest(`a request names at most ${maxFoundUsers} users`);
      const found = await search(call, { id_prefixes: prefixes, emails, names });
      for (const user of found.map(toUser)) {
        keep(tenantId, user);
        known.push(user);
      }
      return knownUsers(known);
    },
  };
}
