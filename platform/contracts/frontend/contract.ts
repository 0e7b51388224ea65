import { z } from 'zod';
import { SocketTicket } from '../gateway/sockets.ts';
import { User } from '../identity.ts';
import { Registration } from '../platform-services/authentication.ts';
import { route } from '../route.ts';
import { service } from '../service.ts';
import { administrationPages } from './administration.ts';
import { exportPages } from './export-pages.ts';
import { callback, forPeople, page, postedForm } from './page-route.ts';
import { recoveryPages } from './recovery-pages.ts';

/** The tokens are set as HttpOnly cookies, which scripts cannot read, so the body has the user only. */
const SignedIn = z.object({ user: User });

/**
 * Pages return HTML. A form posts to its own page. On success it redirects (303), else the page is returned with the
 * problems. `/api/auth/*` does the same for scripts, in JSON. Both accept only requests from this site.
 */
export const frontend = service({
  name: 'frontend',
  title: 'The web pages for users',
  port: 3000,
  mounts: [],
  routes: {
    landing: route({
      ...forPeople,
      method: 'GET',
      path: '/',
      summary: 'Landing page',
      access: 'public',
      success: page('The landing page'),
    }),
    loginPage: route({
      ...forPeople,
      method: 'GET',
      path: '/auth/login',
      summary: 'Sign-in page',
      access: 'public',
      query: callback,
      success: page('The form; a signed-in user is redirected to the dashboard'),
    }),
    loginForm: route({
      ...postedForm,
      path: '/auth/login',
      summary: 'Sign in',
      success: { status: 303, description: 'Succeeded; redirects to the page named by `Location`' },
      problems: ['forbidden', 'invalid_credentials', 'account_locked', 'validation_failed', 'rate_limited'],
    }),
    registerPage: route({
      ...forPeople,
      method: 'GET',
      path: '/auth/register',
      summary: 'Registration page',
      access: 'public',
      query: callback,
      success: page('The form; a signed-in user is redirected to the dashboard'),
    }),
    registerForm: route({
      ...postedForm,
      path: '/auth/register',
      summary: 'Create an account and sign in',
      success: { status: 303, description: 'Succeeded; redirects to the page named by `Location`' },
      problems: ['forbidden', 'duplicate_email', 'validation_failed', 'rate_limited'],
    }),
    ...recoveryPages,
    logoutForm: route({
      ...postedForm,
      path: '/auth/logout',
      summary: 'Sign out and go to the sign-in page',
      success: { status: 303, description: 'Signed out; redirects to the sign-in page' },
      problems: ['forbidden'],
    }),
    dashboard: route({
      ...forPeople,
      method: 'GET',
      path: '/dashboard',
      summary: 'Dashboard of the signed-in user',
      description: 'Without a session, redirects to `/auth/login?callbackUrl=/dashboard`.',
      access: 'public',
      query: z.object({
        done: z
          .enum(['session-ended', 'password-changed', 'verification-sent', 'email-change-sent', 'joined'])
          .optional()
          .catch(undefined)
          .describe('Completed action to confirm on the page'),
      }),
      success: page('The dashboard'),
    }),
    endSessionForm: route({
      ...postedForm,
      path: '/account/sessions',
      summary: 'End one of the user’s sessions, given in the field `session`',
      description: 'Succeeds also for an ended session. The current session can be ended as well.',
      success: { status: 303, description: 'Ended; redirects to the dashboard' },
      problems: ['malformed_request', 'forbidden', 'bad_gateway'],
    }),
    passwordPage: route({
      ...forPeople,
      method: 'GET',
      path: '/account/password',
      summary: 'Password page',
      description: 'Without a session, redirects to `/auth/login?callbackUrl=/account/password`.',
      access: 'public',
      success: page('The form'),
    }),
    passwordForm: route({
      ...postedForm,
      path: '/account/password',
      summary: 'Change the password (`current_password`, `new_password`) and end every other session',
      success: { status: 303, description: 'Succeeded; redirects to the page named by `Location`' },
      problems: ['forbidden', 'invalid_credentials', 'account_locked', 'validation_failed', 'rate_limited'],
    }),
    ...administrationPages,
    ...exportPages,
    // Not `health`: that is the operational route of every process.
    siteHealth: route({
      method: 'GET',
      path: '/api/health',
      summary: 'Health of the frontend',
      access: 'public',
      success: {
        status: 200,
        description: 'The frontend is running',
        schema: z.object({
          status: z.literal('ok'),
          service: z.literal('frontend'),
          version: z.string(),
          timestamp: z.iso.datetime(),
        }),
      },
    }),
    login: route({
      method: 'POST',
      path: '/api/auth/login',
      summary: 'Sign in; the tokens are set as cookies',
      access: 'public',
      body: z.object({ email: z.string().max(254), password: z.string().max(1024) }),
      success: { status: 200, description: 'The user', schema: SignedIn },
      problems: ['forbidden', 'invalid_credentials', 'account_locked', 'rate_limited', 'bad_gateway'],
    }),
    register: route({
      method: 'POST',
      path: '/api/auth/register',
      summary: 'Create an account; the tokens are set as cookies',
      access: 'public',
      body: Registration,
      success: { status: 201, description: 'The user', schema: SignedIn },
      problems: ['forbidden', 'duplicate_email', 'rate_limited', 'bad_gateway'],
    }),
    logout: route({
      method: 'POST',
      path: '/api/auth/logout',
      summary: 'End the session and delete the cookies',
      access: 'public',
      success: { status: 204, description: 'Signed out' },
      problems: ['forbidden'],
    }),
    profile: route({
      method: 'GET',
      path: '/api/auth/profile',
      summary: 'Get the signed-in user; refreshes expired tokens',
      access: 'public',
      success: { status: 200, description: 'The user', schema: SignedIn },
      problems: ['unauthenticated', 'bad_gateway'],
    }),
    socketTicket: route({
      method: 'POST',
      path: '/api/ws-ticket',
      summary: 'Get a ticket that opens one WebSocket at the gateway, for the scripts of this site',
      description: 'Needs the cookies of a session. The ticket lasts 30 s and works once.',
      access: 'public',
      success: { status: 201, description: 'The ticket', schema: SocketTicket },
      problems: ['unauthenticated', 'forbidden', 'bad_gateway'],
    }),
  },
});
