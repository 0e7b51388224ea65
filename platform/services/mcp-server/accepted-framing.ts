/** How a response may be framed: one JSON document, an event stream, or both. */
export interface AcceptedFraming {
  json: boolean;
  stream: boolean;
}

/**
 * Reads an `Accept` header (RFC 9110 12.5.1): wildcards count, `q=0` excludes, an absent header accepts everything.
 */
export function acceptedFraming(accept: string | undefined): AcceptedFraming {
  const ranges = new Map<string, boolean>();
  for (const part of (accept ?? '').trim() === '' ? ['*/*'] : (accept as string).split(',')) {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    if (type === '') continue;
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    ranges.set(type, weight === undefined || Number(weight.slice(2)) > 0);
  }
  /** The most specific range decides. */
  const accepts = (type: string) =>
    ranges.get(type) ?? ranges.get(`${type.split('/', 1)[0]}/*`) ?? ranges.get('*/*') ?? false;
  return { json: accepts('application/json'), stream: accepts('text/event-stream') };
}
