import { z } from 'zod';
import { route } from '../route.ts';
import { forPeople, page, postedForm } from './page-route.ts';

/** Pages for API keys, invitations, members of a workspace and users of the tenant. */

const signInFirst = 'Without a session, redirects to the sign-in page and back.';
const redirects = { status: 303, description: 'Succeeded; redirects to the page' } as const;
const rejections = ['forbidden', 'not_found', 'conflict', 'validation_failed', 'bad_gateway'] as const;
const done = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values).optional().catch(undefined).describe('Completed action to confirm on the page');

/** The actions that each page can confirm. */
export const doneActions = {
  tokens: ['token-revoked'],
  members: ['member-changed', 'member-removed', 'invitation-sent', 'invitation-revoked'],
  users: ['user-changed', 'user-deactivated', 'user-reactivated', 'user-removed'],
} as const;

const workspace = z.object({ id: z.uuid() });

export const administrationPages = {
  tokensPage: route({
    ...forPeople,
    method: 'GET',
    path: '/account/tokens',
    summary: 'API keys of the user',
    description: signInFirst,
    access: 'public',
    query: z.object({ done: done(doneActions.tokens) }),
    success: page('The keys and a form for a new one'),
  }),
  createTokenForm: route({
    ...postedForm,
    path: '/account/tokens',
    summary: 'Create an API key (`name`, `scope:…`, `workspace:…`, `bases`, `expires` in days or `never`)',
    description: 'The page after it is the only one that shows the key.',
    success: page('The new key'),
    problems: rejections,
  }),
  revokeTokenForm: route({
    ...postedForm,
    path: '/account/tokens/revoke',
    summary: 'Revoke the API key in the field `id`',
    success: redirects,
    problems: rejections,
  }),
  invitationPage: route({
    ...forPeople,
    method: 'GET',
    path: '/invitation',
    summary: 'What an invitation is for, with a form to accept it',
    access: 'public',
    query: z.object({ token: z.string().max(512).optional().catch(undefined) }),
    success: page('The invitation'),
    problems: ['not_found', 'bad_gateway'],
  }),
  invitationForm: route({
    ...postedForm,
    path: '/invitation',
    summary:
      'Accept an invitation (`token`), as the signed-in user or with a new account (`name`, `password`)',
    success: { status: 303, description: 'Accepted; redirects to the dashboard' },
    problems: rejections,
  }),
  membersPage: route({
    ...forPeople,
    method: 'GET',
    path: '/workspaces/:id/members',
    summary: 'Members of a workspace and their roles',
    description: `${signInFirst} Who manages the workspace also sees its invitations.`,
    access: 'public',
    params: workspace,
    query: z.object({ done: done(doneActions.members) }),
    success: page('The members'),
    problems: ['not_found'],
  }),
  membersForm: route({
    ...postedForm,
    path: '/workspaces/:id/members',
    summary: 'Change the members: `action` is role, remove, invite, resend or revoke',
    params: workspace,
    success: redirects,
    problems: rejections,
  }),
  usersPage: route({
    ...forPeople,
    method: 'GET',
    path: '/admin/users',
    summary: 'Users of the tenant, for its moderators and administrators',
    description: `${signInFirst} For other users the page does not exist.`,
    access: 'public',
    query: z.object({
      done: done(doneActions.users),
      page: z.coerce.number().int().min(1).max(100_000).default(1).catch(1),
      search: z.string().trim().max(200).default('').catch(''),
    }),
    success: page('The users'),
    problems: ['not_found'],
  }),
  usersForm: route({
    ...postedForm,
    path: '/admin/users',
    summary: 'Change the user in the field `user`: `action` is role, deactivate, reactivate or remove',
    success: redirects,
    problems: rejections,
  }),
} as const;
