/**
 * Passwords that attackers try early but the package's list does not contain: names of this product (ASVS 5.0
 * 6.2.11) and common words and combinations.
 */
const additions = `
00000000000 101010101 121212121 131313131 abcdefgh admin1234 adminadmin airtable airtable1 asdasdasd company123
contraseña corinthians doudou12 foobarbaz giraffes gmail123 god12345 guest123 guestguest haslo123 hotmail1 instagram
kubernetes linkedin linkedin1 login123 loginlogin marshmallow mysql123 oldpassword p@55w0rd p@ssw0rd123 p@ssword
pa$$word pass12345 postgres postgres1 pyairtable pyairtable1 qweqweqwe rootroot sales123 secretsecret sqlserver
staging1 teamo123 teamobebe teamomucho thepassword toortoor twitter1 user1234 useruser weed4200 xbox360a xxxxxxxx
yahoo123 yourpassword zxczxczxc`;

let loading: Promise<ReadonlySet<string>> | undefined;

/**
 * Common passwords (ASVS 5.0 6.2.4) in lower case. Entries shorter than the minimum length count as well: users
 * extend them with digits. The first call loads the list, so that the boot does not wait for it.
 */
export function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  loading ??= load();
  return loading;
}

async function load(): Promise<ReadonlySet<string>> {
  // The package's data file: its entry point decompresses the same list in twice the time.
  const { default: list } = await import('@zxcvbn-ts/language-common/src/passwords.json', {
    with: { type: 'json' },
  });
  return new Set([...list, ...additions.trim().split(/\s+/)]);
}
