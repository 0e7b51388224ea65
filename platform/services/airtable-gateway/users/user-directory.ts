import { uuidPrefixOf } from '../../../contracts/airtable-gateway/user-id.ts';
import { type FoundMember, maxFoundUsers } from '../../../contracts/platform-services/authentication.ts';
import { platformServices } from '../../../contracts/platform-services/contract.ts';
import { createClient } from '../../../kit/peers/client.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { invalidRequest, usersUnavailable } from '../airtable-problem.ts';
import type { Caller } from '../caller.ts';
import {
  isSameUser,
  type KnownUsers,
  knownUsers,
  toUser,
  type User,
  type UserReference,
  userOf,
} from './user.ts';

/** Whose members are looked for, and for whom. */
export interface InWorkspace {
  /** A member of the workspace. */
  caller: Caller;
  signal: AbortSignal;
  /** The platform's id. */
  workspaceId: string;
}

/** The members of workspaces, as platform-services knows them. */
export interface UserDirectory {
  /**
   * The members that a request names. The caller is known without asking.
   * @throws AirtableProblem `SERVICE_UNAVAILABLE` while platform-services does not respond
   */
  find(where: InWorkspace, references: readonly UserReference[]): Promise<KnownUsers>;
  /** All active members of the workspace, up to 1,000. @throws AirtableProblem `SERVICE_UNAVAILABLE` */
  list(where: InWorkspace): Promise<FoundMember[]>;
}

export interface UserDirectoryOptions {
  platformServicesUrl: string;
  internalKey: string;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** A user who was removed can be named this long, milliseconds. */
const keptMs = 5_000;
const maxKept = 10_000;
/** Maximum length of a user's name, characters. */
const maxNameLength = 200;
/** Maximum wait for platform-services, milliseconds. A base is locked while the users of a write are looked for. */
const timeoutMs = 5_000;

const isNameOfUser = (name: string) => name.length <= maxNameLength;

interface KeptUser {
  user: User;
  until: number;
}

/** Members that were found are kept for 5 s. Names are always looked for: a second user may have the same one. */
export function createUserDirectory(options: UserDirectoryOptions): UserDirectory {
  const { now } = options;
  const client = createClient(platformServices, {
    baseUrl: options.platformServicesUrl,
    internalKey: options.internalKey,
    timeoutMs,
  });
  const kept = new Map<string, KeptUser>();

  const keyOf = (workspaceId: string, { by, value }: UserReference) =>
    `${workspaceId}/${by}/${by === 'email' ? value.toLowerCase() : value}`;

  function recall(workspaceId: string, reference: UserReference): User | undefined {
    const known = kept.get(keyOf(workspaceId, reference));
    return known !== undefined && known.until > now() ? known.user : undefined;
  }

  function keep(workspaceId: string, user: User): void {
    for (const by of ['id', 'email'] as const) {
      const key = keyOf(workspaceId, { by, value: user[by] });
      // Deleting first moves it to the end: the oldest entries go first.
      kept.delete(key);
      kept.set(key, { user, until: now() + keptMs });
    }
    for (const oldest of kept.keys()) {
      if (kept.size <= maxKept) break;
      kept.delete(oldest);
    }
  }

  async function search(
    { caller, signal, workspaceId }: InWorkspace,
    criteria: object,
  ): Promise<FoundMember[]> {
    const body = { tenant_id: caller.tenantId, workspace_id: workspaceId, ...criteria };
    try {
      return (await client.findMembers({ body }, { signal })).members;
    } catch (error) {
      if (error instanceof PeerProblem) throw usersUnavailable(error);
      throw error;
    }
  }

  return {
    list: (where) => search(where, {}),
    async find(where, references) {
      const { caller, workspaceId } = where;
      const known: User[] = references.length === 0 ? [] : [userOf(caller)];
      const missing: UserReference[] = [];
      for (const reference of references) {
        const isCaller = reference.by !== 'name' && isSameUser(userOf(caller), reference);
        const user = isCaller ? undefined : recall(workspaceId, reference);
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
      const found = await search(where, { id_prefixes: prefixes, emails, names });
      for (const user of found.map(toUser)) {
        keep(workspaceId, user);
        known.push(user);
      }
      return knownUsers(known);
    },
  };
}
