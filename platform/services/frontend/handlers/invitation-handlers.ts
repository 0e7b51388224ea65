import type { FastifyReply, FastifyRequest } from 'fastify';
import type { frontend } from '../../../contracts/frontend/contract.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { invalidInvitationPage, invitationPage } from '../pages/account/invitation.ts';
import { sendPage } from '../pages/page-headers.ts';
import { type Form, type FormProblems, formProblems, staleForm } from './form-problems.ts';
import type { Site } from './site.ts';

const joined = '/dashboard?done=joined';

/** The page that the mail of an invitation leads to. */
export function invitationHandlers(
  site: Site,
): Pick<Handlers<typeof frontend>, 'invitationPage' | 'invitationForm'> {
  const { api, callFor } = site.identity;

  async function show(
    { raw, reply, token }: { raw: FastifyRequest; reply: FastifyReply; token: string },
    { name = '', problems }: { name?: string; problems?: FormProblems } = {},
  ): Promise<void> {
    const preview = async () => {
      if (token === '') return undefined;
      try {
        return await api.previewInvitation({ body: { token } }, callFor(raw));
      } catch (error) {
        if (error instanceof PeerProblem && error.status !== undefined && error.status < 500)
          return undefined;
        throw error;
      }
    };
    const invitation = await preview();
    if (invitation === undefined) {
      sendPage(reply, 404, invalidInvitationPage(site.visitor(raw, reply)));
      return;
    }
    const user = site.sessions.isPresent(raw)
      ? await site.sessions.use(raw, reply, (access) => api.me({}, callFor(raw, access)))
      : undefined;
    const visitor = { ...site.visitor(raw, reply), signedIn: user !== undefined };
    const view = { visitor, token, invitation, signedInAs: user?.email, name, problems };
    sendPage(reply, problems?.status ?? 200, invitationPage(view));
  }

  return {
    invitationPage: ({ raw, reply, query }) => show({ raw, reply, token: query.token ?? '' }),

    async invitationForm({ raw, reply, body, log }) {
      site.csrf.assertOwnPage(raw);
      const form: Form = body ?? {};
      const token = form.token ?? '';
      const name = form.name?.trim() ?? '';
      const visit = { raw, reply, token };
      if (!site.csrf.isValid(raw, form.csrf ?? '')) return show(visit, { name, problems: staleForm });
      try {
        const accepted =
          site.sessions.isPresent(raw) &&
          (await site.sessions.use(raw, reply, (access) =>
            api.acceptInvitation({ body: { token } }, callFor(raw, access)),
          ));
        if (!accepted) {
          const { email } = await api.previewInvitation({ body: { token } }, callFor(raw));
          const account = {
            email,
            password: form.password ?? '',
            invitation: token,
            ...(name === '' ? {} : { name }),
          };
          const session = await api.register({ body: account }, callFor(raw));
          await site.sessions.start({ request: raw, reply, log }, session);
        }
      } catch (error) {
        return show(visit, { name, problems: formProblems(error, ['name', 'password']) });
      }
      reply.redirect(joined, 303);
    },
  };
}
