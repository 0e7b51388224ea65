import type { PersonalToken } from '../../../../contracts/platform-services/personal-tokens.ts';
import type { Workspace } from '../../../../contracts/platform-services/workspaces.ts';
import { airtableScopes, platformScopes } from '../../../../contracts/token-scope.ts';
import type { Form, FormProblems } from '../../handlers/form-problems.ts';
import { moment } from '../dates.ts';
import { fieldView, problemSummary } from '../form-fields.ts';
import { html, type VNode } from '../html.ts';
import { inlineForm, selectView } from '../inline-form.ts';
import { renderPage, type Visitor } from '../layout.ts';
import { type Notice, noticeView } from '../notice.ts';

export interface TokensView {
  visitor: Visitor;
  tokens: readonly PersonalToken[];
  workspaces: readonly Workspace[];
  /** What was posted, to fill in the form again. */
  form: Form;
  problems: FormProblems | undefined;
  notice: Notice | undefined;
}

/** Choices of how long a key lasts: days, or no end. */
export const expiries = [
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'One year'],
  ['never', 'Until it is revoked'],
] as const;

function reach({ resources }: PersonalToken, workspaces: readonly Workspace[]): string {
  if (resources === 'all') return 'all bases';
  const names = resources.workspaces.map((id) => workspaces.find((one) => one.id === id)?.name ?? id);
  return [...names, ...resources.bases].join(', ');
}

function tokenRow(token: PersonalToken, { visitor, workspaces }: TokensView): VNode {
  const { id, name, scopes, expires_at, last_used_at } = token;
  const isExpired = expires_at !== null && Date.parse(expires_at) <= Date.now();
  return html`
    <li>
      <span>
        <strong>${name}</strong> <code>${id}…</code>${isExpired && html` <span class="tag">expired</span>`}<br />
        <span class="fine">
          ${scopes.join(', ')} · ${reach(token, workspaces)} ·
          ${expires_at === null ? ' no end' : html` until ${moment(expires_at)}`} ·
          ${last_used_at === null ? ' never used' : html` last used ${moment(last_used_at)}`}
        </span>
      </span>
      ${inlineForm(visitor, {
        action: '/account/tokens/revoke',
        fields: { id },
        button: 'Revoke',
        label: `Revoke the key ${name}`,
      })}
    </li>
  `;
}

function checkbox(name: string, label: string, form: Form): VNode {
  return html`
    <label class="check"><input type="checkbox" name=${name} value="on" checked=${form[name] === 'on'} /> ${label}</label>
  `;
}

function newTokenForm({ visitor, workspaces, form, problems }: TokensView): VNode {
  return html`
    <section class="card" aria-labelledby="new">
      <h2 id="new">New key</h2>
      ${problemSummary(problems)}
      <form method="post" action="/account/tokens" novalidate>
        <input type="hidden" name="csrf" value=${visitor.csrfToken} />
        ${fieldView(
          {
            name: 'name',
            label: 'Name',
            type: 'text',
            autocomplete: 'off',
            value: form.name ?? '',
            hint: 'For example the program that will use the key.',
            required: true,
          },
          problems,
        )}
        <fieldset id="scopes">
          <legend>What it may do with bases</legend>
          ${airtableScopes.map((scope) => checkbox(`scope:${scope}`, scope, form))}
        </fieldset>
        <fieldset>
          <legend>What it may do elsewhere (only for keys with all bases)</legend>
          ${platformScopes.map((scope) => checkbox(`scope:${scope}`, scope, form))}
        </fieldset>
        <fieldset>
          <legend>Which workspaces it reaches</legend>
          <p class="hint">Without a choice here or below: everything that you reach.</p>
          ${workspaces.map(({ id, name }) => checkbox(`workspace:${id}`, name, form))}
        </fieldset>
        ${fieldView(
          {
            name: 'bases',
            label: 'Which bases it reaches',
            type: 'text',
            autocomplete: 'off',
            value: form.bases ?? '',
            hint: 'Ids of bases (app…), separated by commas.',
          },
          problems,
        )}
        ${selectView({ name: 'expires', label: 'How long it works', options: expiries, selected: form.expires ?? '90' })}
        <button type="submit">Create key</button>
      </form>
    </section>
  `;
}

export function tokensPage(view: TokensView): string {
  const { visitor, tokens, problems, notice } = view;
  return renderPage({
    title: `${problems ? 'Error: ' : ''}API keys`,
    visitor,
    content: html`
      ${noticeView(notice)}
      <h1>API keys</h1>
      <p class="lead">Keys let Airtable clients, MCP clients and scripts act for you.</p>
      <div class="cards">
        <section class="card" aria-labelledby="keys">
          <h2 id="keys">Your keys</h2>
          ${
            tokens.length === 0
              ? html`<p class="notice">You have no keys.</p>`
              : html`<ul class="rows">${tokens.map((token) => tokenRow(token, view))}</ul>`
          }
        </section>
        ${newTokenForm(view)}
      </div>
    `,
  });
}

/** Shows a new key: the only page that ever does. */
export function newTokenPage(visitor: Visitor, { name, token }: { name: string; token: string }): string {
  return renderPage({
    title: 'Your new key',
    visitor,
    narrow: true,
    content: html`
      <section class="card">
        <h1>Your new key</h1>
        <p class="done" role="status" tabindex="-1" autofocus>Copy the key ${name} now. It is not shown again.</p>
        <p><code id="token">${token}</code></p>
        <p class="aside"><a href="/account/tokens">I have copied it: go to the list of keys</a></p>
      </section>
    `,
  });
}
