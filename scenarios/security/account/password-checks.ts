import {
  type CheckContext,
  defineCheck,
  empty,
  equals,
  ProductFailure,
} from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { postAuth } from '../../authentication/requests.ts';
import { summary } from '../../kit/response.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { defaultWorkspace, inviteNew } from '../administration/tenant-members.ts';
import { furtherSecurity } from '../check-fields.ts';

/** From lists of the most frequent passwords (ASVS 5.0 6.2.4), and seven characters (6.2.1). */
const weak = [
  'short7!',
  '123456789',
  'password1',
  'iloveyou1',
  'qwerty123',
  'sunshine',
  'football',
  '11111111',
];
/** From all ranks of the first 3,000 of public lists, with at least eight characters (ASVS 5.0 6.2.4). */
const common = `
  password 12345678 baseball football superman trustno1 jennifer iloveyou starwars computer michelle princess corvette
  1234567890 987654321 88888888 samantha mercedes whatever victoria einstein maverick godzilla dolphins scorpion mountain
  marlboro internet redskins december november elephant midnight patricia danielle veronica creative platinum steelers
  icecream blizzard spitfire predator napoleon carolina passw0rd liverpool charlie1 babygirl chocolate qwertyui asdfasdf
  qwerty12 1q2w3e4r q1w2e3r4 zaq12wsx 1qaz2wsx abcd1234 welcome1 password123 letmein1 monkey123 dragon12 shadow12
`
  .trim()
  .split(/\s+/);
/** Passwords of which a careless store keeps only a part, each with what must not open the account. */
const whole = [
  { password: `${'a long one '.repeat(9)}!`, cut: [64, 72], what: '100 characters' },
  { password: 'before\u0000after the zero', cut: [6], what: 'a NUL character' },
  { password: ' spaces around it ', cut: [17], what: 'spaces at its ends' },
  { password: 'пароль из многих слов', cut: [12], what: 'another script' },
] as const;

export const passwordsAreWhole = defineCheck({
  ...furtherSecurity,
  id: 'security.account.passwords-kept-whole',
  title: 'Passwords count whole, and weak ones nowhere',
  failureTitle: 'A part of a password opens the account, or a weak one is accepted',
  why: 'bcrypt cuts after 72 bytes and C strings end at NUL: a long password is then a short one. A rule that one route forgets is no rule (ASVS 5.0 6.2, 11.4).',
  needs: [registrationWorks],
  standards: ['ASVS 6.2.1', 'ASVS 6.2.4', 'ASVS 6.2.5', 'ASVS 6.2.8', 'ASVS 6.2.9', 'API2'],
  remediation: {
    text: 'Hash all of the password with argon2id. Registration, invitation, change and reset call assertStrongPassword with the same rules.',
    effort: 'hours',
  },
  expects: {
    wholeRejected: empty(),
    partsAccepted: empty(),
    weakAccepted: empty(),
    commonAccepted: empty(),
    changed: equals(204),
  },
  run: async (context) => {
    const { newAddress, unique } = context;
    const wholeRejected: string[] = [];
    const partsAccepted: string[] = [];
    for (const { password, cut, what } of whole) {
      const email = `${unique('whole')}@readiness.example`;
      const from = newAddress();
      const made = await postAuth(context, 'register', { email, password, name: 'Whole' }, { from });
      // A character that no keyboard types may be rejected, never ignored.
      if (made.status === 422 && what === 'a NUL character') continue;
      if (made.status !== 201) {
        wholeRejected.push(`${what}: ${summary(made)}`);
        continue;
      }
      const signIn = async (given: string) =>
        (await postAuth(context, 'login', { email, password: given }, { from })).status;
      const same = await signIn(password);
      if (same !== 200) wholeRejected.push(`${what}: ${same} at sign-in`);
      for (const length of cut) {
        const part = await signIn(password.slice(0, length));
        if (part !== 401) partsAccepted.push(`${what}: the first ${length}: ${part}`);
        const other = await signIn(`${password.slice(0, length)}${'x'.repeat(password.length - length)}`);
        if (other !== 401) partsAccepted.push(`${what}: another end after ${length}: ${other}`);
      }
    }
    const { weakAccepted, changed } = await tryWeak(context);
    return { wholeRejected, partsAccepted, weakAccepted, commonAccepted: await tryCommon(context), changed };
  },
  breaks: [
    {
      defect: 'Only the first 72 characters of a password count.',
      changes: [
        {
          kind: 'exchange',
          method: 'POST',
          path: /^\/api\/auth\/(?:register|login)$/,
          request: ({ body }) => {
            const { password = '', ...rest } = JSON.parse(body.toString()) as { password?: string };
            return { body: Buffer.from(JSON.stringify({ ...rest, password: password.slice(0, 72) })) };
          },
        },
      ],
      violates: ['partsAccepted'],
    },
    {
      defect: 'The change of a password accepts common ones.',
      changes: [
        {
          kind: 'exchange',
          method: 'POST',
          path: /^\/api\/auth\/change-password$/,
          response: ({ status }) => (status === 422 ? { status: 204, body: Buffer.alloc(0) } : {}),
        },
      ],
      violates: ['weakAccepted'],
    },
    {
      defect: 'The list of common passwords is not looked at.',
      changes: [
        {
          kind: 'source',
          file: 'platform/services/platform-services/accounts/password-rules.ts',
          find: 'if (common.has(lower) || (stem.length >= 6 && common.has(stem)))',
          replace: 'if (common.has(lower) && (stem.length >= 600 || common.has("no such password")))',
        },
      ],
      violates: ['commonAccepted'],
    },
  ],
});

/** Tries to register with each common password, without the gateway: it limits registrations per address. */
async function tryCommon({ http, newAddress, unique }: CheckContext): Promise<string[]> {
  const from = newAddress();
  const accepted: string[] = [];
  for (const password of common) {
    const { status } = await http.request('platform-services', '/auth/register', {
      method: 'POST',
      from,
      body: { email: `${unique('common')}@readiness.example`, password, name: 'Common' },
    });
    if (status !== 422) accepted.push(`${password}: ${status}`);
  }
  return accepted;
}

/** Tries weak passwords wherever a password is set. */
async function tryWeak(context: CheckContext) {
  const owner = await context.account();
  const send = sendAs(context, owner);
  const workspaceId = await defaultWorkspace(send);
  const { email, invitation } = await inviteNew(context, send, { workspaceId });
  if (invitation === '') throw new ProductFailure('An invitation has no token.');
  const weakAccepted: string[] = [];
  const change = (password: string) =>
    send('POST', '/api/auth/change-password', {
      current_password: owner.password,
      new_password: password,
    });
  await Promise.all(
    weak.map(async (password) => {
      for (const [door, response] of [
        [
          'registration',
          await postAuth(
            context,
            'register',
            { email: `${context.unique('weak')}@readiness.example`, password, name: 'Weak' },
            { from: context.newAddress() },
          ),
        ],
        [
          'invitation',
          await postAuth(
            context,
            'register',
            { email, password, name: 'Weak', invitation },
            { from: context.newAddress() },
          ),
        ],
        ['change', await change(password)],
      ] as const)
        if (response.status !== 422) weakAccepted.push(`${password} at ${door}: ${response.status}`);
    }),
  );
  const fresh = context.canary('password');
  const changed = await change(fresh);
  const me = await prepare(send, 'GET', '/api/auth/me');
  if (textAt(me, 'email') !== owner.email)
    throw new ProductFailure('The account has changed with its password.');
  return { weakAccepted: weakAccepted.sort(), changed: changed.status };
}
