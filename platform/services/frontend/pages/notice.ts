import { html, type VNode } from './html.ts';

const sentences = {
  'session-ended': 'The session was ended. That device must sign in again.',
  'password-changed': 'Your password is changed, and all your other sessions were ended.',
  'verification-sent': 'A mail with a link to confirm your address is on its way.',
  'email-change-sent': 'A mail with a link is on its way to the new address.',
} as const;

/** What has just been done. It is part of the URL, so only these values are shown. */
export type Notice = keyof typeof sentences;

/** Confirms that something was done; focused and read out when the page loads. */
export function noticeView(notice: Notice | undefined): VNode | null {
  if (notice === undefined) return null;
  return html`<p class="done" role="status" tabindex="-1" autofocus>${sentences[notice]}</p>`;
}
