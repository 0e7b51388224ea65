import { serviceNames } from '../../platform/contracts/service.ts';
import { defineOperationalChecks } from './operational-routes.ts';

export const operationalChecks = serviceNames
  .filter((name) => name !== 'frontend')
  .flatMap(defineOperationalChecks);
