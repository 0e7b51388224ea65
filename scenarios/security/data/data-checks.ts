import pg from 'pg';
import { atLeast, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { summary } from '../../kit/response.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { serviceDatabases } from '../../kit/service-databases.ts';
import { textAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { furtherSecurity } from '../check-fields.ts';
import { credentialBreaks, injectionBreaks, poolBreaks } from './data-breaks.ts';
import { injectionProbes, injections } from './injection-probes.ts';

const probes = injectionProbes();
/** A text that waits three seconds shows by its time that the database executed it. */
const waitMs = 2_800;

export const noInjection = defineCheck({
  ...furtherSecurity,
  id: 'security.data.text-is-never-executed',
  title: 'No parameter of a request reaches SQL as a statement',
  failureTitle: 'A parameter of a request changes a statement',
  why: 'One joined string is enough to read every table that the service may read. So every parameter of every route is tried (ASVS 1.2.4).',
  severity: 'blocker',
  standards: ['ASVS 1.2.4', 'ASVS 2.2.1', 'API8'],
  users: 1,
  needs: [registrationWorks, ...serviceDatabases.map(({ service }) => `services.${service}.available`)],
  services: ['gateway', 'mcp-server', ...serviceDatabases.map(({ service }) => service)],
  timeoutMs: 90_000,
  remediation: {
    text: 'Pass every value as a parameter of the statement ($1), and choose names of columns and directions from a fixed list.',
    effort: 'days',
  },
  expects: {
    serverErrors: empty(),
    executed: empty(),
    leaks: empty(),
    limited: empty(),
    controlAfter: equals(200),
    probes: atLeast(probes.length, 'parameters'),
  },
  breaks: injectionBreaks,
  run: async (context) => {
    const account = await context.account();
    const send = sendAs(context, account);
    const serverErrors: string[] = [];
    const executed: string[] = [];
    const leaks: string[] = [];
    const limited: string[] = [];
    const tried = new Set<string>();
    // Two texts for each parameter that takes any, so that all texts reach every service many times.
    const requests = probes.flatMap((probe, index) =>
      (probe.isValidated ? [0] : [0, 1]).map((offset) => {
        const text = injections[(2 * index + offset) % injections.length] as string;
        return { probe, text };
      }),
    );
    const one = async ({ probe, text }: (typeof requests)[number]) => {
      const response = await send('GET', probe.path(text));
      tried.add(probe.name);
      // A limit would keep the text from the service.
      if (response.status === 429) limited.push(probe.name);
      // A service without a model, or an object that is being made, is no failure of the parameter.
      if (response.status >= 500 && response.status !== 503)
        serverErrors.push(`${probe.name} with ${text}: ${summary(response)}`);
      if (text.includes('pg_sleep') && response.durationMs > waitMs)
        executed.push(`${probe.name} with ${text}: ${Math.round(response.durationMs)} ms`);
      if (/syntax error|SQLSTATE|pg_catalog|relation "|column "|\$argon2/i.test(response.text))
        leaks.push(`${probe.name} with ${text}: ${summary(response)}`);
    };
    for (let index = 0; index < requests.length; index += 8)
      await Promise.all(requests.slice(index, index + 8).map(one));
    const after = await send('GET', '/api/auth/me');
    return {
      serverErrors,
      executed,
      leaks,
      limited,
      controlAfter: textAt(after.json, 'id') === account.userId ? after.status : 0,
      probes: tried.size,
    };
  },
});

/** Requests of each of two tenants, in turn. */
const rounds = 100;

export const poolKeepsTenantsApart = defineCheck({
  ...furtherSecurity,
  id: 'security.data.connections-keep-tenants-apart',
  title: 'Shared connections never mix the rows of tenants',
  failureTitle: 'A connection shows rows of the tenant that used it before',
  why: 'Connections are shared. A setting that outlives its transaction, or survives an error, shows one customer the rows of the previous one (ASVS 8.4.1).',
  severity: 'blocker',
  standards: ['ASVS 8.4.1', 'API1'],
  users: 2,
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service', 'airtable-gateway'],
  timeoutMs: 60_000,
  remediation: {
    text: 'Set the tenant with set_config(…, true) within the transaction only, roll back after every error, and discard a connection whose rollback fails.',
    effort: 'days',
  },
  expects: { mixed: empty(), errorsProvoked: equals(rounds / 10), right: equals(2 * rounds) },
  breaks: poolBreaks,
  run: async (context) => {
    const people = await Promise.all([context.account(), context.account()]);
    const sends: Send[] = people.map((account) => sendAs(context, account));
    const workspaces = await Promise.all(
      sends.map(async (send) => textAt(await prepare(send, 'GET', '/api/workspaces'), 'workspaces', 0, 'id')),
    );
    const mixed: string[] = [];
    let right = 0;
    let errorsProvoked = 0;
    const check = async (index: number) => {
      const send = sends[index] as Send;
      const [own, other] = [people[index], people[1 - index]];
      const path = right % 3 === 0 ? '/api/workspaces' : '/api/users';
      const { status, text } = await send('GET', path);
      const expected = path === '/api/users' ? own?.userId : workspaces[index];
      const foreign = [other?.userId, other?.tenantId, workspaces[1 - index]].some(
        (id) => id && text.includes(id),
      );
      if (status === 200 && text.includes(expected ?? 'nobody') && !foreign) right += 1;
      else mixed.push(`${path}: ${status} ${text.slice(0, 200)}`);
    };
    for (const send of sends) await send('GET', '/api/users/me');
    for (let round = 0; round < rounds; round += 10) {
      // A transaction that fails after it has set its tenant: the name is taken, or the row does not exist.
      const failing = await sends[0]?.('PUT', '/api/users/me', { preferences: { text: '\u0000' } });
      if ((failing?.status ?? 0) >= 400) errorsProvoked += 1;
      await Promise.all(Array.from({ length: 20 }, (_, index) => check(index % 2)));
    }
    return { mixed: mixed.slice(0, 10), errorsProvoked, right };
  },
});

/** Passwords that installers, tutorials and images use. */
const defaults = ['', 'postgres', 'password', 'secret', 'admin', 'changeme', 'pyairtable', 'readiness'];

export const credentialsDiffer = defineCheck({
  ...furtherSecurity,
  id: 'security.data.credentials-differ-and-are-no-defaults',
  title: 'Every service has its own password, none a default',
  failureTitle: 'Services share a password, or a default one works',
  why: 'Roles confine a service only while others cannot sign in as it. A default password makes all other rules worthless (ASVS 13.2.3, 6.3.2).',
  severity: 'blocker',
  standards: ['ASVS 13.2.2', 'ASVS 13.2.3', 'ASVS 6.3.2', 'API8'],
  requires: ['postgres-service-roles', 'postgres-admin'],
  needs: ['infrastructure.roles.one-unprivileged-per-service'],
  services: [],
  remediation: {
    text: 'Generate one random password of at least 128 bits per role (npm run readiness -- secrets), and let pg_hba.conf require scram-sha-256 for every connection.',
    effort: 'hours',
  },
  expects: {
    shared: empty(),
    short: empty(),
    defaultsAccepted: empty(),
    otherRolesAccepted: empty(),
    plainHashes: empty(),
    roles: equals(serviceDatabases.length),
  },
  breaks: credentialBreaks,
  run: async (context) => {
    const { adminUrl = '', serviceUrls = {} } = context.stack.postgres ?? {};
    const known = serviceDatabases.flatMap(({ service, role }) => {
      const url = serviceUrls[service];
      return url === undefined ? [] : [{ role, password: decodeURIComponent(new URL(url).password), url }];
    });
    const counts = Map.groupBy(
      [...known.map(({ password }) => password), decodeURIComponent(new URL(adminUrl).password)],
      (one) => one,
    );
    const signsIn = async (url: string, role: string, password: string): Promise<boolean> => {
      const parts = new URL(url);
      parts.username = role;
      parts.password = encodeURIComponent(password);
      const client = new pg.Client({ connectionString: String(parts), connectionTimeoutMillis: 5_000 });
      try {
        await client.connect();
        return true;
      } catch {
        return false;
      } finally {
        await client.end().catch(() => undefined);
      }
    };
    const accepted = await Promise.all(
      known.flatMap(({ role, url }) =>
        [role, ...defaults].map(async (password) =>
          (await signsIn(url, role, password))
            ? [`${role} with ${password === '' ? 'no password' : password}`]
            : [],
        ),
      ),
    );
    const others = await Promise.all(
      known.map(async ({ role, url }, index) => {
        const next = known[(index + 1) % known.length];
        return next && (await signsIn(url, next.role, decodeURIComponent(new URL(url).password)))
          ? [`${next.role} with the password of ${role}`]
          : [];
      }),
    );
    const { rows } = await context
      .databaseAdmin()
      .query<{ role: string }>(
        `select rolname as role from pg_authid where rolcanlogin and rolname = any($1) and rolpassword not like 'SCRAM-SHA-256$%'`,
        [serviceDatabases.map(({ role }) => role)],
      );
    return {
      shared: [...counts]
        .filter(([, users]) => users.length > 1)
        .map(([, users]) => `${users.length} roles have the same`),
      short: known.filter(({ password }) => password.length < 20).map(({ role }) => role),
      defaultsAccepted: accepted.flat(),
      otherRolesAccepted: others.flat(),
      plainHashes: rows.map(({ role }) => role),
      roles: known.length,
    };
  },
});
