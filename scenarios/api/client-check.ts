import { registrationWorks } from '../authentication/check-fields.ts';

/** Fields of the checks with unmodified third-party clients. Only their endpoint differs. */
export const clientCheck = {
  category: 'api',
  needs: ['services.airtable-gateway.available', registrationWorks],
  remediation: {
    text: 'Compare the response in the evidence with the client’s own documentation (Airtable’s Web API; the MCP specification). Correct the service, not the client.',
    effort: 'days',
  },
} as const;

/** The endpoint URL that Airtable’s clients are given. */
export const airtableEndpoint = (gateway: string): string => `${gateway}/api/airtable`;
