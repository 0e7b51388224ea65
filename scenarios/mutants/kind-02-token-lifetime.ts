// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code of the platform
import { type Mutant, replacing } from './mutant.ts';

const claims = 'security.tokens.claims-are-enforced';
const lifetimes = 'security.tokens.lifetimes-within-policy';
const timeouts = 'security.sessions.timeouts-apply';
const links = 'security.account.links-expire';
const ended = 'security.sessions.end-at-every-service';
const keys = 'security.tokens.api-keys-expire';

const verifier = 'kit/auth/token-verifier.ts';
const accounts = 'services/platform-services';
const config = `${accounts}/config.ts`;
const sessions = `${accounts}/sessions/sessions.ts`;

export const tokenLifetimeMutants: readonly Mutant[] = [
  {
    id: 'token-lifetime.expiry-never-checked',
    kind: 2,
    defect: 'No service compares the expiry of access tokens.',
    changes: [
      replacing(verifier, 'currentDate: new Date(now())', 'currentDate: new Date(0)'),
      replacing(verifier, 'if (known.claims.exp * 1000 <= now()) {', 'if (known.claims.exp < 0) {'),
    ],
    caughtBy: [claims],
  },
  {
    id: 'token-lifetime.access-tokens-live-an-hour',
    kind: 2,
    defect: 'Access tokens live an hour.',
    changes: [
      replacing(
        config,
        'ACCESS_TOKEN_SECONDS: variables.positiveInt.max(3600).default(900)',
        'ACCESS_TOKEN_SECONDS: variables.positiveInt.max(3600).default(3600)',
      ),
    ],
    caughtBy: [lifetimes],
  },
  {
    id: 'token-lifetime.leeway-of-an-hour',
    kind: 2,
    defect: 'Services accept access tokens for an hour after their expiry.',
    changes: [replacing(verifier, "    typ: 'at+jwt',\n", "    typ: 'at+jwt',\n    clockTolerance: 3600,\n")],
    caughtBy: [claims],
  },
  {
    id: 'token-lifetime.cache-outlives-tokens',
    kind: 2,
    defect: 'A token that was verified once works after its expiry.',
    changes: [
      replacing(
        verifier,
        'if (known.claims.exp * 1000 <= now()) {',
        'if ((known.claims.exp + 86_400) * 1000 <= now()) {',
      ),
    ],
    caughtBy: [claims],
  },
  {
    id: 'token-lifetime.signed-for-a-day',
    kind: 2,
    defect: 'The token of a session carries another expiry than the response announces.',
    changes: [
      replacing(
        `${accounts}/sessions/tokens.ts`,
        'session_id: sessionId, iat, exp: iat + seconds }',
        'session_id: sessionId, iat, exp: iat + 86_400 }',
      ),
    ],
    caughtBy: [lifetimes],
  },
  {
    id: 'token-lifetime.refresh-never-expires',
    kind: 2,
    defect: 'The expiry of refresh tokens is not compared.',
    changes: [
      replacing(sessions, 'where t.token_hash = $1 and t.expires_at > now()\n', 'where t.token_hash = $1\n'),
    ],
    caughtBy: [timeouts],
  },
  {
    id: 'token-lifetime.sessions-never-end',
    kind: 2,
    defect: 'A session continues after its maximum age.',
    changes: [
      replacing(
        sessions,
        'and s.id = t.session_id and s.revoked_at is null and s.expires_at > now()',
        'and s.id = t.session_id and s.revoked_at is null',
      ),
    ],
    caughtBy: [timeouts],
  },
  {
    id: 'token-lifetime.sessions-live-a-year',
    kind: 2,
    defect: 'Sessions live a year.',
    changes: [
      replacing(
        config,
        'SESSION_DAYS: variables.positiveInt.max(365).default(30)',
        'SESSION_DAYS: variables.positiveInt.max(365).default(365)',
      ),
    ],
    caughtBy: [lifetimes],
  },
  {
    id: 'token-lifetime.idle-for-three-months',
    kind: 2,
    defect: 'A session stays open for three months without use.',
    changes: [
      replacing(
        config,
        'REFRESH_TOKEN_DAYS: variables.positiveInt.max(90).default(7)',
        'REFRESH_TOKEN_DAYS: variables.positiveInt.max(90).default(90)',
      ),
    ],
    caughtBy: [timeouts],
  },
  {
    id: 'token-lifetime.key-expiry-ignored',
    kind: 2,
    defect: 'An API key works after its expiry.',
    changes: [
      replacing(
        `${accounts}/personal-tokens/exchange-personal-token.ts`,
        "if (seconds_left !== null && seconds_left < 1) throw problem('token_expired');",
        '',
      ),
      replacing(
        `${accounts}/personal-tokens/exchange-personal-token.ts`,
        'maxSeconds: seconds_left ?? Number.POSITIVE_INFINITY',
        'maxSeconds: Number.POSITIVE_INFINITY',
      ),
    ],
    caughtBy: [keys],
  },
  {
    id: 'token-lifetime.key-expiry-not-stored',
    kind: 2,
    defect: 'The expiry of an API key is not stored.',
    changes: [
      replacing(
        `${accounts}/personal-tokens/personal-tokens.ts`,
        'fresh.hash, randomUUID(), name, scopes, resources, expiresAt]',
        'fresh.hash, randomUUID(), name, scopes, resources, null]',
      ),
    ],
    caughtBy: [keys],
  },
  {
    id: 'token-lifetime.socket-outlives-token',
    kind: 2,
    defect: 'A WebSocket stays open after its token has expired.',
    changes: [
      replacing(
        'services/gateway/sockets/socket-connection.ts',
        'if (isDue || claims.exp * 1000 <= Date.now()) void this.#verifyAgain();',
        '',
      ),
    ],
    caughtBy: [keys],
  },
  {
    id: 'token-lifetime.ticket-lives-a-day',
    kind: 2,
    defect: 'A ticket for a WebSocket works for a day.',
    changes: [
      replacing('services/gateway/sockets/tickets.ts', "'EX', ticketSeconds)", "'EX', ticketSeconds * 2880)"),
    ],
    caughtBy: ['api.websocket.tickets-expire'],
  },
  {
    id: 'token-lifetime.reset-link-lives-a-week',
    kind: 2,
    defect: 'The link that sets a new password works for a week.',
    changes: [
      replacing(
        `${accounts}/recovery/reset-password.ts`,
        'seconds: resetSeconds,',
        'seconds: 7 * 24 * 3600,',
      ),
    ],
    caughtBy: [links],
  },
  {
    id: 'token-lifetime.links-never-expire',
    kind: 2,
    defect: 'The expiry of the links of mails is not compared.',
    changes: [
      replacing(
        `${accounts}/recovery/account-tokens.ts`,
        'and purpose = $2 and used_at is null and expires_at > now() returning email',
        'and purpose = $2 and used_at is null returning email',
      ),
      replacing(
        `${accounts}/recovery/account-tokens.ts`,
        't.used_at is null and t.expires_at > now() and u.is_active',
        't.used_at is null and u.is_active',
      ),
    ],
    caughtBy: [links],
  },
  {
    id: 'token-lifetime.expired-invitation-accepted',
    kind: 2,
    defect: 'A colleague joins a workspace with an expired invitation.',
    changes: [
      replacing(
        `${accounts}/invitations/accept-invitation.ts`,
        'and accepted_at is null and expires_at > now() returning id, workspace_id, role',
        'and accepted_at is null returning id, workspace_id, role',
      ),
    ],
    caughtBy: [links],
  },
  {
    id: 'token-lifetime.sign-out-ends-nothing',
    kind: 2,
    defect: 'Access tokens work on after a sign-out.',
    changes: [
      replacing(
        sessions,
        "if (ended || reason === 'logout') await announceEnd(who, sessionId, reason);",
        "if (ended && reason !== 'logout') await announceEnd(who, sessionId, reason);",
      ),
    ],
    caughtBy: [ended],
  },
  {
    id: 'token-lifetime.sign-out-keeps-refresh-token',
    kind: 2,
    defect: 'A refresh token works after the sign-out of its session.',
    changes: [
      replacing(
        sessions,
        'and s.id = t.session_id and s.revoked_at is null and s.expires_at > now()',
        'and s.id = t.session_id and s.expires_at > now()',
      ),
    ],
    caughtBy: ['authentication.change-password.replaces-password'],
    alongside: [ended],
  },
  {
    id: 'token-lifetime.revocation-forgotten',
    kind: 2,
    defect: 'Services forget after some seconds that a session has ended, long before its tokens expire.',
    changes: [
      replacing(
        sessions,
        'publishRevocations(redis, sessionIds, Math.ceil(Date.now() / 1000) + tokenSeconds)',
        'publishRevocations(redis, sessionIds, Math.ceil(Date.now() / 1000) + Math.min(3, tokenSeconds))',
      ),
    ],
    caughtBy: [ended],
  },
  {
    id: 'token-lifetime.site-forgets-to-sign-out',
    kind: 2,
    defect: 'Signing out on the site clears the cookies, and the session works on.',
    changes: [
      replacing(
        'services/frontend/session/sessions.ts',
        'await use(request, reply, (token) => identity.api.logout({}, identity.callFor(request, token)));',
        'await use(request, reply, async (token) => identity.callFor(request, token));',
      ),
    ],
    caughtBy: [ended],
  },
  {
    id: 'token-lifetime.cookies-survive-sign-out',
    kind: 2,
    defect: 'The cookies of a session stay in the browser after signing out.',
    changes: [
      replacing(
        'services/frontend/session/sessions.ts',
        '      }\n      clear(reply);\n    },\n  };',
        '      }\n    },\n  };',
      ),
    ],
    caughtBy: [ended],
  },
  {
    id: 'token-lifetime.cookie-lives-a-year',
    kind: 2,
    defect: 'The cookie with the refresh token stays for a year.',
    changes: [
      replacing(
        'services/frontend/session/sessions.ts',
        'const refreshMaxAgeS = 30 * 24 * 3600;',
        'const refreshMaxAgeS = 365 * 24 * 3600;',
      ),
    ],
    caughtBy: [lifetimes],
  },
  {
    id: 'token-lifetime.retired-keys-verify',
    kind: 2,
    defect: 'Tokens of a retired signing key are accepted for ever.',
    changes: [
      replacing(
        `${accounts}/sessions/signing-keys.ts`,
        'where published_until is null or published_until > now()',
        'where published_until is null or published_until > now() or true',
      ),
    ],
    caughtBy: [claims],
  },
  {
    id: 'token-lifetime.exports-never-expire',
    kind: 2,
    defect: 'The archive of an account can be downloaded after its expiry.',
    changes: [
      replacing(
        `${accounts}/exports/download-export.ts`,
        "if (found?.status !== 'ready' || !found.valid) throw problem('not_found');",
        "if (found?.status !== 'ready') throw problem('not_found');",
      ),
    ],
    caughtBy: ['security.account.export-has-every-row'],
  },
];
