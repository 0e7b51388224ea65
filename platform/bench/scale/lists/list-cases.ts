import { automationLists } from './cases/automation-services.ts';
import { otherLists } from './cases/other-services.ts';
import { platformServicesLists } from './cases/platform-services.ts';
import type { ListCase } from './list-case.ts';

/** Every list of the platform that may be long. */
export const listCases: readonly ListCase[] = [...platformServicesLists, ...automationLists, ...otherLists];
