import packageJson from '../../../package.json' with { type: 'json' };

/** Version of the whole platform; all services are released together. */
export const platformVersion: string = packageJson.version;
