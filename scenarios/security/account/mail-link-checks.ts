import {
  type Account,
  type CheckContext,
  defineCheck,
  empty,
  equals,
} from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { login } from '../../authentication/requests.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { addMember, defaultWorkspace, inviteNew, registerInvited } from '../administration/tenant-members.ts';
import { furtherSecurity } from '../check-fields.ts';
import { expiryBreaks, linkBreaks } from './mail-link-breaks.ts';
import { mailedToken, type Purpose, purposes, tokenIn, useToken } from './mail-links.ts';

const linkCheck = {
  ...furtherSecurity,
  services: ['gateway', 'platform-services'],
  needs: [registrationWorks],
  timeoutMs: 60_000,
} as const;

const all = Object.keys(purposes) as Purpose[];

/** Makes mails with a token of each purpose. The change of the address is confirmed for the last one. */
async function tokensOf(context: CheckContext, user: Account) {
  const send = sendAs(context, user);
  const { email, password } = user;
  const moved = `${context.unique('moved')}@readiness.example`;
  await prepare(send, 'POST', '/api/auth/change-email', { current_password: password, new_email: moved });
  const change = await mailedToken(context, 'confirm-email-change', moved);
  const verify = await mailedToken(context, 'verify-email', email);
  return { change, verify, moved };
}

function forgot({ http, newAddress }: CheckContext, email: string, headers: Record<string, string> = {}) {
  return http.request('gateway', '/api/auth/forgot-password', {
    method: 'POST',
    from: newAddress(),
    body: { email },
    headers,
  });
}

/** Headers by which a client could choose the host of the link. */
const poisoned: readonly Readonly<Record<string, string>>[] = [
  { host: 'evil.example' },
  { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', 'x-forwarded-port': '81' },
  { forwarded: 'host=evil.example;proto=http', 'x-host': 'evil.example', origin: 'http://evil.example' },
];

export const linksAreBound = defineCheck({
  ...linkCheck,
  id: 'security.account.links-are-bound',
  title: 'A mailed link serves one purpose and one user, once',
  failureTitle: 'The link of a mail works for something else or twice',
  why: 'Links are copied, forwarded and scanned. One that confirms an address must not set a password, and none may lead to the site of an attacker (ASVS 5.0 6.4.1, 6.5.1).',
  requires: ['mail'],
  standards: ['ASVS 6.4.1', 'ASVS 6.5.1', 'API2'],
  remediation: {
    text: 'Store purpose and user with the digest of the token, and mark it as used in the transaction of its change. Links begin with PUBLIC_URL, never with a host of the request.',
    effort: 'days',
  },
  expects: {
    otherPurposes: empty(),
    otherUser: equals(422),
    othersPassword: equals(200),
    ownPurposes: empty(),
    usedAtOnce: equals([204, 404]),
    again: empty(),
    earlierReset: equals(404),
    inResponses: empty(),
    foreignLinks: empty(),
  },
  run: async (context) => {
    const [user, other] = [await context.account(), await context.account()];
    const first = await forgot(context, user.email);
    const early = await mailedToken(context, 'reset-password', user.email);
    const asked: string[] = [first.text];
    const links: string[] = [];
    for (const headers of poisoned) {
      // Three mails an hour are the limit of an account.
      const to = headers === poisoned[0] ? user.email : other.email;
      asked.push((await forgot(context, to, headers)).text);
    }
    const last = await context.mailbox.waitFor({
      to: user.email,
      subject: purposes['reset-password'],
      after: 1,
    });
    const ofOther = await context.mailbox.waitFor({
      to: other.email,
      subject: purposes['reset-password'],
      after: 1,
    });
    const genuine = await context.mailbox.waitFor({ to: user.email, subject: purposes['verify-email'] });
    const { origin } = new URL(genuine.links[0] ?? 'http://none.invalid');
    const reset = tokenIn(last.links);
    for (const { links: found } of [last, ofOther, ...(await context.mailbox.to(other.email))])
      links.push(...found);

    const { change, verify } = await tokensOf(context, user);
    const tokens = new Map<Purpose, string>([
      ['verify-email', verify],
      ['reset-password', reset],
      ['confirm-email-change', change],
    ]);
    const otherPurposes: string[] = [];
    for (const [purpose, token] of tokens)
      for (const wrong of all.filter((one) => one !== purpose)) {
        const { status } = await useToken(context, wrong, token);
        if (status !== 404) otherPurposes.push(`${purpose} at ${wrong}: ${status}`);
      }
    const named = { email: other.email, user_id: other.userId };
    const otherUser = await useToken(context, 'reset-password', reset, named);

    // Each still works where it belongs, so the rejections above were for the purpose.
    const ownPurposes: string[] = [];
    const again: string[] = [];
    const verified = await useToken(context, 'verify-email', verify);
    if (verified.status !== 204) ownPurposes.push(`verify-email: ${verified.status}`);
    const both = await Promise.all([
      useToken(context, 'reset-password', reset),
      useToken(context, 'reset-password', reset),
    ]);
    const earlierReset = await useToken(context, 'reset-password', early);
    // A reset makes a pending change of the address invalid, so this one needs a new link.
    const { undo, statuses } = await changeAddress(context, other);
    ownPurposes.push(...statuses);
    for (const [purpose, token] of [...tokens, ['undo-email-change', undo]] as const) {
      const { status } = await useToken(context, purpose as Purpose, token);
      if (status !== 404) again.push(`${purpose}: ${status}`);
    }
    return {
      otherPurposes,
      otherUser: otherUser.status,
      othersPassword: (await login(context, other)).status,
      ownPurposes,
      usedAtOnce: both.map(({ status }) => status).sort(),
      again,
      earlierReset: earlierReset.status,
      inResponses: [...tokens]
        .filter(([, token]) => asked.some((text) => text.includes(token)))
        .map(([name]) => name),
      foreignLinks: links.filter((link) => !link.startsWith(`${origin}/`)),
    };
  },
  breaks: linkBreaks,
});

/** Changes the address of a user and undoes it, with the links of the mails. */
async function changeAddress(context: CheckContext, user: Account) {
  const send = sendAs(context, user);
  const moved = `${context.unique('moved')}@readiness.example`;
  const body = { current_password: user.password, new_email: moved };
  await prepare(send, 'POST', '/api/auth/change-email', body);
  const change = await mailedToken(context, 'confirm-email-change', moved);
  const confirmed = await useToken(context, 'confirm-email-change', change);
  const undo = await mailedToken(context, 'undo-email-change', user.email);
  const undone = await useToken(context, 'undo-email-change', undo);
  const statuses = [
    ['confirm-email-change', confirmed.status],
    ['undo-email-change', undone.status],
  ] as const;
  return {
    undo,
    statuses: statuses.filter(([, status]) => status !== 204).map(([name, status]) => `${name}: ${status}`),
  };
}

/** Documented maximum lifetimes of links, hours. */
const lifetimes: Readonly<Record<string, number>> = {
  verify_email: 24,
  reset_password: 0.5,
  change_email: 24,
  undo_email_change: 7 * 24,
  invitation: 7 * 24,
};

export const linksExpire = defineCheck({
  ...linkCheck,
  id: 'security.account.links-expire',
  title: 'Links of mails and invitations stop working in time',
  failureTitle: 'The link of a mail or an invitation works after its expiry',
  why: 'Mailboxes keep mails for years. An old link must not open an account when somebody gets into the mailbox (ASVS 5.0 6.4.1, 6.5.1).',
  requires: ['mail', 'postgres-admin'],
  standards: ['ASVS 6.4.1', 'ASVS 6.5.1', 'API2'],
  remediation: {
    text: 'Compare expires_at in the statement that uses a token or an invitation; a line names the link that worked after it.',
    effort: 'hours',
  },
  expects: { worksAfterExpiry: empty(), tooLong: empty(), tokens: equals(6), passwordKept: equals(200) },
  run: async (context) => {
    const user = await context.account();
    const send = sendAs(context, user);
    await forgot(context, user.email);
    const reset = await mailedToken(context, 'reset-password', user.email);
    const { change, verify, moved } = await tokensOf(context, user);
    const { undo, second } = await undoTokenOf(context);
    const workspaceId = await defaultWorkspace(send);
    const invited = await inviteNew(context, send, { workspaceId });
    // A colleague, who would join another workspace.
    const member = await addMember(context, send, { workspaceId });
    const anotherSpace = await prepare(send, 'POST', '/api/workspaces', { name: context.unique('space') });
    const forColleague = textAt(
      await prepare(send, 'POST', `/api/workspaces/${textAt(anotherSpace, 'id')}/invitations`, {
        email: member.email,
      }),
      'token',
    );

    // What the clock would do.
    const client = await context.databaseAdmin().connect();
    const tooLong: string[] = [];
    let tokens = 0;
    try {
      for (const { tenantId, userId } of [user, second]) {
        await client.query('begin');
        await client.query("select set_config('app.tenant_id', $1, true)", [tenantId]);
        const { rows } = await client.query<{ purpose: string; hours: number }>(
          `select purpose, extract(epoch from expires_at - created_at)::float8 / 3600 as hours
           from identity.account_tokens where user_id = $1 and used_at is null
           union all
           select 'invitation', extract(epoch from expires_at - created_at)::float8 / 3600
           from identity.invitations where accepted_at is null and tenant_id = $2`,
          [userId, tenantId],
        );
        for (const { purpose, hours } of rows)
          if (!(hours <= (lifetimes[purpose] ?? 0))) tooLong.push(`${purpose}: ${hours.toFixed(1)} h`);
        tokens += rows.filter(
          ({ purpose }) => userId === user.userId || purpose === 'undo_email_change',
        ).length;
        await client.query(
          `update identity.account_tokens set expires_at = now() - interval '1 second' where user_id = $1`,
          [userId],
        );
        await client.query(
          `update identity.invitations set expires_at = now() - interval '1 second'
           where accepted_at is null and tenant_id = $1`,
          [tenantId],
        );
        await client.query('commit');
      }
    } finally {
      client.release();
    }
    const worksAfterExpiry: string[] = [];
    const expect404 = (what: string, status: number) => {
      if (status !== 404) worksAfterExpiry.push(`${what}: ${status}`);
    };
    for (const [purpose, token] of [
      ['verify-email', verify],
      ['reset-password', reset],
      ['confirm-email-change', change],
      ['undo-email-change', undo],
    ] as const)
      expect404(purpose, (await useToken(context, purpose, token)).status);
    const preview = { method: 'POST', from: context.newAddress(), body: { token: invited.invitation } };
    const shown = await context.http.request('gateway', '/api/auth/invitations/preview', preview);
    expect404('preview of an invitation', shown.status);
    expect404('registration with an invitation', (await registerInvited(context, invited)).status);
    const joined = await member.send('POST', '/api/auth/invitations/accept', { token: forColleague });
    expect404('invitation of a colleague', joined.status);
    const me = await send('GET', '/api/auth/me');
    if (textAt(me.json, 'email') === moved) worksAfterExpiry.push('the address has changed');
    return {
      worksAfterExpiry,
      tooLong,
      tokens,
      passwordKept: (await login(context, user)).status,
    };
  },
  breaks: expiryBreaks,
});

/** The token that undoes a change of the address of another user. */
async function undoTokenOf(context: CheckContext) {
  const second = await context.account();
  const send = sendAs(context, second);
  const moved = `${context.unique('moved')}@readiness.example`;
  const body = { current_password: second.password, new_email: moved };
  await prepare(send, 'POST', '/api/auth/change-email', body);
  await useToken(context, 'confirm-email-change', await mailedToken(context, 'confirm-email-change', moved));
  return { second, undo: await mailedToken(context, 'undo-email-change', second.email) };
}
