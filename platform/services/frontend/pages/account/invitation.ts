import type { FormProblems } from '../../handlers/form-problems.ts';
import { withCallback } from '../../session/callback-url.ts';
import { day } from '../dates.ts';
import { fieldView, newPasswordField, problemSummary } from '../form-fields.ts';
import { html, type VNode } from '../html.ts';
import { renderPage, type Visitor } from '../layout.ts';

export interface InvitationView {
  visitor: Visitor;
  token: string;
  invitation: {
    email: string;
    tenant_name: string;
    workspace_name: string;
    role: string;
    expires_at: string;
    has_account: boolean;
  };
  /** Address of the signed-in visitor. */
  signedInAs: string | undefined;
  name: string;
  problems: FormProblems | undefined;
}

function acceptForm({ visitor, token }: InvitationView, fields: VNode | null, button: string): VNode {
  return html`
    <form method="post" action="/invitation" novalidate>
      <input type="hidden" name="csrf" value=${visitor.csrfToken} />
      <input type="hidden" name="token" value=${token} />
      ${fields}
      <button type="submit">${button}</button>
    </form>
  `;
}

function nextStep(view: InvitationView): VNode {
  const { invitation, signedInAs, token, problems, name } = view;
  const { email } = invitation;
  if (signedInAs !== undefined && signedInAs.toLowerCase() !== email.toLowerCase())
    return html`<p>You are signed in as ${signedInAs}, but the invitation is for ${email}. Sign out, then open the link of the mail again.</p>`;
  if (signedInAs !== undefined) return acceptForm(view, null, 'Accept the invitation');
  if (invitation.has_account) {
    const here = `/invitation?token=${encodeURIComponent(token)}`;
    return html`<p><a class="button" href=${withCallback('/auth/login', here)}>Sign in to accept</a></p>`;
  }
  const fields = html`
    <input type="text" name="username" value=${email} autocomplete="username" readonly hidden />
    ${fieldView({ name: 'name', label: 'Name', type: 'text', autocomplete: 'name', value: name }, problems)}
    ${fieldView(newPasswordField('password', 'Password'), problems)}
  `;
  return acceptForm(view, fields, 'Create account and join');
}

export function invitationPage(view: InvitationView): string {
  const { visitor, invitation, problems } = view;
  const { workspace_name, tenant_name, role, email, expires_at } = invitation;
  return renderPage({
    title: `${problems ? 'Error: ' : ''}Invitation`,
    visitor,
    narrow: true,
    content: html`
      <section class="card">
        <h1>Invitation</h1>
        ${problemSummary(problems)}
        <p>You are invited to the workspace <strong>${workspace_name}</strong> of ${tenant_name}, with the role ${role}.</p>
        <p class="fine">For ${email}, until ${day(expires_at)}.</p>
        ${nextStep(view)}
      </section>
    `,
  });
}

/** The invitation is unknown, used, revoked or expired; which one it is, is not told. */
export function invalidInvitationPage(visitor: Visitor): string {
  return renderPage({
    title: 'Invitation not valid',
    visitor,
    narrow: true,
    content: html`
      <section class="card">
        <h1>Invitation not valid</h1>
        <p>This invitation was used, revoked or replaced, or it has expired. Ask for a new one.</p>
        <p><a href="/">Go to the start page</a></p>
      </section>
    `,
  });
}
