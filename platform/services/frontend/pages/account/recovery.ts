import type { FormProblems } from '../../handlers/form-problems.ts';
import { type Field, fieldView, newPasswordField, problemSummary } from '../form-fields.ts';
import { html } from '../html.ts';
import { renderPage, type Visitor } from '../layout.ts';

/** A page with one form. */
interface FormPage {
  heading: string;
  text: string;
  action: string;
  fields: readonly Field[];
  button: string;
}

const emailField: Field = {
  name: 'email',
  label: 'Email',
  type: 'email',
  autocomplete: 'username',
  required: true,
};

const forms = {
  'forgot-password': {
    heading: 'Reset your password',
    text: 'Enter the email address of your account. If there is one, you get a mail with a link.',
    action: '/auth/forgot-password',
    fields: [emailField],
    button: 'Send the link',
  },
  'reset-password': {
    heading: 'Choose a new password',
    text: 'This ends all sessions of your account. You then sign in with the new password.',
    action: '/auth/reset-password',
    fields: [newPasswordField('new_password', 'New password')],
    button: 'Set the password',
  },
  'verify-email': {
    heading: 'Confirm your email address',
    text: 'Confirm that the address to which this link was sent is yours.',
    action: '/auth/verify-email',
    fields: [],
    button: 'Confirm the address',
  },
  'confirm-email': {
    heading: 'Change your email address',
    text: 'Your account then has the address to which this link was sent. You sign in with it.',
    action: '/auth/confirm-email',
    fields: [],
    button: 'Use this address',
  },
  'undo-email-change': {
    heading: 'Undo the change of your email address',
    text: 'This restores the address to which this link was sent and ends all sessions. You get a mail with a link to reset the password.',
    action: '/auth/undo-email-change',
    fields: [],
    button: 'Undo the change',
  },
  'change-email': {
    heading: 'Change your email address',
    text: 'You get a mail at the new address. The change happens when you open its link.',
    action: '/account/email',
    fields: [
      { name: 'new_email', label: 'New email', type: 'email', autocomplete: 'email', required: true },
      {
        name: 'current_password',
        label: 'Current password',
        type: 'password',
        autocomplete: 'current-password',
        required: true,
      },
    ],
    button: 'Send the link',
  },
} as const satisfies Readonly<Record<string, FormPage>>;

export type RecoveryForm = keyof typeof forms;

/** Names of the form's fields, by which problems are shown. */
export function fieldsOf(form: RecoveryForm): string[] {
  return forms[form].fields.map(({ name }) => name);
}

export interface RecoveryView {
  visitor: Visitor;
  form: RecoveryForm;
  /** The token of the mail, sent along with the form. */
  token?: string;
  /** Input of fields that are shown again. */
  values?: Readonly<Record<string, string>>;
  problems?: FormProblems | undefined;
}

export function recoveryPage({ visitor, form, token, values = {}, problems }: RecoveryView): string {
  const { heading, text, action, fields, button }: FormPage = forms[form];
  return renderPage({
    title: `${problems ? 'Error: ' : ''}${heading}`,
    visitor,
    narrow: true,
    content: html`
      <section class="card">
        <h1>${heading}</h1>
        <p>${text}</p>
        ${problemSummary(problems)}
        <form method="post" action=${action} novalidate>
          <input type="hidden" name="csrf" value=${visitor.csrfToken} />
          ${token !== undefined && html`<input type="hidden" name="token" value=${token} />`}
          ${fields.map((field) => fieldView({ ...field, value: values[field.name] ?? '' }, problems))}
          <button type="submit">${button}</button>
        </form>
        ${
          visitor.signedIn
            ? html`<p class="aside"><a href="/dashboard">Back to the dashboard</a></p>`
            : html`<p class="aside"><a href="/auth/login">Back to sign in</a></p>`
        }
      </section>
    `,
  });
}
