import type { FastifyReply, FastifyRequest } from 'fastify';
import type { frontend } from '../../../contracts/frontend/contract.ts';
import type { Tokens } from '../../../contracts/platform-services/authentication.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { registrationPage } from '../pages/account/registration.ts';
import { signInPage } from '../pages/account/sign-in.ts';
import { sendPage } from '../pages/page-headers.ts';
import { safeCallback } from '../session/callback-url.ts';
import { type Form, type FormProblems, formProblems, staleForm } from './form-problems.ts';
import type { Site } from './site.ts';

type FormName = 'loginForm' | 'registerForm' | 'logoutForm';

interface Submission {
  request: FastifyRequest;
  reply: FastifyReply;
  log: Log;
  form: Form;
  fields: readonly string[];
  /** Renders the form's page again, with the visitor's input and the problems. */
  show(problems: FormProblems): string;
  /** @throws PeerProblem when the platform rejects or fails */
  submit(): Promise<Tokens>;
}

/** Handlers of posted forms. They redirect after success, else show the same page with the problems. */
export function formHandlers(site: Site): Pick<Handlers<typeof frontend>, FormName> {
  const { api, callFor } = site.identity;

  async function handleForm({ request, reply, log, form, fields, show, submit }: Submission): Promise<void> {
    const fail = (problems: FormProblems) => sendPage(reply, problems.status, show(problems));
    if (!site.csrf.isValid(request, form.csrf ?? '')) return fail(staleForm);
    let tokens: Tokens;
    try {
      tokens = await submit();
    } catch (error) {
      return fail(formProblems(error, fields));
    }
    await site.sessions.start({ request, reply, log }, tokens);
    reply.redirect(safeCallback(form.callbackUrl), 303);
  }

  return {
    async loginForm({ raw, reply, body, log }) {
      site.csrf.assertOwnPage(raw);
      const form: Form = body ?? {};
      const email = form.email?.trim() ?? '';
      const callback = safeCallback(form.callbackUrl);
      await handleForm({
        request: raw,
        reply,
        log,
        form,
        fields: ['email', 'password'],
        show: (problems) => signInPage({ visitor: site.visitor(raw, reply), callback, email, problems }),
        submit: () => api.login({ body: { email, password: form.password ?? '' } }, callFor(raw)),
      });
    },
    async registerForm({ raw, reply, body, log }) {
      site.csrf.assertOwnPage(raw);
      const form: Form = body ?? {};
      const email = form.email?.trim() ?? '';
      const name = form.name?.trim() ?? '';
      const callback = safeCallback(form.callbackUrl);
      const account = { email, password: form.password ?? '', ...(name === '' ? {} : { name }) };
      await handleForm({
        request: raw,
        reply,
        log,
        form,
        fields: ['name', 'email', 'password'],
        show: (problems) =>
          registrationPage({ visitor: site.visitor(raw, reply), callback, email, name, problems }),
        submit: () => api.register({ body: account }, callFor(raw)),
      });
    },
    async logoutForm({ raw, reply, body, log }) {
      site.csrf.assertOwnPage(raw);
      const form: Form = body ?? {};
      if (!site.csrf.isValid(raw, form.csrf ?? '')) throw problem('forbidden');
      await site.sessions.end({ request: raw, reply, log });
      reply.redirect('/auth/login', 303);
    },
  };
}
