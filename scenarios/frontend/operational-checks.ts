import { defineOperationalChecks } from '../services/operational-routes.ts';

export const operationalChecks = defineOperationalChecks('frontend');
