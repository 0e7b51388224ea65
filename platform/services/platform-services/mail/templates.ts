import { exportLimits } from '../../../contracts/platform-services/exports.ts';
import { recoveryLimits } from '../../../contracts/platform-services/recovery.ts';
import { inline, type MailContent } from './mail-content.ts';

/*
 * The texts of all mails about accounts. Names that a stranger can choose are not in mails to unconfirmed addresses:
 * a registration could send advertising in them.
 */

export function verificationMail(url: string): MailContent {
  return {
    subject: 'Confirm your email address',
    paragraphs: ['Somebody has registered at PyAirtable with this address. Confirm that it is yours.'],
    link: { label: 'Confirm the address', url },
    closing: [
      `The link works once, for ${recoveryLimits.verificationHours} hours.`,
      'If it was not you, ignore this mail.',
    ],
  };
}

export function passwordResetMail(url: string): MailContent {
  return {
    subject: 'Reset your password',
    paragraphs: ['Somebody has asked to reset the password of your PyAirtable account.'],
    link: { label: 'Choose a new password', url },
    closing: [
      `The link works once, for ${recoveryLimits.resetMinutes} minutes.`,
      'If it was not you, ignore this mail: your password stays as it is.',
    ],
  };
}

/** How a password was changed, for the notice about it. */
export interface PasswordChange {
  /** Whether by the link of a mail. */
  isReset: boolean;
  /** Network address of the request. */
  address: string;
  /** Names of the personal access tokens, which keep working. */
  tokenNames: readonly string[];
  /** The page on which a password can be reset. */
  forgotPasswordUrl: string;
}

export function passwordChangedMail(change: PasswordChange): MailContent {
  const { isReset, address, tokenNames, forgotPasswordUrl } = change;
  const names = tokenNames.map((name) => `“${inline(name)}”`).join(', ');
  return {
    subject: 'Your password was changed',
    paragraphs: [
      `The password of your PyAirtable account was ${isReset ? 'reset' : 'changed'} from the address ${inline(address)}.`,
      isReset ? 'All sessions have ended.' : 'All other sessions have ended.',
      tokenNames.length === 0
        ? 'The account has no personal access tokens.'
        : `These personal access tokens keep working: ${names}. Revoke those that you do not know.`,
    ],
    link: { label: 'If it was not you, reset the password', url: forgotPasswordUrl },
  };
}

export function emailChangeMail(url: string): MailContent {
  return {
    subject: 'Confirm your new email address',
    paragraphs: ['Somebody wants to use this address for a PyAirtable account. Confirm that it is yours.'],
    link: { label: 'Use this address', url },
    closing: [
      `The link works once, for ${recoveryLimits.verificationHours} hours.`,
      'If it was not you, ignore this mail.',
    ],
  };
}

export function emailChangedMail(newEmail: string, undoUrl: string): MailContent {
  return {
    subject: 'Your email address was changed',
    paragraphs: [`Your PyAirtable account now has the address ${inline(newEmail, 254)}.`],
    link: { label: 'If it was not you, undo the change', url: undoUrl },
    closing: [
      `The link works for ${recoveryLimits.undoDays} days. It restores this address, ends all sessions and sends you a link to reset the password.`,
    ],
  };
}

export function exportReadyMail(url: string): MailContent {
  return {
    subject: 'Your data is ready',
    paragraphs: ['The archive with the data of your PyAirtable account is ready.'],
    link: { label: 'Download your data', url },
    closing: [
      `You can download it once, within ${exportLimits.hours} hours.`,
      'If you did not ask for it, change your password.',
    ],
  };
}
