import type { FormProblems } from '../handlers/form-problems.ts';
import { fieldView, problemSummary } from './form-fields.ts';
import { html } from './html.ts';
import { renderPage, type Visitor } from './layout.ts';

export interface PasswordView {
  visitor: Visitor;
  /** Tells password managers which account it is. */
  email: string;
  problems: FormProblems | undefined;
}

export function passwordPage({ visitor, email, problems }: PasswordView): string {
  return renderPage({
    title: `${problems ? 'Error: ' : ''}Change your password`,
    visitor,
    narrow: true,
    content: html`
      <section class="card">
        <h1>Change your password</h1>
        <p>Every other session ends with it; this one goes on.</p>
        ${problemSummary(problems)}
        <form method="post" action="/account/password" novalidate>
          <input type="hidden" name="csrf" value=${visitor.csrfToken} />
          <input type="text" name="username" value=${email} autocomplete="username" readonly hidden />
          ${fieldView(
            {
              name: 'current_password',
              label: 'Current password',
              type: 'password',
              autocomplete: 'current-password',
              required: true,
            },
            problems,
          )}
          ${fieldView(
            {
              name: 'new_password',
              label: 'New password',
              type: 'password',
              autocomplete: 'new-password',
              hint: 'At least 8 characters; a few words you can remember are best.',
              required: true,
            },
            problems,
          )}
          <button type="submit">Change password</button>
        </form>
        <p class="aside"><a href="/dashboard">Back to the dashboard</a></p>
      </section>
    `,
  });
}
