import { z } from 'zod';
import { User } from '../identity.ts';
import { Registration } from '../platform-services/authentication.ts';
import { route } from '../route.ts';
import { service } from '../service.ts';

const page = (description: string) => ({ status: 200, description, contentType: 'text/html' }) as const;
const form = 'application/x-www-form-urlencoded';
const maxFormBytes = 32 * 1024;

/** Where to go after signing in: a path of this site; anything else is ignored. */
const callback = z.object({ callbackUrl: z.string().max(2048).optional().catch(undefined) });

/** Tokens never reach the browser's scripts: they are in HttpOnly cookies, so only the user is answered. */
const SignedIn = z.object({ user: User });

/**
 * Pages answer HTML. A form posts to the page it is on: with success it redirects (303), else the same page comes
 * back with the problems. `/api/auth/*` does the same for scripts, in JSON. Both accept requests of this site only.
 */
export const frontend = service({
  name: 'frontend',
  title: 'The pages people use',
  port: 3000,
  mounts: [],
  routes: {
    landing: route({
      method: 'GET',
      path: '/',
      summary: 'What the platform is, and the way in',
      access: 'public',
      success: page('The landing page'),
    }),
    loginPage: route({
      method: 'GET',
      path: '/auth/login',
      summary: 'Form to sign in',
      access: 'public',
      query: callback,
      success: page('The form; who is signed in is redirected to the dashboard'),
    }),
    loginForm: route({
      method: 'POST',
      path: '/auth/login',
      summary: 'Sign in',
      access: 'public',
      bodyType: form,
      maxBodyBytes: maxFormBytes,
      success: { status: 200, description: 'Never: redirects (303), or answers the form with the problem' },
      problems: ['forbidden', 'invalid_credentials', 'account_locked', 'validation_failed', 'rate_limited'],
    }),
    registerPage: route({
      method: 'GET',
      path: '/auth/register',
      summary: 'Form to create an account',
      access: 'public',
      query: callback,
      success: page('The form; who is signed in is redirected to the dashboard'),
    }),
    registerForm: route({
      method: 'POST',
      path: '/auth/register',
      summary: 'Create an account and sign in',
      access: 'public',
      bodyType: form,
      maxBodyBytes: maxFormBytes,
      success: { status: 200, description: 'Never: redirects (303), or answers the form with the problem' },
      problems: ['forbidden', 'duplicate_email', 'validation_failed', 'rate_limited'],
    }),
    logoutForm: route({
      method: 'POST',
      path: '/auth/logout',
      summary: 'Sign out and go to the sign-in page',
      access: 'public',
      bodyType: form,
      maxBodyBytes: maxFormBytes,
      success: { status: 200, description: 'Never: redirects (303)' },
      problems: ['forbidden'],
    }),
    dashboard: route({
      method: 'GET',
      path: '/dashboard',
      summary: 'The signed-in user’s overview',
      description: 'Without a session: redirect to `/auth/login?callbackUrl=/dashboard`.',
      access: 'public',
      query: z.object({
        done: z
          .enum(['session-ended', 'password-changed'])
          .optional()
          .catch(undefined)
          .describe('What has just been done, to be said on the page'),
      }),
      success: page('The dashboard'),
    }),
    endSessionForm: route({
      method: 'POST',
      path: '/account/sessions',
      summary: 'End one of the signed-in user’s sessions, named by the field `session`',
      description: 'A session that has ended already is ended; the own one ends like any other.',
      access: 'public',
      bodyType: form,
      maxBodyBytes: maxFormBytes,
      success: { status: 200, description: 'Never: redirects (303) to the dashboard' },
      problems: ['malformed_request', 'forbidden', 'bad_gateway'],
    }),
    passwordPage: route({
      method: 'GET',
      path: '/account/password',
      summary: 'Form to change the password',
      description: 'Without a session: redirect to `/auth/login?callbackUrl=/account/password`.',
      access: 'public',
      success: page('The form'),
    }),
    passwordForm: route({
      method: 'POST',
      path: '/account/password',
      summary: 'Change the password (`current_password`, `new_password`) and end every other session',
      access: 'public',
      bodyType: form,
      maxBodyBytes: maxFormBytes,
      success: { status: 200, description: 'Never: redirects (303), or answers the form with the problem' },
      problems: ['forbidden', 'invalid_credentials', 'account_locked', 'validation_failed', 'rate_limited'],
    }),
    // Not `health`: that is the operational route every process has.
    siteHealth: route({
      method: 'GET',
      path: '/api/health',
      summary: 'Whether the frontend runs',
      access: 'public',
      success: {
        status: 200,
        description: 'It runs',
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
      summary: 'End the session and drop the cookies',
      access: 'public',
      success: { status: 204, description: 'Signed out' },
      problems: ['forbidden'],
    }),
    profile: route({
      method: 'GET',
      path: '/api/auth/profile',
      summary: 'The signed-in user; refreshes the tokens when they have expired',
      access: 'public',
      success: { status: 200, description: 'The user', schema: SignedIn },
      problems: ['unauthenticated', 'bad_gateway'],
    }),
  },
});
