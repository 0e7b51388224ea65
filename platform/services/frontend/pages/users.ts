import type { TenantUser } from '../../../contracts/platform-services/tenant-users.ts';
import { tenantRoles } from '../../../contracts/rights.ts';
import type { FormProblems } from '../handlers/form-problems.ts';
import { problemSummary } from './form-fields.ts';
import { html, type VNode } from './html.ts';
import { inlineForm } from './inline-form.ts';
import { renderPage, type Visitor } from './layout.ts';
import { type Notice, noticeView } from './notice.ts';

export interface UsersView {
  visitor: Visitor;
  users: readonly TenantUser[];
  page: number;
  totalPages: number;
  search: string;
  problems: FormProblems | undefined;
  notice: Notice | undefined;
}

function userForms({ id, name, role, is_active }: TenantUser, visitor: Visitor): VNode {
  const form = (action: string, button: string, label: string) =>
    inlineForm(visitor, { action: '/admin/users', fields: { action, user: id }, button, label });
  return html`
    <span class="inline">
      ${inlineForm(visitor, {
        action: '/admin/users',
        fields: { action: 'role', user: id },
        choice: { name: 'role', label: `Role of ${name}`, options: tenantRoles, selected: role },
        button: 'Change',
        label: `Change the role of ${name}`,
      })}
      ${is_active ? form('deactivate', 'Deactivate', `Deactivate ${name}`) : form('reactivate', 'Reactivate', `Reactivate ${name}`)}
      ${form('remove', 'Remove', `Remove ${name} from the tenant`)}
    </span>
  `;
}

function userRow(user: TenantUser, visitor: Visitor): VNode {
  const { name, email, is_owner, is_active, workspaces } = user;
  return html`
    <li>
      <span>
        <strong>${name}</strong>
        ${is_owner && html` <span class="tag good">owner</span>`}${!is_active && html` <span class="tag">deactivated</span>`}<br />
        <span class="fine">${email} · ${workspaces.length === 0 ? 'in no workspace' : workspaces.map((one) => `${one.name} (${one.role})`).join(', ')}</span>
      </span>
      ${is_owner ? null : userForms(user, visitor)}
    </li>
  `;
}

function pageLink(view: UsersView, page: number, text: string): VNode | null {
  if (page < 1 || page > view.totalPages) return null;
  return html`<a href=${`/admin/users?${new URLSearchParams({ page: String(page), search: view.search })}`}>${text}</a> `;
}

export function usersPage(view: UsersView): string {
  const { visitor, users, page, totalPages, search, problems, notice } = view;
  return renderPage({
    title: `${problems ? 'Error: ' : ''}Users of the tenant`,
    visitor,
    content: html`
      ${noticeView(notice)}
      <h1>Users of the tenant</h1>
      ${problemSummary(problems)}
      <section class="card" aria-label="Users">
        <form method="get" action="/admin/users" role="search">
          <div class="field">
            <label for="search">Part of name or email</label>
            <input id="search" name="search" type="search" value=${search} />
          </div>
          <button class="quiet small" type="submit">Search</button>
        </form>
        ${users.length === 0 ? html`<p class="notice">No user is found.</p>` : html`<ul class="rows">${users.map((user) => userRow(user, visitor))}</ul>`}
        <p class="aside">${pageLink(view, page - 1, 'Previous page')}Page ${page} of ${Math.max(totalPages, 1)} ${pageLink(view, page + 1, 'Next page')}</p>
      </section>
    `,
  });
}
