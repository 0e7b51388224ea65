import { isTimeZone } from './option-schema.ts';
import { instantIn } from './time-zone.ts';

/** How a field's own texts are written. */
export interface DateStyle {
  /** Whether `1/2/2024` is the first of February. */
  dayFirst: boolean;
  /** IANA name of the zone of texts without a zone or offset. */
  zone: string;
}

/** Zones of RFC 822, and abbreviations with only one usual meaning; hours east of UTC. */
const zoneHours: Readonly<Record<string, number>> = {
  z: 0,
  ut: 0,
  utc: 0,
  gmt: 0,
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
  akst: -9,
  akdt: -8,
  hst: -10,
  wet: 0,
  west: 1,
  bst: 1,
  cet: 1,
  cest: 2,
  eet: 2,
  eest: 3,
  msk: 3,
  jst: 9,
  kst: 9,
  aest: 10,
  aedt: 11,
  nzst: 12,
  nzdt: 13,
};

const months = [
  ...['january', 'february', 'march', 'april', 'may', 'june'],
  ...['july', 'august', 'september', 'october', 'november', 'december'],
];
const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
/** Maximum length of a text that is read as a date, characters. */
const maxLength = 100;

/** Position of a name from 0; it may be shortened to three letters or more. */
function indexOf(names: readonly string[], word: string): number {
  return word.length < 3 ? -1 : names.findIndex((name) => name.startsWith(word.toLowerCase()));
}

/** Years of two digits are 1970 to 2069. */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length > 2) return year;
  return year < 70 ? 2000 + year : 1900 + year;
}

interface Day {
  year: string;
  /** From 1. */
  month: number;
  day: string;
}

const yearFirst = /^(\d{4})[-/.] ?(\d{1,2})(?:[-/.] ?(\d{1,2})\.?)?$/;
const numbers = /^(\d{1,2})[-/.] ?(\d{1,2})[-/.] ?(\d{4}|\d\d)$/;
const dayAndMonth = /^(\d{1,2})(?:st|nd|rd|th)?(?: of)?[ .-]*([a-z]{3,9})[.,]?[ -]*(\d{4}|\d\d)$/i;
const monthAndDay = /^([a-z]{3,9})\.?[ -]*(\d{1,2})(?:st|nd|rd|th)?(?:, ?| |-)(\d{4})$/i;
const monthOnly = /^([a-z]{3,9})[.,]? (\d{4})$/i;
const yearAndMonth = /^(\d{4})[ -]([a-z]{3,9})[ -](\d{1,2})$/i;

function readDay(text: string, dayFirst: boolean): Day | undefined {
  const named = (year = '', month = '', day = '1'): Day => ({ year, month: indexOf(months, month) + 1, day });
  let match = yearFirst.exec(text);
  if (match) return { year: match[1] ?? '', month: Number(match[2]), day: match[3] ?? '1' };
  match = numbers.exec(text);
  if (match) {
    const [, first = '', second = '', year = ''] = match;
    return { year, month: Number(dayFirst ? second : first), day: dayFirst ? first : second };
  }
  match = dayAndMonth.exec(text);
  if (match) return named(match[3], match[2], match[1]);
  match = monthAndDay.exec(text);
  if (match) return named(match[3], match[1], match[2]);
  match = monthOnly.exec(text);
  if (match) return named(match[2], match[1]);
  match = yearAndMonth.exec(text);
  return match ? named(match[1], match[2], match[3]) : undefined;
}

/** As if clocks showed UTC; milliseconds since the epoch. Undefined for a day that does not exist. */
function toTime({ year, month, day }: Day): number | undefined {
  const time = new Date(0);
  time.setUTCFullYear(fullYear(year), month - 1, Number(day));
  return time.getUTCMonth() === month - 1 && time.getUTCDate() === Number(day) ? time.getTime() : undefined;
}

const zone = String.raw`\[?([A-Z][A-Za-z_]+/[A-Za-z0-9_+/-]+)\]?|(?:GMT|UTC|UT)? ?([+\u2212-])(\d\d?):?(\d\d)?(?!\d)(?:\[[^\]]*\])?|([A-Za-z]{1,5})(?![A-Za-z])`;
const clock = new RegExp(
  String.raw`(?:(?<=\d)T|[ ,]+(?:at )?|^)(\d{1,2})(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(?: ?([ap])\.?m\b\.?)?(?: ?(?:${zone}))?(?=[ ,]|$)`,
  'gi',
);

/** Milliseconds since midnight; undefined for a time that does not exist. */
function readClock([, hours, minutes = '0', seconds = '0', fraction = '0', half]: RegExpMatchArray) {
  let hour = Number(hours);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  }
  if (hour > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const second = (hour * 60 + Number(minutes)) * 60 + Number(seconds);
  return second * 1000 + Math.floor(Number(`0.${fraction}`) * 1000);
}

/** An IANA name, milliseconds east of UTC, or undefined for a zone that is not known. */
function readZone(name?: string, sign?: string, hours?: string, minutes = '0', word?: string) {
  if (name !== undefined) return isTimeZone(name) ? name : undefined;
  if (word !== undefined) {
    const known = word.toLowerCase();
    return Object.hasOwn(zoneHours, known) ? (zoneHours[known] as number) * 3_600_000 : undefined;
  }
  const size = Number(hours) * 60 + Number(minutes);
  if (Number(minutes) > 59 || size > 18 * 60) return undefined;
  return (sign === '+' ? size : -size) * 60_000;
}

/**
 * Reads a text as people and programs write dates: numbers in the field's order, English names of months, the forms of
 * RFC 5322, HTTP, ctime and JavaScript, with an offset, a known abbreviation or an IANA name as zone. Years of two digits
 * are 1970 to 2069. A text without a zone is in the field's zone.
 * @returns milliseconds since the epoch; undefined when any part of the text is not understood
 */
export function readDateText(given: string, style: DateStyle): number | undefined {
  if (given.length > maxLength) return undefined;
  // Names of zones in brackets, as JavaScript prints them, repeat the offset.
  let text = given
    .normalize('NFKC')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/(?<=[+\u2212-]\d\d:?\d\d|GMT|UTC) \([^()]*\)$/, '');
  const weekday = /^([a-z]{3,9})\.?,? /i.exec(text);
  if (weekday !== null && indexOf(weekdays, weekday[1] as string) >= 0) text = text.slice(weekday[0].length);

  const time = [...text.matchAll(clock)].find(([, , minutes, , , half]) => minutes ?? half);
  let ofDay: number | undefined = 0;
  let within: string | number | undefined = style.zone;
  if (time !== undefined) {
    ofDay = readClock(time);
    const [name, sign, hours, minutes, word] = time.slice(6);
    if (name ?? sign ?? word) within = readZone(name, sign, hours, minutes, word);
    text = `${text.slice(0, time.index)} ${text.slice(time.index + time[0].length)}`;
  } else {
    const word = /(?:(?<=\d)(Z)| ([A-Z]{2,5}))$/i.exec(text);
    if (word !== null) {
      within = readZone(undefined, undefined, undefined, undefined, word[1] ?? word[2]);
      text = text.slice(0, word.index);
    }
  }
  const day = readDay(text.replace(/ +/g, ' ').replace(/^[ ,]+|[ ,]+$/g, ''), style.dayFirst);
  const midnight = day === undefined ? undefined : toTime(day);
  if (midnight === undefined || ofDay === undefined || within === undefined) return undefined;
  const shown = midnight + ofDay;
  return typeof within === 'number' ? shown - within : instantIn(within, shown);
}
