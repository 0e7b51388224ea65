import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../../../kit/http/problem.ts';
import type { CallOptions } from '../../../kit/peers/client.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import type { Visitor } from '../pages/layout.ts';
import { sendPage } from '../pages/page-headers.ts';
import { signInFor } from '../session/callback-url.ts';
import { type Form, type FormProblems, formProblems, staleForm } from './form-problems.ts';
import type { Site } from './site.ts';

/** A form asks for the current password only, so the email cannot be wrong. */
const wrongPassword: FormProblems = {
  status: 401,
  general: [],
  fields: { current_password: 'This is not your current password.' },
};

interface Visit {
  raw: FastifyRequest;
  reply: FastifyReply;
}

/** A page of signed-in visitors. */
export interface SignedInPage<Data> {
  /** Its address, to which a visitor returns after signing in. */
  path: string;
  load(call: CallOptions): Promise<Data>;
  render(view: { visitor: Visitor; data: Data; problems: FormProblems | undefined; form: Form }): string;
}

export interface SignedInPages {
  /** Shows a page. A page that the platform hides from the visitor does not exist. @throws ProblemError `not_found` */
  show<Data>(visit: Visit, page: SignedInPage<Data>, problems?: FormProblems, form?: Form): Promise<void>;
  /**
   * Handles a posted form of a page: `act` does what it asks for and returns the address to go to, or responds itself.
   * Rejections are shown on the page.
   * @throws ProblemError `forbidden` for a request from another site
   */
  submit<Data>(
    visit: Visit & { body: Form | undefined },
    page: SignedInPage<Data>,
    act: (call: CallOptions, form: Form) => Promise<string | undefined>,
    fields?: readonly string[],
  ): Promise<void>;
}

function isHidden(error: unknown): boolean {
  return error instanceof PeerProblem && [403, 404].includes(error.status ?? 0);
}

export function createSignedInPages(site: Site): SignedInPages {
  const { callFor } = site.identity;

  async function show<Data>(
    { raw, reply }: Visit,
    page: SignedInPage<Data>,
    problems?: FormProblems,
    form: Form = {},
  ): Promise<void> {
    const found = await site.sessions.use(raw, reply, async (token) => {
      try {
        return { data: await page.load(callFor(raw, token)) };
      } catch (error) {
        throw isHidden(error) ? problem('not_found') : error;
      }
    });
    if (found === undefined) {
      reply.redirect(signInFor(page.path), 303);
      return;
    }
    const visitor = { ...site.visitor(raw, reply), signedIn: true };
    sendPage(reply, problems?.status ?? 200, page.render({ visitor, problems, form, ...found }));
  }

  return {
    show,
    async submit({ raw, reply, body: form = {} }, page, act, fields = []) {
      site.csrf.assertOwnPage(raw);
      if (!site.csrf.isValid(raw, form.csrf ?? '')) return show({ raw, reply }, page, staleForm, form);
      const result = await site.sessions.use(raw, reply, async (token) => {
        try {
          return { target: await act(callFor(raw, token), form) };
        } catch (error) {
          // A wrong password is a 401 too, but the session is still valid.
          if (error instanceof PeerProblem && error.problem?.error === 'invalid_credentials')
            return { problems: wrongPassword };
          if (error instanceof PeerProblem && error.status === 401) throw error;
          return { problems: formProblems(error, fields) };
        }
      });
      if (result === undefined) reply.redirect(signInFor(page.path), 303);
      else if ('problems' in result) await show({ raw, reply }, page, result.problems, form);
      else if (result.target !== undefined) reply.redirect(result.target, 303);
    },
  };
}
