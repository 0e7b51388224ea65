import { dateFunctions } from './date.ts';
import type { FunctionDefinition } from './function-definition.ts';
import { listFunctions } from './list.ts';
import { logicalFunctions } from './logical.ts';
import { numericFunctions } from './numeric.ts';
import { recordFunctions } from './record.ts';
import { regexFunctions } from './regex.ts';
import { textFunctions } from './text.ts';
import { workdayFunctions } from './workday.ts';

/** Every function of the language by its name in capitals. */
export const functions: ReadonlyMap<string, FunctionDefinition> = new Map(
  [
    ...logicalFunctions,
    ...textFunctions,
    ...listFunctions,
    ...numericFunctions,
    ...regexFunctions,
    ...dateFunctions,
    ...workdayFunctions,
    ...recordFunctions,
  ].map((definition) => [definition.name, definition]),
);
