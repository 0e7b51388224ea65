import { type CheckContext, defineCheck, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { furtherSecurity } from '../check-fields.ts';
import { mailBreaks } from './mail-breaks.ts';
import { tokenIn } from './mail-links.ts';

/** Fields of the checks that read the platform's mails. */
const mailCheck = {
  ...furtherSecurity,
  services: ['gateway', 'platform-services'],
  needs: [registrationWorks],
  requires: ['mail'],
  timeoutMs: 60_000,
} as const;

function posts(context: CheckContext, from: string) {
  return (path: string, body: unknown) =>
    context.http.request('gateway', path, { method: 'POST', from, body });
}

export const addressIsConfirmed = defineCheck({
  ...mailCheck,
  id: 'security.account.address-is-confirmed-by-mail',
  title: 'The link of a mail confirms an address, once',
  standards: ['ASVS 6.5.1'],
  why: 'Without a confirmed address anyone can register with the address of somebody else, and a lost password cannot be replaced.',
  remediation: {
    text: 'Send the link at registration, and mark its token as used with the change.',
    effort: 'days',
  },
  expects: { before: equals(false), confirmed: equals(204), after: equals(true), again: equals(404) },
  run: async (context) => {
    const account = await context.account();
    const send = sendAs(context, account);
    const post = posts(context, account.address);
    const before = await send('GET', '/api/auth/me');
    const mail = await context.mailbox.waitFor({
      to: account.email,
      subject: /^Confirm your email address$/,
    });
    const token = tokenIn(mail.links);
    const confirmed = await post('/api/auth/verify-email', { token });
    const after = await send('GET', '/api/auth/me');
    const again = await post('/api/auth/verify-email', { token });
    return {
      before: valueAt(before.json, 'email_verified') as boolean,
      confirmed: confirmed.status,
      after: valueAt(after.json, 'email_verified') as boolean,
      again: again.status,
    };
  },
  breaks: mailBreaks.confirmed,
});

export const lostPasswordIsReplaced = defineCheck({
  ...mailCheck,
  id: 'security.account.lost-password-is-replaced-by-mail',
  title: 'A lost password is replaced by a link that works once',
  failureTitle: 'The reset of a lost password can be abused, or fails',
  standards: ['ASVS 6.4.3', 'ASVS 6.5.1', 'ASVS 6.3.8', 'API2'],
  why: 'A reset that reveals which addresses have accounts, works twice, or leaves sessions open gives accounts away.',
  remediation: {
    text: 'Answer alike for every address, store digests of tokens, mark them as used in the transaction of the change, and end all sessions.',
    effort: 'days',
  },
  expects: {
    known: equals(202),
    sameAsUnknown: equals(true),
    mailsToUnknown: equals(0),
    weakPassword: equals(422),
    reset: equals(204),
    oldPassword: equals(401),
    newPassword: equals(200),
    oldSession: equals(401),
    again: equals(404),
    notice: equals(true),
  },
  run: async (context) => {
    const account = await context.account();
    const { email, password, refreshToken, address } = account;
    const post = posts(context, address);
    const unknown = `${context.unique('nobody')}@readiness.example`;
    const [known, other] = [
      await post('/api/auth/forgot-password', { email }),
      await post('/api/auth/forgot-password', { email: unknown }),
    ];
    const mail = await context.mailbox.waitFor({ to: email, subject: /^Reset your password$/ });
    const token = tokenIn(mail.links);
    const fresh = context.canary('password');
    const weak = await post('/api/auth/reset-password', { token, new_password: 'password123' });
    const reset = await post('/api/auth/reset-password', { token, new_password: fresh });
    const oldPassword = await post('/api/auth/login', { email, password });
    const newPassword = await post('/api/auth/login', { email, password: fresh });
    const oldSession = await post('/api/auth/refresh', { refresh_token: refreshToken });
    const again = await post('/api/auth/reset-password', { token, new_password: context.canary('password') });
    const notice = await context.mailbox.waitFor({ to: email, subject: /^Your password was changed$/ });
    return {
      known: known.status,
      sameAsUnknown: known.status === other.status && known.text === other.text,
      mailsToUnknown: (await context.mailbox.to(unknown)).length,
      weakPassword: weak.status,
      reset: reset.status,
      oldPassword: oldPassword.status,
      newPassword: newPassword.status,
      oldSession: oldSession.status,
      again: again.status,
      notice: notice.text.includes('reset'),
    };
  },
  breaks: mailBreaks.reset,
});

/** Time for the mail of a request that should have been rejected, milliseconds. */
const secondMailMs = 3_000;

export const addressChangeIsUndone = defineCheck({
  ...mailCheck,
  id: 'security.account.address-change-can-be-undone',
  title: 'A change of address needs both mail and password',
  failureTitle: 'An address changes without its mail or password, or stays',
  standards: ['ASVS 6.3.7', 'ASVS 7.5.1'],
  why: 'Who holds a session for a moment must not be able to take the account over by changing its address.',
  remediation: {
    text: 'Ask for the password, change the address only by the link to the new one, and send a link that undoes it to the old one.',
    effort: 'days',
  },
  expects: {
    wrongPassword: equals(401),
    asked: equals(202),
    unchanged: equals(true),
    confirmed: equals(204),
    changed: equals(true),
    undone: equals(204),
    sessionAfterUndo: equals(401),
    newAddress: equals(401),
    oldAddress: equals(200),
  },
  run: async (context) => {
    const account = await context.account();
    const { email, password, address } = account;
    const send = sendAs(context, account);
    const post = posts(context, address);
    const newEmail = `${context.unique('moved')}@readiness.example`;
    const ask = (given: string) =>
      send('POST', '/api/auth/change-email', { current_password: given, new_email: newEmail });
    const wrongPassword = await ask(`not ${password}`);
    const asked = await ask(password);
    const before = await send('GET', '/api/auth/me');
    const first = await context.mailbox.waitFor({
      to: newEmail,
      subject: /^Confirm your new email address$/,
    });
    // Only the link of the last request works.
    const sent =
      wrongPassword.status < 300
        ? await pollUntil(
            () => context.mailbox.to(newEmail),
            ({ length }) => length > 1,
            context,
            secondMailMs,
          )
        : [first];
    const mail = sent.at(-1) ?? first;
    const confirmed = await post('/api/auth/confirm-email-change', { token: tokenIn(mail.links) });
    const after = await send('GET', '/api/auth/me');
    const notice = await context.mailbox.waitFor({ to: email, subject: /^Your email address was changed$/ });
    const undone = await post('/api/auth/undo-email-change', { token: tokenIn(notice.links) });
    const session = await send('GET', '/api/auth/me');
    const newAddress = await post('/api/auth/login', { email: newEmail, password });
    const oldAddress = await post('/api/auth/login', { email, password });
    return {
      wrongPassword: wrongPassword.status,
      asked: asked.status,
      unchanged: textAt(before.json, 'email') === email,
      confirmed: confirmed.status,
      changed: textAt(after.json, 'email') === newEmail,
      undone: undone.status,
      sessionAfterUndo: session.status,
      newAddress: newAddress.status,
      oldAddress: oldAddress.status,
    };
  },
  breaks: mailBreaks.undo,
});
