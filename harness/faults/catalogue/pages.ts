import type { Fault } from '../fault.ts';
import { source, variablesOf } from './parts.ts';

const green = ['services.user-service.ready', 'services.gateway.ready'];

/** Faults of the web interface. */
export const pageFaults: readonly Fault[] = [
  {
    id: 'frontend.down',
    title: 'Nothing listens at the port of the frontend',
    layer: 'pages',
    blockers: ['P6'],
    recorded: 'Port 3000: connection refused; no frontend service running',
    cause: 'The frontend is not part of the deployment, or has ended.',
    fix: 'Deploy and start it.',
    defaultService: 'frontend',
    symptom: /ECONNREFUSED|ended by SIGKILL/,
    in: (service) => ({
      changes: [{ kind: 'signal', node: service, signal: 'SIGKILL' }],
      bite: { kind: 'request', service, path: '/auth/login', shows: /^no response: ECONNREFUSED/ },
      red: ['frontend.ready', 'infrastructure.processes.none-ended-during-the-run'],
      green,
    }),
  },
  {
    id: 'frontend.error-page',
    title: 'The sign-in page is an error page',
    layer: 'pages',
    blockers: ['P6'],
    recorded: 'The UI returns HTTP 500: __next_error__ on /login and /',
    cause: 'Rendering reads a property of something that is not there.',
    fix: 'Read the exception in the log of the frontend, and test the page without that value.',
    defaultService: 'frontend',
    symptom: /500|undefined/,
    in: (service) => ({
      changes: [
        source(
          'services/frontend/handlers/page-handlers.ts',
          'else sendPage(reply, 200, signInPage({ visitor: site.visitor(raw, reply), callback }));',
          "else throw new TypeError('Cannot read properties of undefined (reading “user”)');",
        ),
      ],
      bite: { kind: 'request', service, path: '/auth/login', shows: /^500 / },
      red: ['frontend.pages-render'],
      green,
    }),
  },
  {
    id: 'frontend.no-redirect',
    title: 'After signing in, the visitor stays on the page',
    layer: 'pages',
    blockers: ['P6', 'B15'],
    recorded: 'The login form stays on the page, no redirect',
    cause: 'The form is answered without a redirect.',
    fix: 'Redirect with 303 after every form that succeeded.',
    defaultService: 'frontend',
    symptom: /sign|dashboard|register/i,
    in: () => ({
      changes: [
        source(
          'services/frontend/handlers/form-handlers.ts',
          '    reply.redirect(safeCallback(form.callbackUrl), 303);\n',
          "    reply.code(204).header('x-answer', safeCallback(form.callbackUrl)).send();\n",
        ),
      ],
      bite: { kind: 'program', service: 'frontend', contains: 'x-answer' },
      red: ['frontend.register-creates-account', 'frontend.sign-in-leads-to-dashboard'],
      green,
    }),
  },
  {
    id: 'frontend.cors-of-another-port',
    title: 'The gateway allows the pages of another port',
    layer: 'pages',
    blockers: ['B15'],
    recorded: 'Preflight fails: origin 5173 allowed, the frontend is elsewhere',
    cause: 'CORS_ORIGINS has the address of a developer’s machine.',
    fix: 'Set CORS_ORIGINS to the origin of the frontend.',
    defaultService: 'gateway',
    symptom: /5173|origin/i,
    in: () => ({
      changes: [variablesOf('gateway', { CORS_ORIGINS: 'http://127.0.0.1:5173' })],
      bite: {
        kind: 'request',
        method: 'OPTIONS',
        path: '/api/auth/login',
        headers: { origin: 'http://127.0.0.1:5173', 'access-control-request-method': 'POST' },
        shows: /access-control-allow-origin: http:\/\/127\.0\.0\.1:5173/,
      },
      red: ['api.requests.cors-for-the-frontend-only'],
      green,
    }),
  },
  {
    id: 'gateway.cors-for-everybody',
    title: 'The gateway lets the pages of every site read its responses',
    layer: 'security',
    blockers: [],
    recorded: 'A page of another site reads the data of signed-in users',
    cause: 'The origin of the request is allowed as it is.',
    fix: 'Allow the origins that are configured, and no other.',
    defaultService: 'gateway',
    symptom: /origin/i,
    in: () => ({
      changes: [
        source(
          'services/gateway/routing/cors.ts',
          '(readable.get(origin) ?? vary)),',
          "(readable.get(origin) ?? [...vary, 'access-control-allow-origin', origin, ...exposed])),",
        ),
      ],
      bite: {
        kind: 'request',
        path: '/health',
        headers: { origin: 'https://foreign.example' },
        shows: /access-control-allow-origin: https:\/\/foreign\.example/,
      },
      red: ['security.headers.foreign-origins-rejected'],
      green,
    }),
  },
];
