import { shortId, uuidPrefixOfShortId } from './short-id.ts';

/** @param uuid the platform's id of a user */
export function toAirtableUserId(uuid: string): string {
  return `usr${shortId(uuid)}`;
}

/** The first four groups of the platform's id; undefined when no user has this id. */
export function uuidPrefixOf(userId: string): string | undefined {
  return userId.startsWith('usr') ? uuidPrefixOfShortId(userId.slice(3)) : undefined;
}
