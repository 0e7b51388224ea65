import { z } from 'zod';
import { route } from '../route.ts';
import { forPeople, linkQuery, page, postedForm, redirected } from './page-route.ts';

/** What the last page of a link from a mail confirms. */
export const doneSteps = [
  'reset-requested',
  'password-reset',
  'email-verified',
  'email-changed',
  'email-change-undone',
] as const;

/**
 * Pages of lost passwords, confirmed and changed addresses. A link of a mail opens a page with one form: only sending it
 * uses the token up, because programs that look through mails open links too.
 */
export const recoveryPages = {
  forgotPasswordPage: route({
    ...forPeople,
    method: 'GET',
    path: '/auth/forgot-password',
    summary: 'Page to ask for a password reset',
    access: 'public',
    success: page('The form'),
  }),
  forgotPasswordForm: route({
    ...postedForm,
    path: '/auth/forgot-password',
    summary: 'Send a link to reset the password to `email`',
    success: redirected,
    problems: ['forbidden', 'validation_failed', 'rate_limited'],
  }),
  resetPasswordPage: route({
    ...forPeople,
    method: 'GET',
    path: '/auth/reset-password',
    summary: 'Page of the link that resets a password',
    access: 'public',
    query: linkQuery,
    success: page('The form'),
  }),
  resetPasswordForm: route({
    ...postedForm,
    path: '/auth/reset-password',
    summary: 'Set `new_password` with the `token` of a mail',
    success: redirected,
    problems: ['forbidden', 'not_found', 'validation_failed', 'rate_limited'],
  }),
  verifyEmailPage: route({
    ...forPeople,
    method: 'GET',
    path: '/auth/verify-email',
    summary: 'Page of the link that confirms an address',
    access: 'public',
    query: linkQuery,
    success: page('The form'),
  }),
  verifyEmailForm: route({
    ...postedForm,
    path: '/auth/verify-email',
    summary: 'Confirm an address with the `token` of a mail',
    success: redirected,
    problems: ['forbidden', 'not_found', 'validation_failed', 'rate_limited'],
  }),
  confirmEmailPage: route({
    ...forPeople,
    method: 'GET',
    path: '/auth/confirm-email',
    summary: 'Page of the link that changes an address',
    access: 'public',
    query: linkQuery,
    success: page('The form'),
  }),
  confirmEmailForm: route({
    ...postedForm,
    path: '/auth/confirm-email',
    summary: 'Change an address with the `token` of a mail',
    success: redirected,
    problems: ['forbidden', 'not_found', 'validation_failed', 'rate_limited', 'duplicate_email'],
  }),
  undoEmailPage: route({
    ...forPeople,
    method: 'GET',
    path: '/auth/undo-email-change',
    summary: 'Page of the link that undoes a change of address',
    access: 'public',
    query: linkQuery,
    success: page('The form'),
  }),
  undoEmailForm: route({
    ...postedForm,
    path: '/auth/undo-email-change',
    summary: 'Restore the former address with the `token` of a mail',
    success: redirected,
    problems: ['forbidden', 'not_found', 'validation_failed', 'rate_limited', 'duplicate_email'],
  }),
  donePage: route({
    ...forPeople,
    method: 'GET',
    path: '/auth/done',
    summary: 'Page that confirms what a link or a form has done',
    access: 'public',
    query: z.object({ what: z.enum(doneSteps) }),
    success: page('The confirmation'),
  }),
  emailPage: route({
    ...forPeople,
    method: 'GET',
    path: '/account/email',
    summary: 'Page to change the address',
    access: 'public',
    success: page('The form; without a session, redirects to the sign-in page'),
  }),
  emailForm: route({
    ...postedForm,
    path: '/account/email',
    summary: 'Ask to change the address (`new_email`, `current_password`)',
    success: redirected,
    problems: [
      'forbidden',
      'invalid_credentials',
      'account_locked',
      'duplicate_email',
      'validation_failed',
      'rate_limited',
    ],
  }),
  resendVerificationForm: route({
    ...postedForm,
    path: '/account/verification',
    summary: 'Send the link that confirms the address again',
    success: redirected,
    problems: ['forbidden', 'rate_limited', 'bad_gateway'],
  }),
} as const;
