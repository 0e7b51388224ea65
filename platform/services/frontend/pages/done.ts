import type { doneSteps } from '../../../contracts/frontend/recovery-pages.ts';
import { html } from './html.ts';
import { renderPage, type Visitor } from './layout.ts';

export type DoneStep = (typeof doneSteps)[number];

const texts: Readonly<Record<DoneStep, readonly [heading: string, text: string]>> = {
  'reset-requested': [
    'Look into your mailbox',
    'If there is an account with this address, a mail with a link is on its way. The link works for 30 minutes. Look also into the folder for unwanted mail.',
  ],
  'password-reset': ['Your password is changed', 'All sessions were ended. Sign in with the new password.'],
  'email-verified': ['Your email address is confirmed', 'Thank you.'],
  'email-changed': ['Your email address is changed', 'Sign in with the new address from now on.'],
  'email-change-undone': [
    'The change is undone',
    'All sessions were ended. A mail with a link to reset the password is on its way.',
  ],
};

/** Confirms what a link or form has done. */
export function donePage(visitor: Visitor, step: DoneStep): string {
  const [heading, text] = texts[step];
  return renderPage({
    title: heading,
    visitor,
    narrow: true,
    content: html`
      <section class="card">
        <h1>${heading}</h1>
        <p role="status">${text}</p>
        <p class="aside">
          ${
            visitor.signedIn
              ? html`<a href="/dashboard">To the dashboard</a>`
              : html`<a href="/auth/login">Sign in</a>`
          }
        </p>
      </section>
    `,
  });
}
