import { atLeast, defineCheck, empty } from '../../harness/engine/index.ts';
import { loginWorks, registrationWorks } from '../authentication/check-fields.ts';
import { siteCheck } from './check-fields.ts';
import {
  brokenLink,
  deadButton,
  foreignForm,
  formWithoutRoute,
  iconMissing,
  pageWithoutLink,
} from './link-breaks.ts';
import { crawl } from './visit/crawl.ts';
import { furnishTenant } from './visit/furnished-tenant.ts';
import { formPaths, inWorkspace, isPageOfMail, pagePaths } from './visit/site-pages.ts';
import { createVisitor, signInAtSite } from './visit/visitor.ts';

/** Forms that only links of mails lead to, or that a page shows only in a state that the check does not make. */
const notLinked = new Set(['/account/export/download']);

export const everyLinkLeadsSomewhere = defineCheck({
  ...siteCheck,
  id: 'frontend.links.lead-somewhere',
  title: 'Every link, form and button leads somewhere',
  failureTitle: 'A link or a button leads nowhere, or a page has no link',
  why: 'A page that nobody can reach, a link to an error page and a button without effect are features that do not exist.',
  severity: 'high',
  needs: ['frontend.ready', loginWorks, registrationWorks],
  remediation: {
    text: 'Correct the address on the page that the observation names, or the route behind it.',
    effort: 'hours',
  },
  expects: {
    pages: atLeast(12, 'pages'),
    brokenLinks: empty(),
    brokenForms: empty(),
    deadButtons: empty(),
    pagesWithoutLink: empty(),
    formsWithoutPage: empty(),
  },
  breaks: [brokenLink, pageWithoutLink, deadButton, formWithoutRoute, foreignForm, iconMissing],
  run: async (context) => {
    const { owner, workspace } = await furnishTenant(context);
    const signedIn = createVisitor(context, { from: owner.address });
    await signInAtSite(signedIn, owner);
    const crawls = [await crawl(createVisitor(context)), await crawl(signedIn)];
    const all = <Key extends keyof (typeof crawls)[number]>(key: Key): string[] => [
      ...new Set(crawls.flatMap((one) => one[key])),
    ];
    const pages = all('pages');
    const forms = all('forms');
    return {
      pages: pages.length,
      brokenLinks: all('brokenLinks'),
      brokenForms: all('brokenForms'),
      deadButtons: all('deadButtons'),
      pagesWithoutLink: pagePaths(workspace.id)
        .map((path) => path.split('?')[0] as string)
        .filter((path) => !isPageOfMail(path) && !pages.includes(path)),
      formsWithoutPage: formPaths.filter(
        (path) =>
          !isPageOfMail(path) && !notLinked.has(path) && !forms.includes(inWorkspace(path, workspace.id)),
      ),
    };
  },
});
