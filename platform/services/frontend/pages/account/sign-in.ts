import type { FormProblems } from '../../handlers/form-problems.ts';
import { withCallback } from '../../session/callback-url.ts';
import { fieldView, problemSummary } from '../form-fields.ts';
import { html } from '../html.ts';
import { renderPage, type Visitor } from '../layout.ts';

export interface SignInView {
  visitor: Visitor;
  callback: string;
  email?: string;
  problems?: FormProblems;
}

export function signInPage({ visitor, callback, email, problems }: SignInView): string {
  const fields = [
    { name: 'email', label: 'Email', type: 'email', autocomplete: 'username', value: email ?? '' },
    { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' },
  ] as const;
  return renderPage({
    title: `${problems ? 'Error: ' : ''}Sign in`,
    visitor,
    narrow: true,
    content: html`
      <section class="card">
        <h1>Sign in</h1>
        ${problemSummary(problems)}
        <form method="post" action="/auth/login" novalidate>
          <input type="hidden" name="csrf" value=${visitor.csrfToken} />
          <input type="hidden" name="callbackUrl" value=${callback} />
          ${fields.map((field) => fieldView({ ...field, required: true }, problems))}
          <button type="submit">Sign in</button>
        </form>
        <p class="aside"><a href="/auth/forgot-password">Forgot your password?</a></p>
        <p class="aside">New here? <a href=${withCallback('/auth/register', callback)}>Create an account</a></p>
      </section>
    `,
  });
}
