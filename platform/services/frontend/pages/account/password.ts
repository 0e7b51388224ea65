import type { FormProblems } from '../../handlers/form-problems.ts';
import { fieldView, newPasswordField, problemSummary } from '../form-fields.ts';
import { html } from '../html.ts';
import { renderPage, type Visitor } from '../layout.ts';

export interface PasswordView {
  visitor: Visitor;
  /** For password managers. */
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
        <p>This ends all your other sessions. You stay signed in here.</p>
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
          ${fieldView(newPasswordField('new_password', 'New password'), problems)}
          <button type="submit">Change password</button>
        </form>
        <p class="aside"><a href="/dashboard">Back to the dashboard</a></p>
      </section>
    `,
  });
}
