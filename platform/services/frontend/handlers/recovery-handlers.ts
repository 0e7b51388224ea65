import type { FastifyReply, FastifyRequest } from 'fastify';
import type { frontend } from '../../../contracts/frontend/contract.ts';
import type { HandlerRequest, Handlers } from '../../../kit/http/handler.ts';
import { problem } from '../../../kit/http/problem.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { fieldsOf, type RecoveryForm, recoveryPage } from '../pages/account/recovery.ts';
import { type DoneStep, donePage } from '../pages/done.ts';
import { sendPage } from '../pages/page-headers.ts';
import { signInFor } from '../session/callback-url.ts';
import { type Form, type FormProblems, formProblems, staleForm } from './form-problems.ts';
import type { Site } from './site.ts';

type RecoveryName =
  | 'forgotPasswordPage'
  | 'forgotPasswordForm'
  | 'resetPasswordPage'
  | 'resetPasswordForm'
  | 'verifyEmailPage'
  | 'verifyEmailForm'
  | 'confirmEmailPage'
  | 'confirmEmailForm'
  | 'undoEmailPage'
  | 'undoEmailForm'
  | 'donePage'
  | 'emailPage'
  | 'emailForm'
  | 'resendVerificationForm';

type LinkRequest = Pick<HandlerRequest, 'raw' | 'reply'> & { query: { token?: string | undefined } };
type FormRequest = Pick<HandlerRequest, 'raw' | 'reply'> & { body?: Form };

const emailPath = '/account/email';

const invalidLink: FormProblems = {
  status: 404,
  general: ['This link is not valid any more. Ask for a new one.'],
  fields: {},
};

function isProblem(error: unknown, code: string): boolean {
  return error instanceof PeerProblem && error.problem?.error === code;
}

/** Why a form of a link was rejected: its token is not a field that the visitor could correct. */
function linkProblems(error: unknown, form: RecoveryForm): FormProblems {
  const problems = formProblems(error, [...fieldsOf(form), 'token']);
  if (isProblem(error, 'not_found') || problems.fields.token !== undefined) return invalidLink;
  if (isProblem(error, 'duplicate_email'))
    return { ...problems, general: ['Another account has this address by now.'], fields: {} };
  return problems;
}

/** Pages of lost passwords, confirmed and changed addresses. */
export function recoveryHandlers(site: Site): Pick<Handlers<typeof frontend>, RecoveryName> {
  const { api, callFor } = site.identity;

  interface Shown {
    token?: string;
    values?: Readonly<Record<string, string>>;
    problems?: FormProblems;
  }
  function show(request: FastifyRequest, reply: FastifyReply, form: RecoveryForm, shown: Shown = {}): void {
    const page = recoveryPage({ visitor: site.visitor(request, reply), form, ...shown });
    sendPage(reply, shown.problems?.status ?? 200, page);
  }

  const linkPage =
    (form: RecoveryForm) =>
    async ({ raw, reply, query }: LinkRequest): Promise<void> =>
      show(raw, reply, form, { token: query.token ?? '' });

  /** A form that uses the token of a mail, and then shows what it has done. */
  const linkForm =
    (
      form: RecoveryForm,
      done: DoneStep,
      submit: (fields: { token: string; form: Form }, request: FastifyRequest) => Promise<unknown>,
    ) =>
    async ({ raw, reply, body }: FormRequest): Promise<void> => {
      site.csrf.assertOwnPage(raw);
      const sent: Form = body ?? {};
      const token = sent.token ?? '';
      if (!site.csrf.isValid(raw, sent.csrf ?? ''))
        return show(raw, reply, form, { token, problems: staleForm });
      try {
        await submit({ token, form: sent }, raw);
      } catch (error) {
        return show(raw, reply, form, { token, problems: linkProblems(error, form) });
      }
      reply.redirect(`/auth/done?what=${done}`, 303);
    };

  async function showEmail(request: FastifyRequest, reply: FastifyReply, shown: Shown = {}): Promise<void> {
    const user = await site.sessions.use(request, reply, (token) => api.me({}, callFor(request, token)));
    if (user === undefined) reply.redirect(signInFor(emailPath), 303);
    else show(request, reply, 'change-email', shown);
  }

  return {
    forgotPasswordPage: async ({ raw, reply }) => show(raw, reply, 'forgot-password'),

    async forgotPasswordForm({ raw, reply, body }) {
      site.csrf.assertOwnPage(raw);
      const form: Form = body ?? {};
      const email = form.email?.trim() ?? '';
      const values = { email };
      if (!site.csrf.isValid(raw, form.csrf ?? ''))
        return show(raw, reply, 'forgot-password', { values, problems: staleForm });
      try {
        await api.forgotPassword({ body: { email } }, callFor(raw));
      } catch (error) {
        return show(raw, reply, 'forgot-password', { values, problems: formProblems(error, ['email']) });
      }
      reply.redirect('/auth/done?what=reset-requested', 303);
    },

    resetPasswordPage: linkPage('reset-password'),
    resetPasswordForm: linkForm('reset-password', 'password-reset', ({ token, form }, request) =>
      api.resetPassword({ body: { token, new_password: form.new_password ?? '' } }, callFor(request)),
    ),
    verifyEmailPage: linkPage('verify-email'),
    verifyEmailForm: linkForm('verify-email', 'email-verified', ({ token }, request) =>
      api.verifyEmail({ body: { token } }, callFor(request)),
    ),
    confirmEmailPage: linkPage('confirm-email'),
    confirmEmailForm: linkForm('confirm-email', 'email-changed', ({ token }, request) =>
      api.confirmEmailChange({ body: { token } }, callFor(request)),
    ),
    undoEmailPage: linkPage('undo-email-change'),
    undoEmailForm: linkForm('undo-email-change', 'email-change-undone', ({ token }, request) =>
      api.undoEmailChange({ body: { token } }, callFor(request)),
    ),

    async donePage({ raw, reply, query }) {
      sendPage(reply, 200, donePage(site.visitor(raw, reply), query.what));
    },

    emailPage: ({ raw, reply }) => showEmail(raw, reply),

    async emailForm({ raw, reply, body }) {
      site.csrf.assertOwnPage(raw);
      const form: Form = body ?? {};
      const new_email = form.new_email?.trim() ?? '';
      const values = { new_email };
      if (!site.csrf.isValid(raw, form.csrf ?? ''))
        return showEmail(raw, reply, { values, problems: staleForm });
      const sent = { new_email, current_password: form.current_password ?? '' };
      const result = await site.sessions.use(raw, reply, async (token) => {
        try {
          await api.changeEmail({ body: sent }, callFor(raw, token));
          return 'sent' as const;
        } catch (error) {
          // A wrong password is a 401 too, but the session is still valid.
          if (isProblem(error, 'invalid_credentials'))
            return {
              status: 401,
              general: [],
              fields: { current_password: 'This is not your current password.' },
            };
          if (error instanceof PeerProblem && error.status === 401) throw error;
          const problems = formProblems(error, Object.keys(sent));
          const { email, ...fields } = problems.fields;
          return { ...problems, fields: { ...fields, ...(email === undefined ? {} : { new_email: email }) } };
        }
      });
      if (result === undefined) reply.redirect(signInFor(emailPath), 303);
      else if (result === 'sent') reply.redirect('/dashboard?done=email-change-sent', 303);
      else await showEmail(raw, reply, { values, problems: result });
    },

    async resendVerificationForm({ raw, reply, body }) {
      site.csrf.assertOwnPage(raw);
      if (!site.csrf.isValid(raw, body?.csrf ?? '')) throw problem('forbidden');
      const sent = await site.sessions.use(raw, reply, async (token) => {
        try {
          await api.resendVerification({}, callFor(raw, token));
        } catch (error) {
          // Confirmed meanwhile, or a mail is on its way already.
          if (!isProblem(error, 'conflict') && !isProblem(error, 'rate_limited')) throw error;
        }
        return true;
      });
      reply.redirect(sent === undefined ? signInFor('/dashboard') : '/dashboard?done=verification-sent', 303);
    },
  };
}
