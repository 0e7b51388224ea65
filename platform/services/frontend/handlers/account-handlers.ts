import type { FastifyReply, FastifyRequest } from 'fastify';
import type { frontend } from '../../../contracts/frontend/contract.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { problem } from '../../../kit/http/problem.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { passwordPage } from '../pages/account/password.ts';
import type { Notice } from '../pages/notice.ts';
import { sendPage } from '../pages/page-headers.ts';
import { signInFor } from '../session/callback-url.ts';
import { type Form, type FormProblems, formProblems, staleForm } from './form-problems.ts';
import type { Site } from './site.ts';

type AccountName = 'endSessionForm' | 'passwordPage' | 'passwordForm';

const passwordPath = '/account/password';
const idPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const wrongPassword: FormProblems = {
  status: 401,
  general: [],
  fields: { current_password: 'This is not your current password.' },
};

function isProblem(error: unknown, code: string): boolean {
  return error instanceof PeerProblem && error.problem?.error === code;
}

/** Account pages of signed-in visitors. A visitor whose session has ended signs in and returns to the page. */
export function accountHandlers(site: Site): Pick<Handlers<typeof frontend>, AccountName> {
  const { api, callFor } = site.identity;

  const showNotice = (reply: FastifyReply, notice: Notice) =>
    void reply.redirect(`/dashboard?done=${notice}`, 303);

  async function showPassword(
    request: FastifyRequest,
    reply: FastifyReply,
    problems?: FormProblems,
  ): Promise<void> {
    const user = await site.sessions.use(request, reply, (token) => api.me({}, callFor(request, token)));
    if (user === undefined) {
      reply.redirect(signInFor(passwordPath), 303);
      return;
    }
    const visitor = { ...site.visitor(request, reply), signedIn: true };
    sendPage(reply, problems?.status ?? 200, passwordPage({ visitor, email: user.email, problems }));
  }

  return {
    async endSessionForm({ raw, reply, body }) {
      site.csrf.assertOwnPage(raw);
      const form: Form = body ?? {};
      if (!site.csrf.isValid(raw, form.csrf ?? '')) throw problem('forbidden');
      const id = form.session ?? '';
      if (!idPattern.test(id)) throw problem('malformed_request');
      const ended = await site.sessions.use(raw, reply, async (token) => {
        try {
          await api.revokeSession({ params: { id } }, callFor(raw, token));
        } catch (error) {
          // The session has already ended.
          if (!isProblem(error, 'not_found')) throw error;
        }
        return true;
      });
      if (ended === undefined) reply.redirect(signInFor('/dashboard'), 303);
      else showNotice(reply, 'session-ended');
    },

    passwordPage: ({ raw, reply }) => showPassword(raw, reply),

    async passwordForm({ raw, reply, body }) {
      site.csrf.assertOwnPage(raw);
      const form: Form = body ?? {};
      if (!site.csrf.isValid(raw, form.csrf ?? '')) return showPassword(raw, reply, staleForm);
      const passwords = {
        current_password: form.current_password ?? '',
        new_password: form.new_password ?? '',
      };
      const result = await site.sessions.use(raw, reply, async (token) => {
        try {
          await api.changePassword({ body: passwords }, callFor(raw, token));
          return 'changed' as const;
        } catch (error) {
          // A wrong password is a 401 too, but the session is still valid.
          if (isProblem(error, 'invalid_credentials')) return wrongPassword;
          if (error instanceof PeerProblem && error.status === 401) throw error;
          return formProblems(error, Object.keys(passwords));
        }
      });
      if (result === undefined) reply.redirect(signInFor(passwordPath), 303);
      else if (result === 'changed') showNotice(reply, 'password-changed');
      else await showPassword(raw, reply, result);
    },
  };
}
