import { describe, expect, it } from 'vitest';
import { brokeProtocol, codeOf, isProductCode } from './transport-code.ts';

const withCode = (code: string, name = 'Error'): Error => Object.assign(new Error(code), { code, name });

describe('the blame for an error of a client', () => {
  it.each([
    ['an invalid status line', withCode('HPE_INVALID_CONSTANT', 'HTTPParserError'), true],
    ['it as the cause of a failed fetch', new TypeError('fetch failed', { cause: withCode('HPE_CB') }), true],
    ['a body of another length', withCode('UND_ERR_RES_CONTENT_LENGTH_MISMATCH'), true],
    ['a body with a broken encoding', withCode('Z_DATA_ERROR'), true],
    ['an error of the MCP SDK', withCode('-32600', 'McpError'), true],
    ['a refused connection, perhaps to a listener of the check', withCode('ECONNREFUSED'), false],
    ['a defect of the check', new TypeError('x is not a function'), false],
    ['no free port', withCode('EADDRNOTAVAIL'), false],
    ['a thrown text', 'oops', false],
  ])('is the platform’s for %s: %s', (_title, error, expected) => {
    expect(brokeProtocol(error)).toBe(expected);
  });

  it.each([
    ['ECONNREFUSED', true],
    ['HPE_INVALID_HEADER_TOKEN', true],
    ['UND_ERR_HEADERS_TIMEOUT', true],
    ['EMFILE', false],
    ['UND_ERR_INVALID_ARG', false],
    ['UNKNOWN', false],
  ])('counts %s for a request of a check: %s', (code, expected) => {
    expect(isProductCode(code)).toBe(expected);
  });

  it('finds the code of the first address that was tried', () => {
    expect(codeOf(new AggregateError([withCode('ECONNREFUSED'), withCode('ETIMEDOUT')]))).toBe(
      'ECONNREFUSED',
    );
    expect(codeOf(new Error('plain'))).toBe('UNKNOWN');
  });
});
