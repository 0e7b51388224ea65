import { asNumber, isDate, isEmpty, isList, toText, type Value } from './value.ts';

/** ISO 8601 dates and timestamps: the only texts that compare with dates as dates. */
const isoDate = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/** Milliseconds since the epoch. A text without a time zone is UTC. */
export function isoTime(text: string): number | undefined {
  if (!isoDate.test(text)) return undefined;
  const zoned = /[Z]|[+-]\d\d:?\d\d$/.test(text.slice(10)) || text.length === 10;
  const time = Date.parse(zoned ? text : `${text}Z`);
  return Number.isNaN(time) ? undefined : time;
}

function timeOf(value: Value): number | undefined {
  if (isDate(value)) return value.time;
  return typeof value === 'string' ? isoTime(value) : undefined;
}

/** A list compares as its only item, or as its text when it has several items. */
function simplify(value: Value): Value {
  if (!isList(value)) return value;
  return value.length === 1 ? simplify(value[0] as Value) : value.length === 0 ? null : toText(value);
}

/** A blank equals blanks, empty texts, 0 and false, since Airtable displays all of them as empty. */
function isLikeBlank(value: Value): boolean {
  return isEmpty(value) || value === 0 || value === false;
}

/** The operator `=`: dates by time, numbers by value, a number and a text as texts. Case-sensitive. */
export function equalValues(left: Value, right: Value): boolean {
  const a = simplify(left);
  const b = simplify(right);
  if (isEmpty(a) || isEmpty(b)) {
    if (a === '' || b === '') return isEmpty(a) && isEmpty(b);
    return isLikeBlank(a) && isLikeBlank(b);
  }
  if (isDate(a) || isDate(b)) return timeOf(a) !== undefined && timeOf(a) === timeOf(b);
  if (typeof a === 'string' || typeof b === 'string') return toText(a) === toText(b);
  return Number(a) === Number(b);
}

/**
 * Negative when left comes before right, positive when after, 0 when equal, NaN when they have no order. A blank
 * counts as 0 beside a number and as the empty text beside a text. It has no order with a date.
 */
export function orderValues(left: Value, right: Value): number {
  const a = simplify(left);
  const b = simplify(right);
  if (isDate(a) || isDate(b)) return (timeOf(a) ?? Number.NaN) - (timeOf(b) ?? Number.NaN);
  const x = isEmpty(a) ? 0 : asNumber(a);
  const y = isEmpty(b) ? 0 : asNumber(b);
  if (x !== undefined && y !== undefined && (typeof a !== 'string' || typeof b !== 'string'))
    return x === y ? 0 : x - y;
  const first = toText(a);
  const second = toText(b);
  return first === second ? 0 : first < second ? -1 : 1;
}
