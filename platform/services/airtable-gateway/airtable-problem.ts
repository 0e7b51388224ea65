import type { ProblemCode } from '../../contracts/problem.ts';
import { ProblemError, type ProblemOptions } from '../../kit/http/problem.ts';

/**
 * An error with Airtable's own type and message. Under `/v0` the response has Airtable's format, elsewhere it is the
 * platform's envelope with the same message.
 */
export class AirtableProblem extends ProblemError {
  /** Airtable's error type, e.g. `UNKNOWN_FIELD_NAME`. */
  override readonly type: string;

  constructor(code: ProblemCode, type: string, options: ProblemOptions = {}) {
    super(code, options);
    this.type = type;
  }
}

function invalid(type: string, message: string): AirtableProblem {
  return new AirtableProblem('validation_failed', type, { message });
}

/** For bases, records and paths that do not exist or belong to another tenant. Both cases must look alike. */
export function notFound(message = 'Could not find what you are looking for'): AirtableProblem {
  return new AirtableProblem('not_found', 'NOT_FOUND', { message });
}

export function tableNotFound(table: string, baseId: string): AirtableProblem {
  return new AirtableProblem('not_found', 'TABLE_NOT_FOUND', {
    message: `Could not find table ${table} in application ${baseId}`,
  });
}

export function recordNotFound(): AirtableProblem {
  return notFound('Record not found');
}

export function noPermission(): AirtableProblem {
  return new AirtableProblem('forbidden', 'INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND', {
    message:
      'Invalid permissions, or the requested model was not found. Check that both your user and your token have the required permissions, and that the model names and/or ids are correct.',
  });
}

export function unknownField(name: string): AirtableProblem {
  return invalid('UNKNOWN_FIELD_NAME', `Unknown field name: "${name}"`);
}

export function unknownView(name: string): AirtableProblem {
  return invalid('VIEW_NAME_NOT_FOUND', `View "${name}" not found`);
}

export function invalidValue(field: string, why?: string): AirtableProblem {
  return invalid(
    'INVALID_VALUE_FOR_COLUMN',
    `Field "${field}" cannot accept the provided value${why === undefined ? '' : `: ${why}`}`,
  );
}

export function computedField(field: string): AirtableProblem {
  return invalid(
    'INVALID_VALUE_FOR_COLUMN',
    `Field "${field}" cannot accept a value because the field is computed`,
  );
}

export function unknownChoice(field: string, choice: string): AirtableProblem {
  return invalid(
    'INVALID_MULTIPLE_CHOICE_OPTIONS',
    `Insufficient permissions to create new select option "${choice}" in field "${field}"`,
  );
}

export function unknownUser(field: string, user: string): AirtableProblem {
  return invalidValue(field, `there is no single user "${user.slice(0, 254)}"`);
}

/** While platform-services does not respond. */
export function usersUnavailable(cause: unknown): AirtableProblem {
  return new AirtableProblem('not_ready', 'SERVICE_UNAVAILABLE', {
    message: 'Users cannot be looked up at the moment. Try again later.',
    headers: { 'retry-after': '5' },
    cause,
  });
}

/** While as many requests of the tenant read whole tables as may do so. */
export function tooManyScans(): AirtableProblem {
  return new AirtableProblem('rate_limited', 'TOO_MANY_REQUESTS', {
    message: 'Too many requests that read whole tables at the same time. Wait for some of them to end.',
    headers: { 'retry-after': '5' },
  });
}

/** While too many requests of all tenants read whole tables. */
export function busyWithScans(): AirtableProblem {
  return new AirtableProblem('not_ready', 'SERVICE_UNAVAILABLE', {
    message: 'Too many requests read whole tables at the moment. Try again later.',
    headers: { 'retry-after': '5' },
  });
}

export function unknownLinkedRecord(id: string): AirtableProblem {
  return invalid('ROW_DOES_NOT_EXIST', `Record ID ${id} does not exist`);
}

/** `at` is the index of the invalid character, from 0. */
export function invalidFormula(reason: string, at?: number): AirtableProblem {
  const position = at === undefined ? '' : ` (at character ${at + 1})`;
  return invalid(
    'INVALID_FILTER_BY_FORMULA',
    `The formula for filtering records is invalid: ${reason}${position}`,
  );
}

/** For an offset that this API never returns. */
export function malformedOffset(offset: string): AirtableProblem {
  return invalid('INVALID_OFFSET_VALUE', `The value of offset ${offset.slice(0, 100)} is invalid`);
}

/** For a well-formed offset of another list, or of a list that cannot continue. */
export function staleOffset(): AirtableProblem {
  return invalid(
    'LIST_RECORDS_ITERATOR_NOT_AVAILABLE',
    'The offset belongs to another list or is no longer valid. Start the list again without it.',
  );
}

export function invalidRequest(message: string): AirtableProblem {
  return invalid('INVALID_REQUEST_UNKNOWN', `Invalid request: ${message}`);
}

export function invalidFieldOptions(message: string): AirtableProblem {
  return invalid('INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE', message);
}

export function unsupportedFieldType(type: string): AirtableProblem {
  return invalid(
    'UNSUPPORTED_FIELD_TYPE_FOR_CREATE',
    `Creating fields of type ${type} is not supported at this time`,
  );
}

/** `path` is the path of the id in the request, e.g. `body.specification.options.filters.recordChangeScope`. */
export function invalidWebhookFilter(path: string, message: string): AirtableProblem {
  return invalid('INVALID_FILTERS', `${path}: ${message}`);
}

export function tooManyWebhooks(maximum: number): AirtableProblem {
  return invalid('TOO_MANY_WEBHOOKS_IN_BASE', `A base has at most ${maximum} webhooks`);
}

export function duplicateName(kind: 'TABLE' | 'FIELD', name: string): AirtableProblem {
  return invalid(
    kind === 'TABLE' ? 'DUPLICATE_TABLE_NAME' : 'DUPLICATE_OR_EMPTY_FIELD_NAME',
    `Cannot have two ${kind === 'TABLE' ? 'tables' : 'fields'} named "${name}"`,
  );
}
