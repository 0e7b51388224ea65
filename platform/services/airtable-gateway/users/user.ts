import { toAirtableUserId, uuidPrefixOf } from '../../../contracts/airtable-gateway/user-id.ts';
import { storableText } from '../../../kit/postgres/storable-text.ts';
import type { Caller } from '../caller.ts';

/** A user as cells and comments show it. */
export interface User {
  /** In Airtable's format. */
  id: string;
  email: string;
  name: string;
}

/** How a request names a user. */
export interface UserReference {
  by: 'id' | 'email' | 'name';
  value: string;
}

/** The users that a request names. */
export interface KnownUsers {
  /** Undefined for a name that no user or more than one user has. */
  find(reference: UserReference): User | undefined;
}

export function toUser({ id, email, name }: { id: string; email: string; name: string }): User {
  return { id: toAirtableUserId(id), email, name };
}

export function userOf({ userId, email, name }: Caller): User {
  return toUser({ id: userId, email, name });
}

export function isSameUser(user: User, { by, value }: UserReference): boolean {
  return by === 'email' ? user.email.toLowerCase() === value.toLowerCase() : user[by] === value;
}

export function knownUsers(users: readonly User[]): KnownUsers {
  return {
    find(reference) {
      const found = users.filter((user) => isSameUser(user, reference));
      return new Set(found.map(({ id }) => id)).size === 1 ? found[0] : undefined;
    },
  };
}

/** What a text stands for: an id, an email address or a name. */
export function referenceOf(given: string): UserReference {
  const text = storableText(given).trim();
  if (uuidPrefixOf(text) !== undefined) return { by: 'id', value: text };
  return { by: text.includes('@') ? 'email' : 'name', value: text };
}
