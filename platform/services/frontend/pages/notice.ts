import { html, type VNode } from './html.ts';

const sentences = {
  'session-ended': 'The session was ended. That device must sign in again.',
  'password-changed': 'Your password is changed, and all your other sessions were ended.',
  'verification-sent': 'A mail with a link to confirm your address is on its way.',
  'email-change-sent': 'A mail with a link is on its way to the new address.',
  'export-requested': 'Your data is being collected. You get a mail when the archive is ready.',
  joined: 'You are now a member of the workspace.',
  'token-revoked': 'The key is revoked. Programs that use it are rejected from now on.',
  'member-changed': 'The role of the member is changed.',
  'member-removed': 'The member is removed from the workspace.',
  'invitation-sent': 'The invitation is on its way.',
  'invitation-revoked': 'The invitation is revoked. Its link does not work any more.',
  'user-changed': 'The role of the user is changed.',
  'user-deactivated': 'The user is deactivated and signed out everywhere.',
  'user-reactivated': 'The user can sign in again.',
  'user-removed': 'The user is removed from the tenant.',
} as const;

/** What has just been done. It is part of the URL, so only these values are shown. */
export type Notice = keyof typeof sentences;

/** Confirms that something was done; focused and read out when the page loads. */
export function noticeView(notice: Notice | undefined): VNode | null {
  if (notice === undefined) return null;
  return html`<p class="done" role="status" tabindex="-1" autofocus>${sentences[notice]}</p>`;
}
