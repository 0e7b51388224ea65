import type { CheckContext, Exchange } from '../../../harness/engine/index.ts';

/** The token in the link of a mail; empty without one. */
export const tokenIn = (links: readonly string[]): string =>
  links.map((link) => URL.parse(link)?.searchParams.get('token') ?? '').find((token) => token !== '') ?? '';

/** What the token of a mail is for, with the subject of the mail. */
export const purposes = {
  'verify-email': /^Confirm your email address$/,
  'reset-password': /^Reset your password$/,
  'confirm-email-change': /^Confirm your new email address$/,
  'undo-email-change': /^Your email address was changed$/,
} as const;
export type Purpose = keyof typeof purposes;

/** Waits for a mail and returns its token. */
export async function mailedToken(
  { mailbox }: Pick<CheckContext, 'mailbox'>,
  purpose: Purpose,
  to: string,
  after = 0,
): Promise<string> {
  return tokenIn((await mailbox.waitFor({ to, subject: purposes[purpose], after })).links);
}

/** Uses the token of a mail, from an address of its own: the routes limit requests per address. */
export function useToken(
  { http, newAddress, canary }: Pick<CheckContext, 'http' | 'newAddress' | 'canary'>,
  purpose: Purpose,
  token: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Exchange> {
  const password = purpose === 'reset-password' ? { new_password: canary('password') } : {};
  return http.request('gateway', `/api/auth/${purpose}`, {
    method: 'POST',
    from: newAddress(),
    body: { token, ...password, ...more },
  });
}
