import type { PendingInvitation } from '../../../contracts/platform-services/invitations.ts';
import type { WorkspaceMember } from '../../../contracts/platform-services/workspaces.ts';
import { workspaceRoles } from '../../../contracts/rights.ts';
import type { Form, FormProblems } from '../handlers/form-problems.ts';
import { day } from './dates.ts';
import { fieldView, problemSummary } from './form-fields.ts';
import { html, type VNode } from './html.ts';
import { inlineForm, selectView } from './inline-form.ts';
import { renderPage, type Visitor } from './layout.ts';
import { type Notice, noticeView } from './notice.ts';

export interface MembersView {
  visitor: Visitor;
  workspace: { id: string; name: string };
  members: readonly WorkspaceMember[];
  /** Undefined for who may not manage the members. */
  invitations: readonly PendingInvitation[] | undefined;
  form: Form;
  problems: FormProblems | undefined;
  notice: Notice | undefined;
}

const invitedRoles = workspaceRoles.filter((role) => role !== 'owner');

function memberRow({ user_id: user, name, email, role }: WorkspaceMember, view: MembersView): VNode {
  const action = `/workspaces/${view.workspace.id}/members`;
  const forms = html`
    <span class="inline">
      ${inlineForm(view.visitor, {
        action,
        fields: { action: 'role', user },
        choice: { name: 'role', label: `Role of ${name}`, options: workspaceRoles, selected: role },
        button: 'Change',
        label: `Change the role of ${name}`,
      })}
      ${inlineForm(view.visitor, {
        action,
        fields: { action: 'remove', user },
        button: 'Remove',
        label: `Remove ${name} from the workspace`,
      })}
    </span>
  `;
  return html`
    <li>
      <span><strong>${name}</strong><br /><span class="fine">${email}</span></span>
      ${view.invitations === undefined ? html`<span class="tag">${role}</span>` : forms}
    </li>
  `;
}

function invitationRow({ id, email, role, status, expires_at }: PendingInvitation, view: MembersView): VNode {
  const action = `/workspaces/${view.workspace.id}/members`;
  return html`
    <li>
      <span><strong>${email}</strong><br /><span class="fine">${role} · ${status} · until ${day(expires_at)}</span></span>
      <span class="inline">
        ${inlineForm(view.visitor, {
          action,
          fields: { action: 'resend', invitation: id },
          button: 'Send again',
          label: `Send the invitation of ${email} again`,
        })}
        ${inlineForm(view.visitor, {
          action,
          fields: { action: 'revoke', invitation: id },
          button: 'Revoke',
          label: `Revoke the invitation of ${email}`,
        })}
      </span>
    </li>
  `;
}

function invitationsCard(view: MembersView): VNode | null {
  const { invitations, workspace, visitor, form, problems } = view;
  if (invitations === undefined) return null;
  const open = invitations.filter(({ status }) => status !== 'accepted');
  return html`
    <section class="card" aria-labelledby="invitations">
      <h2 id="invitations">Invitations</h2>
      ${open.length === 0 ? html`<p class="notice">No invitation is open.</p>` : html`<ul class="rows">${open.map((one) => invitationRow(one, view))}</ul>`}
      <form method="post" action=${`/workspaces/${workspace.id}/members`} novalidate>
        <input type="hidden" name="csrf" value=${visitor.csrfToken} />
        <input type="hidden" name="action" value="invite" />
        ${fieldView({ name: 'email', label: 'Email', type: 'email', autocomplete: 'off', value: form.email ?? '', required: true }, problems)}
        ${selectView({ name: 'role', label: 'Role', options: invitedRoles, selected: form.action === 'invite' ? (form.role ?? 'editor') : 'editor' })}
        <button type="submit">Send invitation</button>
      </form>
    </section>
  `;
}

export function membersPage(view: MembersView): string {
  const { visitor, workspace, members, problems, notice } = view;
  return renderPage({
    title: `${problems ? 'Error: ' : ''}Members of ${workspace.name}`,
    visitor,
    content: html`
      ${noticeView(notice)}
      <h1>Members of ${workspace.name}</h1>
      ${problemSummary(problems)}
      <div class="cards">
        <section class="card" aria-labelledby="members">
          <h2 id="members">Members</h2>
          <ul class="rows">${members.map((one) => memberRow(one, view))}</ul>
        </section>
        ${invitationsCard(view)}
      </div>
    `,
  });
}
