import type { FormProblems } from '../../handlers/form-problems.ts';
import { withCallback } from '../../session/callback-url.ts';
import { fieldView, newPasswordField, problemSummary } from '../form-fields.ts';
import { html } from '../html.ts';
import { renderPage, type Visitor } from '../layout.ts';

export interface RegistrationView {
  visitor: Visitor;
  callback: string;
  email?: string;
  name?: string;
  problems?: FormProblems;
}

export function registrationPage({ visitor, callback, email, name, problems }: RegistrationView): string {
  return renderPage({
    title: `${problems ? 'Error: ' : ''}Create your account`,
    visitor,
    narrow: true,
    content: html`
      <section class="card">
        <h1>Create your account</h1>
        ${problemSummary(problems)}
        <form method="post" action="/auth/register" novalidate>
          <input type="hidden" name="csrf" value=${visitor.csrfToken} />
          <input type="hidden" name="callbackUrl" value=${callback} />
          ${fieldView({ name: 'name', label: 'Name', type: 'text', autocomplete: 'name', value: name ?? '' }, problems)}
          ${fieldView(
            {
              name: 'email',
              label: 'Email',
              type: 'email',
              autocomplete: 'username',
              value: email ?? '',
              required: true,
            },
            problems,
          )}
          ${fieldView(newPasswordField('password', 'Password'), problems)}
          <button type="submit">Create account</button>
        </form>
        <p class="aside">Have an account? <a href=${withCallback('/auth/login', callback)}>Sign in</a></p>
      </section>
    `,
  });
}
