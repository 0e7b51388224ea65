/**
 * Passwords that guessing programs try first (ASVS 5.0 6.2.4), in lower case. Entries shorter than the allowed
 * length are here because they come dressed up with digits.
 */
export const commonPasswords: ReadonlySet<string> = new Set(
  `
00000000 0000000000 012345678 0123456789 0987654321 101010101 102030405 1029384756 11111111 111111111
1111111111 1122334455 112233445566 121212121 123123123 123454321 1234554321 12345678 123456789
1234567890 123456789a 12345678a 123456abc 123456qwe 12345qwert 1234abcd 1234qwer 123abc456 123asd123
123qweasd 123qweasdzxc 131313131 135792468 147258369 147852369 159357258 159753258 192837465 1a2b3c4d
1q2w3e4r 1q2w3e4r5t 1qaz2wsx 222222222 246813579 314159265 321321321 333333333 420420420 444444444
555555555 66666666 666666666 741852963 777777777 789456123 789789789 87654321 88888888 987654321
9876543210 999888777 99999999 999999999 a1234567 a12345678 a1b2c3d4 aa123456 abc123 abc12345 abc123456
abcd1234 abcdef123 abcdefgh abracadabra access123 access14 accounting admin1 admin123 admin1234
adminadmin administrator administrator1 airtable airtable1 alejandra alejandro alexander alexander1
alexandra amanda12 america1 american andrew andrew12 android1 angel123 angels12 anthony anthony1
apple123 argentina arsenal arsenal1 asdasdasd asdf1234 asdfasdf asdfgh asdfghjkl ashley ashley12
australia autumn2024 autumn2025 avengers azerty azerty123 azertyuiop babyboy1 babygirl babygirl1
backup12 bailey banana bangladesh barcelona barcelona1 baseball baseball1 basketball batman123 bayern12
beautiful beautiful1 benjamin blackberry blessed1 blink182 blueberry bonita12 brasil12 brazil12
broadband broncos1 brownie1 budweiser buster butterfly butterfly1 california canada12 cannabis captain1
carolina carolina1 catherine changeme changeme1 changeme123 charlie charlie1 charlie123 cheeseburger
chelsea chelsea1 cheyenne chicago1 chocolate chocolate1 christ12 christian christian1 christina
christine christopher cinnamon cisco123 cocacola cocacola1 coffee123 colombia company1 company123
computer computer1 contrasena contraseña cookie cookies1 corazon1 corinthians corvette counterstrike
cowboys1 cristiano crystal1 cupcake1 daniel daniel123 danielle database deadpool december default1
developer developer1 diamond1 dolphins doudou12 dragon dragon123 dragonball elephant elizabeth
elizabeth1 england1 estrella facebook facebook1 faithful february fernanda fernando ferrari1 finance1
firewall flamengo florida1 flower foobar foobar12 foobarbaz football football1 forever1 forever21
francisco freedom freedom1 freedom123 friday13 fussball gabriel1 gabriela gamecube gangsta1 gangster
george germany1 ginger giraffes gmail123 god12345 godzilla golden goodbye1 goodluck google123 gorgeous
guest123 guestguest guinness hallo123 hamburger handsome happiness happy123 harley harley01 haslo123
heaven12 heineken hello1 hello123 hello1234 hello12345 hellohello helloworld helpdesk hermosa1 hockey
hotmail1 hunter hunter123 hunter22 hurricane iloveher ilovehim ilovejesus iloveyou iloveyou1 iloveyou2
india123 indonesia instagram internet internet1 iphone12 ireland1 ironman1 isabella isabella1
jackdaniels january1 jellybean jennifer jessica jessica1 jessica12 jesus123 jesuschrist jonathan jordan
jordan123 jordan23 joshua joshua12 juventus katherine kawasaki killer killer123 kubernetes lakers24
letmein letmein! letmein1 letmein123 letmeinnow liberty1 lightning linkedin linkedin1 liverpool
liverpool1 login1 login123 loginlogin london12 loulou12 lovelove lovelove1 lovely lovely12 loveme12
loveyou1 lozinka1 macintosh maggie malaysia manager1 manager123 manchester manunited margaret marijuana
mariposa marketing marlboro marseille marshmallow master master123 mastermind matthew matthew1 mercedes
metallica metallica1 mexico12 michael michael1 michael123 michelle microsoft midnight midnight1
minecraft minecraft1 monday12 monkey monkey12 monkey123 motdepasse motorola mountain mustang mustang1
mypass123 mypassword mysecret myspace1 mysql123 nastya12 natasha1 network1 newpassword newyork1
newyork123 nicholas nicolas1 nintendo nirvana1 nokia123 nopassword november nutella1 october1 office12
office365 oldpassword opensesame openup123 oracle12 orange p@55w0rd p@ssw0rd p@ssw0rd1 p@ssw0rd123
p@ssword pa$$w0rd pa$$word pa55word packers1 pakistan pakistan1 palmeiras pancakes paris123 parola123
pass1234 pass12345 passpass passw0rd passw0rd1 passw0rd123 password password! password0 password01
password1 password11 password12 password123 password1234 password2 password3 password5 password7
password9 password99 passwort passwort1 patricia patriots peanut12 pepper philippines photoshop pikachu1
pineapple pizza123 platinum playboy1 playstation pokemon1 pokemon123 polska12 popcorn1 porsche1 postgres
postgres1 precious princesa princess princess1 privet123 production purple pyairtable pyairtable1
q1w2e3r4 q1w2e3r4t5 qazwsxedc qazxswedc qweasdzxc qweqweqwe qwer1234 qwer12345 qwerty qwerty1 qwerty12
qwerty123 qwerty1234 qwerty777 qwertyui qwertyuiop rainbow1 ranger raspberry realmadrid redskins
riverside robert robert12 rockstar rockstar1 ronaldo1 ronaldo7 rootroot router12 sales123 samantha
samantha1 samsung samsung1 sandwich schalke04 schatz12 scorpion scotland sebastian sebastian1 secret
secret123 secretsecret security security1 security123 senha123 september server01 server123 service1
shadow shadow123 silver silver12 singapore skittles slipknot slipknot1 smirnoff snickers snoopy12
snowball soccer soleil12 sommer12 spiderman spiderman1 spring2024 spring2025 sqlserver staging1 starwars
starwars1 steelers stephanie stoner420 strawberry summer summer12 summer123 summer2023 summer2024
summer2025 sunflower sunshine sunshine1 superman superman1 superstar superstar1 support1 support123
sweetheart sweetie1 sweetpea system32 teamo123 teamobebe teamomucho telephone temp1234 temppass tequiero
test123 test1234 tester12 testing1 testing123 testtest texas123 thailand thepassword thomas thomas12
thunder1 tigger together toortoor tornado1 trinity1 trustno1 twinkies twitter1 user1234 username
username1 userpass useruser valentina vanessa1 vanilla1 veronica victoria victoria1 vietnam1 volcano1
warcraft watermelon weed4200 welcome welcome! welcome01 welcome1 welcome123 welcome2 whatever whatever1
william william1 windows1 windows10 winter winter12 winter123 winter2024 winter2025 wireless wolverin
wolverine xbox360a xxxxxxxx yahoo123 yamaha01 yankees1 yellow yourpassword youtube1 zaq12wsx zxcvbn
zxcvbnm1 zxcvbnm123 zxczxczxc
`
    .trim()
    .split(/\s+/),
);
