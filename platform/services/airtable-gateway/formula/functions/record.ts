import { dateValue } from '../value.ts';
import { any, type FunctionDefinition } from './function-definition.ts';

export const recordFunctions: readonly FunctionDefinition[] = [
  { name: 'RECORD_ID', arity: [0, 0], apply: (_args, { record }) => record.id },
  { name: 'CREATED_TIME', arity: [0, 0], apply: (_args, { record }) => dateValue(record.createdTime) },
  {
    name: 'LAST_MODIFIED_TIME',
    arity: [0, any],
    rejectArgument: (argument) =>
      argument.kind === 'field' ? undefined : 'LAST_MODIFIED_TIME takes fields only',
    applyToFields(fieldIds, { record }) {
      const time = record.modifiedTime(fieldIds);
      return time === null ? null : dateValue(time);
    },
  },
];
