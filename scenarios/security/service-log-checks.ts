import { atLeast, type CheckContext, defineCheck, empty } from '../../harness/engine/index.ts';
import { serviceNames } from '../../platform/contracts/service.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { login, postAuth, refresh } from '../authentication/requests.ts';
import { pollUntil } from '../kit/poll-until.ts';
import { sendAs } from '../kit/send-as.ts';
import { textAt } from '../kit/shape.ts';
import { furtherSecurity } from './check-fields.ts';
import { logBreaks, responseBreaks } from './service-log-breaks.ts';
import { openDoors } from './tokens/doors.ts';

export const serviceLogs = defineCheck({
  ...furtherSecurity,
  id: 'security.service-logs',
  title: 'Logs contain no passwords, tokens or keys',
  failureTitle: 'A log contains a password, token or key',
  standards: ['ASVS 14.2.1', 'ASVS 16.2.5', 'API8'],
  why: 'Many people and programs read logs, and logs are kept for long. A secret in a log is a secret lost (ASVS 5.0 16.2.5).',
  needs: [registrationWorks],
  requires: ['unredacted-logs'],
  services: serviceNames,
  // Exclusive checks run last, so this one sees what the services logged during all others.
  isolation: 'exclusive',
  remediation: {
    text: 'Each observation names the log, the number of the line and the kind of secret; the stored log has [redacted] in its place. Log names and ids of a request, never its body, headers or query.',
    effort: 'hours',
  },
  expects: { secretsInLogs: empty(), lines: atLeast(serviceNames.length, 'lines') },
  run: async (context) => {
    await sendCanaries(context);
    const lines = () =>
      context.watchedLogs(serviceNames).reduce((total, { lines: ofOne }) => total + ofOne, 0);
    // Lines arrive shortly after the responses. Two equal counts in sequence show that no more come.
    let before = -1;
    await pollUntil(
      async () => {
        const previous = before;
        before = lines();
        return previous === before;
      },
      (settled) => settled,
      context,
    );
    const logs = context.watchedLogs(serviceNames);
    await context.keep(
      'watched-logs.json',
      logs.map(({ service, lines: count, secrets }) => ({
        service,
        lines: count,
        found: secrets.map((secret) => ({ ...secret })),
      })),
    );
    const found = logs.flatMap(({ service, secrets }) =>
      secrets.map(({ line, kind }) => `${service}.log line ${line}: ${kind}`),
    );
    return { secretsInLogs: [...new Set(found)], lines: lines() };
  },
  breaks: logBreaks,
});

/** At least this number of responses, so that an empty list of findings says something. */
const minResponses = 3;

export const responseSecrets = defineCheck({
  ...furtherSecurity,
  id: 'security.response-secrets',
  title: 'No response of the run contains a secret of another',
  failureTitle: 'A response contains a password, a hash, a key or another user’s token',
  why: 'A contract that declares a field also declares its leak. What nobody may read is looked for in every response that any check got (ASVS 5.0 14.2.6, 15.3.1; API3).',
  severity: 'blocker',
  needs: [registrationWorks],
  services: serviceNames,
  // Exclusive checks run last, so this one looks back at all others.
  isolation: 'exclusive',
  standards: ['ASVS 14.2.6', 'ASVS 15.3.1', 'API3'],
  remediation: {
    text: 'Each line names the route, the kind of secret and the check that got the response. Return declared fields of a public type, never a row; an error echoes no input under the name of a secret.',
    effort: 'hours',
  },
  expects: { secretsInResponses: empty(), responses: atLeast(minResponses, 'responses') },
  run: async (context) => {
    // Also in a run of this check alone there are responses of the kinds that matter.
    const user = await context.account();
    await login(context, user);
    await login(context, { ...user, password: context.canary('password') });
    await context.http.request('gateway', '/api/auth/me', { token: user.accessToken, from: user.address });
    const { responses, found } = context.searchedResponses();
    const lines = found.map(({ route, kind, check }) => `${kind}: ${route} (${check})`);
    return { secretsInResponses: [...new Set(lines)].slice(0, 50), responses };
  },
  breaks: responseBreaks,
});

/** Sends secrets to every service where careless code logs them: in tokens, failed requests, URLs, headers and bodies. */
async function sendCanaries(context: CheckContext): Promise<void> {
  const { canary, http, newAddress } = context;
  const user = await context.account();
  await login(context, { ...user, password: canary('password') });
  await refresh(context, user.refreshToken, user.address);
  await postAuth(
    context,
    'register',
    { email: user.email, password: canary('password') },
    { from: newAddress() },
  );
  await http.request('gateway', '/api/auth/login', {
    method: 'POST',
    from: newAddress(),
    headers: { 'content-type': 'application/json' },
    body: `{"email":"${user.email}","password":"${canary('password')}"`,
  });
  // Invalid tokens are rejected early. Only genuine ones reach the code that uses them.
  const key = await sendAs(context, user)('POST', '/api/auth/tokens', {
    name: context.unique('logged'),
    scopes: ['files:read'],
  });
  const genuine = [user.accessToken, textAt(key.json, 'token')].filter((token) => token !== '');
  for (const token of genuine) await openDoors(context, { token, from: user.address });
  for (const service of serviceNames) {
    const query = new URLSearchParams({
      access_token: canary('token'),
      api_key: canary('API key'),
      source: canary('password in a URL'),
    });
    const basic = Buffer.from(`reader:${canary('password')}`).toString('base64');
    const headers = { 'x-api-key': canary('API key'), cookie: `session=${canary('token')}` };
    await http.request(service, `/health?${query}`, { token: canary('personal access token'), headers });
    await http.request(service, `/no-such-place?${query}`, {
      method: 'POST',
      headers: { ...headers, authorization: `Basic ${basic}` },
      body: { password: canary('password'), database: canary('password in a URL'), key: canary('API key') },
    });
  }
}
