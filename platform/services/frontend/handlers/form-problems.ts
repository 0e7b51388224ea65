import type { FieldProblem } from '../../../contracts/problem.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';

/** The fields of a posted form. */
export type Form = Readonly<Record<string, string>>;

/** Why a form was rejected, in words for the visitor. */
export interface FormProblems {
  status: number;
  /** Problems of the form as a whole. */
  general: string[];
  /** Problems by field. */
  fields: Readonly<Record<string, string>>;
}

/** The hidden field does not match the visitor's cookie; usually the cookie has expired. */
export const staleForm: FormProblems = {
  status: 403,
  general: ['This form has expired. Send it again.'],
  fields: {},
};

const sentences: Readonly<Record<string, string>> = {
  invalid_credentials: 'Email or password is wrong.',
  account_locked: 'This account is locked for a while after too many failed attempts. Try again later.',
  rate_limited: 'Too many attempts from your address. Wait a while, then try again.',
};

/** Zod's messages are for programmers; the common problems get friendlier ones. */
function fieldSentence(name: string, detail: FieldProblem): string {
  if (detail.type === 'missing' || name === 'current_password')
    return `Enter your ${name.replaceAll('_', ' ')}.`;
  if (name === 'email' || name === 'new_email') return 'Enter an email address, like name@example.com.';
  const isPassword = name === 'password' || name === 'new_password';
  if (isPassword && detail.type === 'too_small') return 'Use at least 8 characters.';
  if (isPassword && detail.type === 'too_big') return 'Use at most 128 characters.';
  return detail.msg.endsWith('.') ? detail.msg : `${detail.msg}.`;
}

/** Turns an error of the API into the problems that the form shows. Failures of the platform give no details. */
export function formProblems(error: unknown, fields: readonly string[]): FormProblems {
  if (!(error instanceof PeerProblem)) throw error;
  const rejection = error.problem;
  if (rejection === undefined || error.status === undefined || error.status >= 500) {
    const status = error.timedOut ? 504 : error.status === 503 ? 503 : 502;
    return { status, general: ['This is not possible at the moment. Try again in a minute.'], fields: {} };
  }
  if (rejection.error === 'duplicate_email')
    return {
      status: error.status,
      general: [],
      fields: { email: 'An account with this email address exists.' },
    };
  const found: Record<string, string> = {};
  const general: string[] = [];
  for (const detail of rejection.details ?? []) {
    const name = String(detail.loc[1] ?? '');
    if (!fields.includes(name)) general.push(detail.msg);
    else found[name] ??= fieldSentence(name, detail);
  }
  if (general.length === 0 && Object.keys(found).length === 0)
    general.push(sentences[rejection.error] ?? rejection.message);
  return { status: error.status, general, fields: found };
}
