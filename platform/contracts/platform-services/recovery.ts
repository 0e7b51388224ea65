import { z } from 'zod';
import { route } from '../route.ts';
import { currentPassword, newPassword } from './passwords.ts';

/** Confirmation of addresses, lost passwords and changes of address, by links in mails. */

export const recoveryLimits = {
  /** Lifetime of a link that resets a password, minutes. */
  resetMinutes: 30,
  /** Mails with such a link, per account and hour. Further requests are accepted and send nothing. */
  resetsPerHour: 3,
  /** Lifetime of a link that confirms an address, hours. */
  verificationHours: 24,
  /** Minimum time between two mails with such a link, seconds. */
  verificationPauseSeconds: 60,
  /** Mails with such a link, per account and 24 hours; also of mails for a new address. */
  verificationsPerDay: 5,
  /** Lifetime of the link that undoes a change of address, days. */
  undoDays: 7,
} as const;

const address = z.email().max(254);
/** The token of a link: 256 random bits. */
const mailToken = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, 'is not the token of a mail')
  .describe('The token in the link of the mail');
const withToken = z.strictObject({ token: mailToken });
const invalidLink =
  '404 for a link that is unknown, used or expired, or that a later change has made invalid: ask for a new one.';

export const recoveryRoutes = {
  verifyEmail: route({
    method: 'POST',
    path: '/auth/verify-email',
    summary: 'Confirm the address of an account',
    description: `Registration sends the link. It works once, for ${recoveryLimits.verificationHours} hours. ${invalidLink}`,
    access: 'public',
    body: withToken,
    success: { status: 204, description: 'The address is confirmed' },
    problems: ['not_found', 'rate_limited'],
  }),
  resendVerification: route({
    method: 'POST',
    path: '/auth/resend-verification',
    summary: 'Send the link that confirms the caller’s address again',
    description: `At most every ${recoveryLimits.verificationPauseSeconds} s and ${recoveryLimits.verificationsPerDay} times in 24 hours. 409 when the address is confirmed already.`,
    access: 'user',
    needs: 'self',
    success: { status: 202, description: 'A mail is on its way' },
    problems: ['conflict', 'rate_limited'],
  }),
  forgotPassword: route({
    method: 'POST',
    path: '/auth/forgot-password',
    summary: 'Send a link to reset the password to the address of an account',
    description: `The response is the same with and without an account. The link works once, for ${recoveryLimits.resetMinutes} minutes. An account gets at most ${recoveryLimits.resetsPerHour} such mails an hour.`,
    access: 'public',
    body: z.strictObject({ email: address }),
    success: { status: 202, description: 'If there is an active account, a mail is on its way' },
    problems: ['rate_limited'],
    bodyExample: { email: 'ada@example.com' },
  }),
  resetPassword: route({
    method: 'POST',
    path: '/auth/reset-password',
    summary: 'Set a new password with the link of a mail',
    description: `Ends all sessions of the account and confirms its address. A mail reports the change and lists the personal access tokens, which keep working. ${invalidLink}`,
    access: 'public',
    body: z.strictObject({ token: mailToken, new_password: newPassword }),
    success: { status: 204, description: 'The password is changed; sign in with it' },
    problems: ['not_found', 'rate_limited', 'not_ready'],
  }),
  changeEmail: route({
    method: 'POST',
    path: '/auth/change-email',
    summary: 'Ask to change the caller’s address',
    description: `Needs the current password. The address changes when the link in the mail to the new one is confirmed, within ${recoveryLimits.verificationHours} hours. At most ${recoveryLimits.verificationsPerDay} times in 24 hours.`,
    access: 'user',
    needs: 'self',
    body: z.strictObject({ current_password: currentPassword, new_email: address }),
    success: { status: 202, description: 'A mail to the new address is on its way' },
    problems: ['invalid_credentials', 'account_locked', 'duplicate_email', 'rate_limited'],
    bodyExample: { current_password: 'analytical engine', new_email: 'ada.lovelace@example.com' },
  }),
  confirmEmailChange: route({
    method: 'POST',
    path: '/auth/confirm-email-change',
    summary: 'Change the address with the link of the mail to the new one',
    description: `The former address gets a mail with a link that undoes the change, for ${recoveryLimits.undoDays} days. ${invalidLink}`,
    access: 'public',
    body: withToken,
    success: { status: 204, description: 'The address is changed; sign in with it from now on' },
    problems: ['not_found', 'duplicate_email', 'rate_limited'],
  }),
  undoEmailChange: route({
    method: 'POST',
    path: '/auth/undo-email-change',
    summary: 'Restore the former address with the link of the mail to it',
    description: `For a change that the owner did not make: ends all sessions, and sends a link to reset the password. ${invalidLink}`,
    access: 'public',
    body: withToken,
    success: { status: 204, description: 'The former address is restored' },
    problems: ['not_found', 'duplicate_email', 'rate_limited', 'not_ready'],
  }),
} as const;
