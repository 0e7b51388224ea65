import { shortId } from './short-id.ts';

/** @param uuid the platform's id of a workspace */
export function toAirtableWorkspaceId(uuid: string): string {
  return `wsp${shortId(uuid)}`;
}

/** Whether a text is the id of a workspace, in the platform's format or in Airtable's. */
export function namesWorkspace(text: string, uuid: string): boolean {
  return text.toLowerCase() === uuid || text === toAirtableWorkspaceId(uuid);
}
