/** Pages of the frontend that mails link to. */
export type MailPage =
  | '/auth/forgot-password'
  | '/auth/verify-email'
  | '/auth/reset-password'
  | '/auth/confirm-email'
  | '/auth/undo-email-change'
  | '/invitation'
  | '/account'
  | '/account/export';

/** The address of a page, with the token of the mail; an empty token for none. */
export function pageLink(publicUrl: string, page: MailPage, token: string): string {
  return token === '' ? `${publicUrl}${page}` : `${publicUrl}${page}?token=${encodeURIComponent(token)}`;
}
