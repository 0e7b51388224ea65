import { equals } from '../../harness/engine/index.ts';
import type { ServiceName } from '../../platform/contracts/service.ts';
import { loginWorks, registrationWorks } from '../authentication/check-fields.ts';
import { allDone } from '../kit/journey.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { defineBrowserCheck } from './browser-check.ts';
import { frontendCheck, pagesRender, withUsers } from './check-fields.ts';
import { userBreaks } from './user-breaks.ts';

interface UserFlow {
  id: keyof typeof userBreaks;
  title: string;
  failureTitle: string;
  /** Its line in “What users CANNOT do today” of the assessment. */
  line: string;
  /** Whether the pages offer it. The others are possible with the API alone. */
  through: 'pages' | 'api';
  steps: readonly string[];
  services: readonly ServiceName[];
}

const flows: readonly UserFlow[] = [
  {
    id: 'register',
    title: 'Users can create an account and use it at once',
    failureTitle: 'A new user cannot register or has nothing to start with',
    line: 'Cannot register for accounts',
    through: 'pages',
    steps: ['opensForm', 'registers', 'seesWorkspace'],
    services: [],
  },
  {
    id: 'sign-in',
    title: 'Users can sign in and return to the page they wanted',
    failureTitle: 'A user cannot sign in, or does not return to their page',
    line: 'Cannot login',
    through: 'pages',
    steps: ['isSentToSignIn', 'returnsToPage'],
    services: [],
  },
  {
    id: 'open-pages',
    title: 'Users can reach every part of the web interface',
    failureTitle: 'A part of the web interface cannot be reached',
    line: 'Cannot access web interface',
    through: 'pages',
    steps: ['password', 'email', 'keys', 'data', 'users', 'members'],
    services: [],
  },
  {
    id: 'call-api',
    title: 'Users can call the API with a key from the pages',
    failureTitle: 'A user cannot get, use or revoke a key of the API',
    line: 'Cannot make API calls',
    through: 'pages',
    steps: ['createsKey', 'callsApi', 'revokesKey'],
    services: ['airtable-gateway'],
  },
  {
    id: 'manage-data',
    title: 'Users can view and manage Airtable data',
    failureTitle: 'A user cannot view or manage Airtable data',
    line: 'Cannot view or manage Airtable data',
    through: 'api',
    steps: ['createsBase', 'addsRecord', 'changesRecord', 'deletesRecord'],
    services: ['airtable-gateway'],
  },
  {
    id: 'run-workflows',
    title: 'Users can create and run workflows',
    failureTitle: 'A user cannot create or run a workflow',
    line: 'Cannot create or run workflows',
    through: 'api',
    steps: ['createsWorkflow', 'runsWorkflow', 'seesEffect'],
    services: ['airtable-gateway', 'automation-services'],
  },
  {
    id: 'process-files',
    title: 'Users can upload and process files',
    failureTitle: 'A user cannot upload or process a file',
    line: 'Cannot upload or process files',
    through: 'api',
    steps: ['uploadsFile', 'downloadsIt', 'processesIt'],
    services: ['file-service'],
  },
  {
    id: 'use-tools',
    title: 'Users can let tools work on their data',
    failureTitle: 'A user cannot reach the tools or their own profile',
    line: 'Cannot access any core functionality',
    through: 'api',
    steps: ['makesData', 'listsTools', 'callsTool', 'keepsProfile'],
    services: ['airtable-gateway', 'mcp-server', 'user-service'],
  },
];

/** Each line of the assessment's list of what users cannot do, as a flow that must work. */
export const usersCan = flows.map(({ id, title, failureTitle, line, through, steps, services }) =>
  defineBrowserCheck({
    ...frontendCheck,
    id: `frontend.users-can.${id}`,
    title,
    failureTitle,
    why: `The assessment lists “${line}” under what users cannot do today. A release must not have such a line.`,
    severity: 'blocker',
    conditions: ['end-to-end'],
    requires: withUsers,
    needs: [pagesRender, loginWorks, registrationWorks, ...services.map(readyCheckId)],
    services: [...frontendCheck.services, ...services],
    remediation: {
      text: 'See the first step that is not done. The evidence has its trace, a screenshot and the log lines of the services.',
      effort: 'days',
    },
    breaks: userBreaks[id],
    expects: { ...allDone(...steps), through: equals(through) },
  }),
);
