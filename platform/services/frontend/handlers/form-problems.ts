import type { FieldProblem } from '../../../contracts/problem.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';

/** The fields of a posted form. */
export type Form = Readonly<Record<string, string>>;

/** What is wrong with a form, in words for people. */
export interface FormProblems {
  status: number;
  /** Problems of the form as a whole. */
  general: string[];
  /** Problems by field. */
  fields: Readonly<Record<string, string>>;
}

/** The hidden field does not belong to the visitor's cookie, which has usually gone meanwhile. */
export const staleForm: FormProblems = {
  status: 403,
  general: ['This form was open for too long. Send it again.'],
  fields: {},
};

const sentences: Readonly<Record<string, string>> = {
  invalid_credentials: 'The email or the password is wrong.',
  account_locked: 'This account is locked for a while after too many failed attempts. Try again later.',
  rate_limited: 'Too many attempts from your address. Wait a while, then try again.',
};

/** Zod's sentences are for programmers; the usual findings get better ones. */
function fieldSentence(name: string, found: FieldProblem): string {
  if (found.type === 'missing' || name === 'current_password')
    return `Enter your ${name.replaceAll('_', ' ')}.`;
  if (name === 'email') return 'Enter an email address, like name@example.com.';
  const isPassword = name === 'password' || name === 'new_password';
  if (isPassword && found.type === 'too_small') return 'Use at least 8 characters.';
  if (isPassword && found.type === 'too_big') return 'Use at most 128 characters.';
  return found.msg.endsWith('.') ? found.msg : `${found.msg}.`;
}

/** Turns what the API answered into what the form shows. Failures of the platform stay general on purpose. */
export function formProblems(error: unknown, fields: readonly string[]): FormProblems {
  if (!(error instanceof PeerProblem)) throw error;
  const refusal = error.problem;
  if (refusal === undefined || error.status === undefined || error.status >= 500) {
    const status = error.timedOut ? 504 : error.status === 503 ? 503 : 502;
    return { status, general: ['This is not possible at the moment. Try again in a minute.'], fields: {} };
  }
  if (refusal.error === 'duplicate_email')
    return {
      status: error.status,
      general: [],
      fields: { email: 'An account with this email address exists.' },
    };
  const found: Record<string, string> = {};
  const general: string[] = [];
  for (const detail of refusal.details ?? []) {
    const name = String(detail.loc[1] ?? '');
    if (!fields.includes(name)) general.push(detail.msg);
    else found[name] ??= fieldSentence(name, detail);
  }
  if (general.length === 0 && Object.keys(found).length === 0)
    general.push(sentences[refusal.error] ?? refusal.message);
  return { status: error.status, general, fields: found };
}
