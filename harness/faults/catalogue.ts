import { configurationFaults } from './catalogue/configuration.ts';
import { dataFaults } from './catalogue/data.ts';
import { databaseRightFaults } from './catalogue/database-rights.ts';
import { flowFaults } from './catalogue/flows.ts';
import { modelFaults } from './catalogue/model.ts';
import { networkFaults } from './catalogue/network.ts';
import { observabilityFaults } from './catalogue/observability.ts';
import { pageFaults } from './catalogue/pages.ts';
import { processFaults } from './catalogue/processes.ts';
import { securityFaults } from './catalogue/security.ts';
import { signInFaults } from './catalogue/sign-in.ts';
import { storeFaults } from './catalogue/stores.ts';
import type { Fault } from './fault.ts';

/** All faults. */
export const faults: readonly Fault[] = [
  ...processFaults,
  ...configurationFaults,
  ...storeFaults,
  ...networkFaults,
  ...signInFaults,
  ...pageFaults,
  ...dataFaults,
  ...modelFaults,
  ...flowFaults,
  ...observabilityFaults,
  ...securityFaults,
  ...databaseRightFaults,
];
