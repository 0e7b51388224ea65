import { html, type VNode } from './html.ts';

const sentences = {
  'session-ended': 'The session was ended. Whoever used it has to sign in again.',
  'password-changed': 'Your password is changed, and every other session was ended.',
} as const;

/** What has just been done; part of the address, so that it may only be one of these. */
export type Notice = keyof typeof sentences;

/** Says that something was done; read out and focused when the page loads. */
export function noticeView(notice: Notice | undefined): VNode | null {
  if (notice === undefined) return null;
  return html`<p class="done" role="status" tabindex="-1" autofocus>${sentences[notice]}</p>`;
}
