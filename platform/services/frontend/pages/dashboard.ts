import type { User } from '../../../contracts/identity.ts';
import type { SessionInfo } from '../../../contracts/platform-services/authentication.ts';
import type { Workspace } from '../../../contracts/platform-services/workspaces.ts';
import { day, moment } from './dates.ts';
import { html, type VNode } from './html.ts';
import { renderPage, type Visitor } from './layout.ts';
import { type Notice, noticeView } from './notice.ts';

export interface DashboardView {
  visitor: Visitor;
  user: User;
  /** Whether the user may open the list of the tenant's users. */
  administersUsers: boolean;
  /** Undefined when they could not be loaded. */
  workspaces: readonly Workspace[] | undefined;
  sessions: readonly SessionInfo[] | undefined;
  /** Shown above the page. */
  notice: Notice | undefined;
}

const unavailable = html`<p class="notice">This cannot be shown at the moment.</p>`;

/** Whether the address is confirmed, with the form that sends the link again. */
function verification({ email_verified }: User, csrfToken: string): VNode | null {
  if (email_verified) return null;
  return html`
    <form method="post" action="/account/verification">
      <input type="hidden" name="csrf" value=${csrfToken} />
      <p class="fine">This address is not confirmed yet. Open the link in our mail.</p>
      <button class="quiet small" type="submit">Send the mail again</button>
    </form>
  `;
}

function accountCard(user: User, administersUsers: boolean, csrfToken: string): VNode {
  return html`
    <section class="card" aria-labelledby="account">
      <h2 id="account">Account</h2>
      <dl>
        <div><dt>Name</dt><dd>${user.name}</dd></div>
        <div><dt>Email</dt><dd>${user.email}</dd></div>
        <div><dt>Role</dt><dd>${user.role}</dd></div>
        <div><dt>Member since</dt><dd>${day(user.created_at)}</dd></div>
      </dl>
      ${verification(user, csrfToken)}
      <p class="aside">
        <a href="/account/password">Change your password</a> · <a href="/account/email">Change your email address</a>
        · <a href="/account/tokens">API keys</a> · <a href="/account/export">Your data</a>
        ${administersUsers ? html` · <a href="/admin/users">Users of the tenant</a>` : null}
      </p>
    </section>
  `;
}

function workspacesCard(workspaces: readonly Workspace[] | undefined): VNode {
  const list = (workspaces ?? []).map(
    (one) => html`
      <li>
        <span><a href=${`/workspaces/${one.id}/members`}><strong>${one.name}</strong></a>${one.description && html`<br /><span class="fine">${one.description}</span>`}</span>
        <span class="tag">${one.role}</span>
      </li>
    `,
  );
  return html`
    <section class="card" aria-labelledby="workspaces">
      <h2 id="workspaces">Workspaces</h2>
      ${workspaces === undefined ? unavailable : html`<ul class="rows">${list}</ul>`}
    </section>
  `;
}

/** A short name from the `User-Agent` header, good enough to distinguish one's devices. */
function deviceName(userAgent: string | null): string {
  if (userAgent === null) return 'Unknown device';
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(userAgent)?.[1];
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(userAgent)?.[1];
  if (browser === undefined) return userAgent.slice(0, 40);
  const name = { Edg: 'Edge', OPR: 'Opera' }[browser] ?? browser;
  return system === undefined ? name : `${name} on ${system.replace('Mac OS X', 'macOS')}`;
}

/** The button's label names its session: screen readers list buttons without the text around them. */
function endSessionForm({ id, user_agent, address }: SessionInfo, csrfToken: string): VNode {
  return html`
    <form method="post" action="/account/sessions">
      <input type="hidden" name="csrf" value=${csrfToken} />
      <input type="hidden" name="session" value=${id} />
      <button
        class="quiet small"
        type="submit"
        aria-label=${`End session: ${deviceName(user_agent)}, ${address ?? 'unknown address'}`}
      >
        End session
      </button>
    </form>
  `;
}

function sessionsCard(sessions: readonly SessionInfo[] | undefined, csrfToken: string): VNode {
  const list = (sessions ?? []).map(
    (one) => html`
      <li>
        <span>
          <strong>${deviceName(one.user_agent)}</strong><br />
          <span class="fine">${one.address ?? 'unknown address'} · last used ${moment(one.last_used_at)}</span>
        </span>
        ${one.current ? html`<span class="tag good">this session</span>` : endSessionForm(one, csrfToken)}
      </li>
    `,
  );
  return html`
    <section class="card" aria-labelledby="sessions">
      <h2 id="sessions">Sessions</h2>
      ${sessions === undefined ? unavailable : html`<ul class="rows">${list}</ul>`}
    </section>
  `;
}

export function dashboardPage(view: DashboardView): string {
  const { visitor, user, administersUsers, workspaces, sessions, notice } = view;
  return renderPage({
    title: 'Dashboard',
    visitor,
    content: html`
      ${noticeView(notice)}
      <h1>Dashboard</h1>
      <p class="lead">Welcome, ${user.name}.</p>
      <div class="cards">${accountCard(user, administersUsers, visitor.csrfToken)} ${workspacesCard(workspaces)} ${sessionsCard(sessions, visitor.csrfToken)}</div>
    `,
  });
}
