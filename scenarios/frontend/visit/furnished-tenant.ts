import type { Account, CheckContext } from '../../../harness/engine/index.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { addMember, inviteNew, type TenantMember } from '../../security/administration/tenant-members.ts';

/** A tenant in which every page has something to show. */
export interface FurnishedTenant {
  owner: Account;
  send: Send;
  workspace: { id: string; name: string; description: string };
  /** A member of the workspace. */
  member: TenantMember;
  /** Nobody has accepted it. */
  invited: { id: string; email: string; invitation: string };
  /** An API key of the owner. */
  key: { id: string; name: string; scopes: readonly string[] };
}

/** Makes the data through the API, so that a page without it is the page's fault. */
export async function furnishTenant(context: CheckContext): Promise<FurnishedTenant> {
  const owner = await context.account();
  const send = sendAs(context, owner);
  const text = { name: context.unique('Soil samples'), description: 'Fields north of the river' };
  const id = textAt(await prepare(send, 'POST', '/api/workspaces', text), 'id');
  const member = await addMember(context, send, { workspaceId: id, role: 'editor' });
  const invited = await inviteNew(context, send, { workspaceId: id, role: 'viewer' });
  const scopes = ['data.records:read', 'schema.bases:read'];
  const name = context.unique('Spreadsheet sync');
  const key = textAt(await prepare(send, 'POST', '/api/auth/tokens', { name, scopes }), 'id');
  return { owner, send, workspace: { id, ...text }, member, invited, key: { id: key, name, scopes } };
}
